"""Whether probabilities come true, over patients: overall, by site and by distance band."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gliofront.evaluation.bootstrap import pooled_intervals_of
from gliofront.evaluation.calibration import (
    Reliability,
    calibration_scores,
    distance_bands,
    patient_weights,
    reliability,
)
from gliofront.evaluation.cross_validation import DISTANCE, MODEL, HeldOutPatient
from gliofront.evaluation.settings import EvaluationSettings
from gliofront.foundation.errors import InputRefused
from gliofront.learning.recalibration import CLIP, fit_logistic

FloatArray = NDArray[np.float64]
Row = dict[str, str | int | float]

ALL = "all"
# For the resampling only: the score itself is of every voxel.
_BINS = 200
_MOST_RESAMPLES = 500


def calibration_rows(
    held: Sequence[HeldOutPatient], settings: EvaluationSettings
) -> tuple[Row, ...]:
    """Return one row a predictor and group: slope with its interval, intercept, Brier, error.

    Every patient counts the same, and intervals resample patients.
    """
    rows: list[Row] = []
    for predictor in (MODEL, DISTANCE):
        for kind, name, chosen in _groups(held):
            row: Row = {"predictor": predictor, "by": kind, "group": name}
            rows.append(row | _scores(held, chosen, predictor, settings))
    return tuple(rows)


def reliability_of(held: Sequence[HeldOutPatient], predictor: str) -> Reliability:
    """Return the reliability curve of a predictor, every patient counting the same."""
    chosen = {h.patient: np.ones(h.progression.size, dtype=bool) for h in held}
    truth, chance, patient = _voxels(held, chosen, predictor)
    return reliability(truth, chance, patient_weights(patient) if truth.size else None)


def _groups(
    held: Sequence[HeldOutPatient],
) -> list[tuple[str, str, Mapping[str, NDArray[np.bool_]]]]:
    """Return kind, name, and the voxels of each patient in it."""
    everything = {h.patient: np.ones(h.progression.size, dtype=bool) for h in held}
    found: list[tuple[str, str, Mapping[str, NDArray[np.bool_]]]] = [(ALL, ALL, everything)]
    for site in sorted({h.site for h in held}):
        of_site = {h.patient: everything[h.patient] for h in held if h.site == site}
        found.append(("site", site, of_site))
    bands = {h.patient: distance_bands(h.places.distance_mm) for h in held if h.places is not None}
    names = sorted({str(name) for band in bands.values() for name in np.unique(band)}, key=_near)
    for name in names:
        found.append(("distance", name, {p: band == name for p, band in bands.items()}))
    return found


def _near(band: str) -> float:
    """Return the first number in the name of a band, by which bands are sorted."""
    digits = "".join(c if c.isdigit() or c == "." else " " for c in band).split()
    return float(digits[0]) if digits else math.inf


def _voxels(
    held: Sequence[HeldOutPatient], chosen: Mapping[str, NDArray[np.bool_]], predictor: str
) -> tuple[NDArray[np.bool_], FloatArray, NDArray[np.intp]]:
    """Return truth, probability and the number of the patient of all chosen voxels."""
    there = [h for h in held if h.patient in chosen]
    truth = [h.progression[chosen[h.patient]] for h in there]
    chance = [h.predictions[predictor].probability[chosen[h.patient]] for h in there]
    who = np.repeat(np.arange(len(there)), [len(one) for one in truth])
    return np.concatenate([*truth, np.zeros(0, bool)]), np.concatenate([*chance, np.zeros(0)]), who


def _scores(
    held: Sequence[HeldOutPatient],
    chosen: Mapping[str, NDArray[np.bool_]],
    predictor: str,
    settings: EvaluationSettings,
) -> Row:
    truth, chance, patient = _voxels(held, chosen, predictor)
    weight = patient_weights(patient) if truth.size else None
    found = calibration_scores(truth, chance, weight)
    low, high = _slope_interval(truth, chance, patient, settings)
    reasons = {score.reason for score in found.values() if not score.defined}
    row: Row = {"patients": np.unique(patient).size, "voxels": truth.size}
    row |= {name: score.value for name, score in found.items()}
    return row | {"slope_low": low, "slope_high": high, "reason": "; ".join(sorted(reasons))}


def _slope_interval(
    truth: NDArray[np.bool_],
    chance: FloatArray,
    patient: NDArray[np.intp],
    settings: EvaluationSettings,
) -> tuple[float, float]:
    """Return the 95 % interval of the slope, patients resampled; NaN of a lone patient."""
    people = np.unique(patient)
    if people.size < 2:
        return math.nan, math.nan
    edges = np.unique(np.quantile(chance, np.linspace(0, 1, _BINS + 1)))[1:-1]
    place = np.searchsorted(edges, chance, side="right")
    total = np.bincount(place, weights=chance, minlength=edges.size + 1)
    middle = np.asarray(total / np.maximum(np.bincount(place, minlength=edges.size + 1), 1))
    counts = [_shares(place[patient == p], truth[patient == p], middle.size) for p in people]

    def slope(mass: FloatArray) -> Sequence[float]:
        return [_binned_slope(mass, middle)]

    resamples = min(settings.resamples, _MOST_RESAMPLES)
    return pooled_intervals_of(counts, slope, seed=settings.seed, resamples=resamples)[0]


def _shares(place: NDArray[np.intp], truth: NDArray[np.bool_], bins: int) -> FloatArray:
    """Return a patient's share of voxels by class and bin, (2, bins), which sums to 1."""
    parts = [np.bincount(place[mask], minlength=bins) for mask in (truth, ~truth)]
    return np.stack(parts).astype(np.float64) / max(place.size, 1)


def _binned_slope(mass: FloatArray, middle: FloatArray) -> float:
    used = mass > 0
    label = np.broadcast_to(np.array([[1], [0]]), mass.shape)[used]
    chance = np.broadcast_to(np.clip(middle, CLIP, 1 - CLIP), mass.shape)[used]
    try:
        return fit_logistic(chance, label, mass[used]).slope
    except InputRefused:
        return math.nan
