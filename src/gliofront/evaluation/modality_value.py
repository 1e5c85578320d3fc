"""Value of a map: what the model loses in the same patients when that map is withheld."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.evaluation.bootstrap import Interval, mean_interval
from gliofront.evaluation.coverage import against_margin, coverage_curve
from gliofront.evaluation.cross_validation import MODEL, WITHOUT, HeldOutPatient
from gliofront.evaluation.prediction import Prediction
from gliofront.evaluation.scores import Score, discrimination
from gliofront.foundation.errors import InputRefused

MARGIN_MM = 15.0
NOT_PREDICTED = "no prediction without the map"
NOT_EVERYWHERE = "a prediction is undefined in some voxels"
_PREFIX = WITHOUT.format("")


@dataclass(frozen=True)
class PairedDifference:
    """A score of the model with all maps minus the same without one, in the same patients.

    Parameters
    ----------
    by_patient : patient to difference; undefined with the reason.
    interval : mean over the patients in whom it is defined, with its 95 % interval.
    """

    by_patient: Mapping[str, Score]
    interval: Interval

    @property
    def reason(self) -> str:
        """Why it is undefined, and in how many patients; empty if it is defined in all."""
        reasons = Counter(s.reason for s in self.by_patient.values() if not s.defined)
        return "; ".join(f"{text} ({n})" for text, n in sorted(reasons.items()))


@dataclass(frozen=True)
class MapValue:
    """What a map is worth; above 0 the model is better with it.

    Parameters
    ----------
    name : of the map.
    auroc : difference of AUROC within patients, -1 to 1.
    coverage_points : difference of the coverage of progression by plans of the margin's volume,
        in points of a hundred, -100 to 100.
    """

    name: str
    auroc: PairedDifference
    coverage_points: PairedDifference


@dataclass(frozen=True, eq=False)
class _Region:
    """Where the scored voxels of a patient lie: distances (n,) mm, and a voxel's volume, mL."""

    distance_mm: NDArray[np.floating]
    voxel_ml: float


def modality_value(
    held: Sequence[HeldOutPatient],
    distance_mm: Mapping[str, NDArray[np.floating]],
    voxel_ml: Mapping[str, float],
    *,
    margin_mm: float = MARGIN_MM,
    seed: int,
    resamples: int = 2000,
) -> tuple[MapValue, ...]:
    """Return the value of every map that some patient has a prediction without, sorted by name.

    Where the margin holds no voxel or the whole region, plans of its volume cannot differ, so the
    coverage is undefined there, as it is without progression.

    Parameters
    ----------
    held : patients with the predictions `MODEL` and, for each map, `WITHOUT` of its name.
    distance_mm : patient to the distances (n,) of the scored voxels, in the order of its `rows`.
    voxel_ml : patient to the volume of a voxel, mL.
    margin_mm : of the margin whose volume the plans have.
    seed, resamples : of the intervals.

    Raises
    ------
    InputRefused
        If a patient has no voxel volume, or not one distance a scored voxel.
    """
    ordered = sorted(held, key=lambda one: one.patient)
    regions = {one.patient: _region(one, distance_mm, voxel_ml) for one in ordered}

    def difference(found: Mapping[str, Score]) -> PairedDifference:
        values = [score.value for score in found.values()]
        return PairedDifference(found, mean_interval(values, seed=seed, resamples=resamples))

    return tuple(
        MapValue(
            name=name,
            auroc=difference({h.patient: _auroc(h, name) for h in ordered}),
            coverage_points=difference(
                {h.patient: _coverage(h, name, regions[h.patient], margin_mm) for h in ordered}
            ),
        )
        for name in _withheld(ordered)
    )


def _withheld(held: Sequence[HeldOutPatient]) -> list[str]:
    names = {name for one in held for name in one.predictions}
    return sorted(name.removeprefix(_PREFIX) for name in names if name.startswith(_PREFIX))


def _region(
    held: HeldOutPatient,
    distance_mm: Mapping[str, NDArray[np.floating]],
    voxel_ml: Mapping[str, float],
) -> _Region:
    known = held.patient in distance_mm and held.patient in voxel_ml
    if not known or distance_mm[held.patient].shape != held.progression.shape:
        problem = "distances or voxel volume do not belong to the scored voxels"
        raise InputRefused(held.patient, problem, "give one distance a scored voxel")
    return _Region(distance_mm[held.patient], voxel_ml[held.patient])


def _pair(held: HeldOutPatient, name: str) -> tuple[Prediction, Prediction] | Score:
    """Return the predictions with all maps and without one, or why they cannot be compared."""
    whole, less = held.predictions.get(MODEL), held.predictions.get(WITHOUT.format(name))
    if whole is None or less is None:
        return Score(math.nan, NOT_PREDICTED)
    if not (np.isfinite(whole.probability).all() and np.isfinite(less.probability).all()):
        return Score(math.nan, NOT_EVERYWHERE)
    return whole, less


def _auroc(held: HeldOutPatient, name: str) -> Score:
    pair = _pair(held, name)
    if isinstance(pair, Score):
        return pair
    whole, less = (discrimination(held.progression, one.probability)["auroc"] for one in pair)
    return _difference(whole, less)


def _coverage(held: HeldOutPatient, name: str, region: _Region, margin_mm: float) -> Score:
    pair = _pair(held, name)
    if isinstance(pair, Score):
        return pair
    whole, less = (_gain(held, one, region, margin_mm) for one in pair)
    points = _difference(whole, less)
    return Score(100.0 * points.value, points.reason)


def _gain(held: HeldOutPatient, made: Prediction, region: _Region, margin_mm: float) -> Score:
    """Return coverage minus the margin's own, which drops out of differences but not of reasons."""
    curve = coverage_curve(held.progression, made.probability, region.distance_mm, region.voxel_ml)
    return against_margin(curve, held.progression, region.distance_mm, margin_mm).gain


def _difference(whole: Score, less: Score) -> Score:
    return Score(whole.value - less.value, whole.reason or less.reason)
