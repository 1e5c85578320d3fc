"""Calibration: whether of the voxels called 30 % likely, 30 % progress."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gliofront.evaluation.scores import NO_VOXEL, Score
from gliofront.foundation.errors import InputRefused
from gliofront.learning.recalibration import fit_logistic

FloatArray = NDArray[np.float64]

CALIBRATION = ("slope", "intercept", "in_the_large", "brier", "expected_error")
BINS = 10


def patient_weights(patient: ArrayLike) -> FloatArray:
    """Return a weight a voxel (n,), mean 1, by which every patient counts the same.

    Parameters
    ----------
    patient : (n,) whose voxel it is.

    >>> patient_weights(["a", "a", "a", "b"]).round(2).tolist()
    [0.67, 0.67, 0.67, 2.0]
    """
    names, where, counts = np.unique(np.asarray(patient), return_inverse=True, return_counts=True)
    return np.asarray(where.size / (names.size * counts[where]))


def calibration_scores(
    progression: NDArray[np.bool_],
    probability: FloatArray,
    weight: FloatArray | None = None,
    *,
    bins: int = BINS,
) -> dict[str, Score]:
    """Return every score of `CALIBRATION`, in that order.

    The slope and intercept are those of a logistic regression of progression on the logit of the
    probability: 1 and 0 are right, a slope below 1 tells of probabilities too extreme. In the
    large is the intercept when the slope is kept at 1: above 0, too little progression was
    foretold (Van Calster et al., J Clin Epidemiol 74:167, 2016).

    Parameters
    ----------
    progression : (n,) truth.
    probability : (n,) finite, 0 to 1.
    weight : (n,) positive; none counts every voxel the same, so large regions weigh more.
    bins : of the expected calibration error, see `reliability`.
    """
    if not progression.size:
        return dict.fromkeys(CALIBRATION, Score(math.nan, NO_VOXEL))
    share = np.ones(progression.size) if weight is None else weight
    slope, intercept = _logistic(progression, probability, share, None)
    error = np.square(probability - progression)
    return {
        "slope": slope,
        "intercept": intercept,
        "in_the_large": _logistic(progression, probability, share, 1.0)[1],
        "brier": Score(float(np.average(error, weights=share))),
        "expected_error": reliability(progression, probability, share, bins=bins).expected_error,
    }


def _logistic(
    progression: NDArray[np.bool_], probability: FloatArray, weight: FloatArray, slope: float | None
) -> tuple[Score, Score]:
    try:
        line = fit_logistic(probability, progression, weight, slope=slope)
    except InputRefused as refusal:
        return Score(math.nan, refusal.problem), Score(math.nan, refusal.problem)
    return Score(line.slope), Score(line.intercept)


@dataclass(frozen=True, eq=False)
class Reliability:
    """The reliability curve, bins by rising probability, (k,) each.

    Parameters
    ----------
    predicted : weighted mean probability.
    observed : weighted share of progression.
    count : voxels.
    share : of all weight; sums to 1.
    """

    predicted: FloatArray
    observed: FloatArray
    count: NDArray[np.intp]
    share: FloatArray

    @property
    def expected_error(self) -> Score:
        """The mean over voxels of the distance of a bin from the diagonal, 0 to 1."""
        if not self.count.size:
            return Score(math.nan, NO_VOXEL)
        return Score(float(self.share @ np.abs(self.predicted - self.observed)))


def reliability(
    progression: NDArray[np.bool_],
    probability: FloatArray,
    weight: FloatArray | None = None,
    *,
    bins: int = BINS,
) -> Reliability:
    """Return the reliability curve in bins of equal weight.

    Equal probabilities are never parted, so there may be fewer bins, and uneven ones.

    Parameters
    ----------
    progression, probability, weight : (n,), see `calibration_scores`.
    bins : at most.

    >>> truth, chance = np.array([False, True, True, True]), np.array([0.2, 0.2, 0.8, 0.9])
    >>> curve = reliability(truth, chance, bins=2)
    >>> curve.predicted.round(2).tolist(), curve.observed.tolist()
    ([0.2, 0.85], [0.5, 1.0])
    """
    share = np.ones(progression.size) if weight is None else weight
    if not progression.size:
        nothing = np.zeros(0)
        return Reliability(nothing, nothing, np.zeros(0, dtype=np.intp), nothing)
    place = _bins(probability, share / share.sum(), bins)
    mass = np.bincount(place, weights=share)
    return Reliability(
        predicted=np.bincount(place, weights=share * probability) / mass,
        observed=np.bincount(place, weights=share * progression) / mass,
        count=np.bincount(place),
        share=mass / mass.sum(),
    )


def _bins(probability: FloatArray, share: FloatArray, bins: int) -> NDArray[np.intp]:
    """Return the bin of each voxel (n,), numbered without gaps by rising probability."""
    _, where = np.unique(probability, return_inverse=True)
    mass = np.bincount(where, weights=share)
    middle = np.cumsum(mass) - mass / 2
    found = np.minimum(np.floor(middle * bins).astype(np.intp), bins - 1)
    return np.unique(found, return_inverse=True)[1][where]


def distance_bands(
    distance_mm: NDArray[np.floating], edges_mm: Sequence[float] = (5.0, 10.0, 15.0, 20.0)
) -> NDArray[np.str_]:
    """Return the name of each voxel's band (n,): above the lower edge, up to the upper one.

    Parameters
    ----------
    distance_mm : (n,) from the enhancing tumour.
    edges_mm : positive, ascending; what lies beyond the last has a band of its own.

    >>> distance_bands(np.array([0.5, 5.0, 12.0, 30.0]), (5, 15)).tolist()
    ['0-5 mm', '0-5 mm', '5-15 mm', 'above 15 mm']
    """
    lower = [0.0, *edges_mm[:-1]]
    names = [f"{a:g}-{b:g} mm" for a, b in zip(lower, edges_mm, strict=True)]
    names.append(f"above {edges_mm[-1]:g} mm")
    return np.array(names)[np.searchsorted(np.asarray(edges_mm), distance_mm, side="left")]
