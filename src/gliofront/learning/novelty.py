"""Novelty: how far a new patient lies from the cohort that the model learned from.

The distance is Mahalanobis' of the means of the features over the region, in a covariance shrunk
towards a sphere (Ledoit and Wolf, J Multivariate Anal 88:365, 2004), for there are more features
than patients. It is judged by its rank among the training patients' own, each taken out in turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf_shrinkage

from gliofront.foundation.errors import InputRefused

FloatArray = NDArray[np.float64]

LEAST_PATIENTS = 5
UNUSUAL, REFUSED = 0.05, 0.01
_FARTHEST = 5
_IQR_OF_NORMAL = 1.349
_CLIP_Z = 5.0  # a training patient with a broken map must not stretch the cohort


class Verdict(StrEnum):
    """What the rank of a patient's distance means for a prediction."""

    TYPICAL = "typical"
    UNUSUAL = "unusual"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Novelty:
    """How far a patient is from a cohort.

    Parameters
    ----------
    distance : root of the squared Mahalanobis distance a feature; about 1 in the cohort.
    share : of the cohort and this patient together that lie at least as far, above 0 to 1.
    farthest : names of the features farthest from the cohort's median, with their robust z.
    compared, left_out : features that count, and those undefined in the patient.
    verdict : by the share.
    """

    distance: float
    share: float
    farthest: tuple[tuple[str, float], ...]
    compared: int
    left_out: int
    verdict: Verdict


@dataclass(frozen=True, eq=False)
class Shape:
    """Where a cohort lies and how it spreads, as plain numbers.

    Parameters
    ----------
    middle : (p,) medians.
    scale : (p,) interquartile ranges over 1.349; NaN for features that tell nothing.
    axes : (r, p) unit vectors of the cohort's robust z.
    variance : (r,) positive, along the axes, beyond the floor.
    floor : positive variance in all directions, from the shrinkage.
    """

    middle: FloatArray
    scale: FloatArray
    axes: FloatArray
    variance: FloatArray
    floor: float

    def standardised(self, summary: FloatArray) -> FloatArray:
        """Return robust z (..., p); NaN where undefined in the patient or in the cohort."""
        return (summary - self.middle) / self.scale

    def distance(self, summary: FloatArray) -> float:
        """Return the distance of a patient (p,) a feature, over the features that are defined.

        Undefined ones are left out of the covariance as well, exactly (Woodbury's identity). NaN
        if there is none.
        """
        z = self.standardised(summary)
        defined = np.isfinite(z)
        if not defined.any():
            return float("nan")
        z, axes = z[defined], self.axes[:, defined]
        along = axes @ z
        inner = np.diag(self.floor / self.variance) + axes @ axes.T
        squared = (z @ z - along @ np.linalg.solve(inner, along)) / self.floor
        return float(np.sqrt(max(squared, 0.0) / z.size))


def fit_shape(summaries: FloatArray) -> Shape:
    """Fit medians, spreads and the shrunken covariance of a cohort.

    Parameters
    ----------
    summaries : (patients, p); NaN where a patient lacks a map. A feature that half of the
        patients lack, or that does not differ between them, tells nothing.

    Raises
    ------
    InputRefused
        If no feature tells anything.
    """
    defined = np.isfinite(summaries)
    enough = defined.mean(axis=0) > 0.5
    known = np.where(defined, summaries, np.nan)[:, enough]
    middle, scale = (np.full(summaries.shape[1], np.nan) for _ in range(2))
    low, middle[enough], high = np.nanpercentile(known, [25, 50, 75], axis=0)
    scale[enough] = np.where(high > low, (high - low) / _IQR_OF_NORMAL, np.nan)
    used = np.isfinite(scale)
    if not used.any():
        raise InputRefused("novelty", "no feature differs between patients", "give more patients")
    # The median stands in for what a patient lacks; only the training rows need it.
    z = np.nan_to_num(((summaries - middle) / scale)[:, used], posinf=0.0, neginf=0.0)
    axes, variance, floor = _shrunken(np.clip(z, -_CLIP_Z, _CLIP_Z))
    wide = np.zeros((axes.shape[0], summaries.shape[1]))
    wide[:, used] = axes
    return Shape(middle, scale, wide, variance, floor)


def _shrunken(z: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Return axes (r, p), their variances (r,) and the floor of the covariance of rows (n, p)."""
    _, lengths, axes = np.linalg.svd(z, full_matrices=False)
    squares = np.square(lengths) / len(z)
    mean = float(squares.sum()) / z.shape[1]
    # Without any floor, directions in which no patient differs would be infinitely far.
    shrinkage = max(float(ledoit_wolf_shrinkage(z, assume_centered=True)), 1e-3)
    variance = (1 - shrinkage) * squares
    kept = variance > 1e-9 * mean
    return axes[kept], variance[kept], shrinkage * mean


@dataclass(frozen=True, eq=False)
class CohortReference:
    """A training cohort to compare new patients with.

    Parameters
    ----------
    names : (p,) of the features.
    shape : of the whole cohort.
    distances : (n,) rising, each training patient's from the shape of all others.
    """

    names: tuple[str, ...]
    shape: Shape
    distances: FloatArray

    def judge(
        self, summary: FloatArray, *, unusual: float = UNUSUAL, refused: float = REFUSED
    ) -> Novelty:
        """Compare a new patient with the cohort.

        The share is (k + 1) / (n + 1) with k of n training patients at least as far, as in a
        permutation test, so a cohort of n patients can only refuse at shares from 1 / (n + 1).

        Parameters
        ----------
        summary : (p,) as from `patient_summary`, in the order of the names.
        unusual, refused : shares up to which a patient is unusual and is refused.

        Raises
        ------
        InputRefused
            If no feature can be compared, or their number differs from the cohort's.
        """
        if summary.shape != (len(self.names),):
            problem = f"{summary.size} features, the cohort has {len(self.names)}"
            raise InputRefused("novelty", problem, "compute the features with the same settings")
        distance = self.shape.distance(summary)
        if np.isnan(distance):
            problem = "no feature of the patient is defined in the cohort"
            raise InputRefused("novelty", problem, "check the patient's maps")
        z = self.shape.standardised(summary)
        farther = int(np.count_nonzero(self.distances >= distance))
        share = (farther + 1) / (self.distances.size + 1)
        return Novelty(
            distance=distance,
            share=share,
            farthest=self._farthest(z),
            compared=int(np.count_nonzero(np.isfinite(z))),
            left_out=int(np.count_nonzero(np.isfinite(self.shape.scale) & ~np.isfinite(z))),
            verdict=_verdict(share, unusual, refused),
        )

    def _farthest(self, z: FloatArray) -> tuple[tuple[str, float], ...]:
        away = np.where(np.isfinite(z), np.abs(z), -1.0)
        order = np.argsort(-away, kind="stable")[:_FARTHEST]
        return tuple((self.names[n], float(z[n])) for n in order if away[n] >= 0)


def _verdict(share: float, unusual: float, refused: float) -> Verdict:
    if share <= refused:
        return Verdict.REFUSE
    return Verdict.UNUSUAL if share <= unusual else Verdict.TYPICAL


def fit_reference(names: tuple[str, ...], summaries: FloatArray) -> CohortReference:
    """Fit the reference of a training cohort, each patient's distance with that patient out.

    Parameters
    ----------
    names : (p,) of the features.
    summaries : (patients, p), one `patient_summary` a row.

    Raises
    ------
    InputRefused
        If there are fewer than `LEAST_PATIENTS`, or no feature tells anything.
    """
    if len(summaries) < LEAST_PATIENTS:
        problem = f"{len(summaries)} patients are too few to tell what is usual"
        raise InputRefused("novelty", problem, f"give at least {LEAST_PATIENTS}")
    alone = [
        fit_shape(np.delete(summaries, row, axis=0)).distance(summaries[row])
        for row in range(len(summaries))
    ]
    distances = np.sort(np.array(alone, dtype=np.float64))
    return CohortReference(names, fit_shape(summaries), distances[~np.isnan(distances)])


def patient_summary(features: NDArray[np.floating]) -> FloatArray:
    """Return the mean of each feature over a patient's voxels, (p,); NaN for a missing map.

    Parameters
    ----------
    features : (n, p); values that are not finite are left out.
    """
    defined = np.isfinite(features)
    count = np.count_nonzero(defined, axis=0)
    total = np.where(defined, features, 0).sum(axis=0, dtype=np.float64)
    mean = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    return np.asarray(mean)
