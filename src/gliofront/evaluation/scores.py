"""Scores of voxel predictions. Undefined is NaN with a reason, never 0."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ONE_CLASS = "only one class among the voxels"
NO_PROGRESSION = "no progression in the region"
NO_HEALTHY = "no voxel without progression in the region"
NONE_CALLED = "no voxel called progression"
ALL_CALLED = "every voxel called progression"
NO_VOXEL = "no voxel"

DISCRIMINATION = ("auroc", "auprc", "auprc_over_prevalence")
AT_THRESHOLD = (
    "lift",
    "ppv",
    "npv",
    "sensitivity",
    "specificity",
    "accuracy",
    "all_negative_accuracy",
    "balanced_accuracy",
    "dice",
)
NAMES = (*DISCRIMINATION, *AT_THRESHOLD, "brier")


@dataclass(frozen=True)
class Score:
    """A value, or NaN and why it is undefined."""

    value: float
    reason: str = ""

    @property
    def defined(self) -> bool:
        """Whether there is a value."""
        return not math.isnan(self.value)


def _undefined(reason: str) -> Score:
    return Score(math.nan, reason)


def all_scores(
    progression: NDArray[np.bool_], probability: NDArray[np.float64], threshold: float
) -> dict[str, Score]:
    """Return every score of `NAMES`, in that order.

    Parameters
    ----------
    progression : (n,) truth.
    probability : (n,) finite.
    threshold : ``probability >= threshold`` is called progression.
    """
    return {
        **discrimination(progression, probability),
        **at_threshold(progression, probability >= threshold),
        "brier": brier(progression, probability),
    }


def discrimination(
    progression: NDArray[np.bool_], probability: NDArray[np.float64]
) -> dict[str, Score]:
    """Return AUROC, AUPRC and AUPRC over prevalence; undefined if one class is absent.

    AUROC counts a tie as half (Mann-Whitney). AUPRC is the average precision, the sum over
    distinct thresholds of precision times the step in recall, without interpolation. A predictor
    without skill has AUROC 0.5 and AUPRC equal to the prevalence.

    >>> truth, chance = np.array([False, False, True, True]), np.array([0.1, 0.4, 0.35, 0.8])
    >>> found = discrimination(truth, chance)
    >>> found["auroc"].value, round(found["auprc"].value, 4)
    (0.75, 0.8333)
    """
    positives = int(np.count_nonzero(progression))
    negatives = progression.size - positives
    if not positives or not negatives:
        return dict.fromkeys(DISCRIMINATION, _undefined(ONE_CLASS))
    true_called, called = _cumulated(progression, probability)
    steps = np.diff(true_called, prepend=0)
    false_called = called - true_called
    # Area under the steps from one distinct threshold to the next, ties as straight lines.
    wide = np.diff(false_called, prepend=0)
    area = (wide * (true_called - steps / 2)).sum() / (positives * negatives)
    precision = float((steps * (true_called / called)).sum() / positives)
    return {
        "auroc": Score(float(area)),
        "auprc": Score(precision),
        "auprc_over_prevalence": Score(precision * progression.size / positives),
    }


def _cumulated(
    progression: NDArray[np.bool_], probability: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return progression voxels called and all voxels called at each threshold, highest first."""
    order = np.argsort(-probability, kind="stable")
    ranked = probability[order]
    last = np.append(np.flatnonzero(np.diff(ranked)), ranked.size - 1)
    true_called = np.cumsum(progression[order], dtype=np.float64)[last]
    return true_called, last + 1.0


def at_threshold(progression: NDArray[np.bool_], called: NDArray[np.bool_]) -> dict[str, Score]:
    """Return the scores of a yes or no a voxel, with the accuracy of calling nothing beside them.

    Lift is PPV over prevalence: how many times denser progression is among the voxels called than
    in the region. In a patient without progression, Dice is undefined, not 0.

    >>> truth, called = np.array([True, False, False, False]), np.array([True, True, False, False])
    >>> found = at_threshold(truth, called)
    >>> found["lift"].value, found["accuracy"].value, found["all_negative_accuracy"].value
    (2.0, 0.75, 0.75)
    """
    n, positives = progression.size, int(np.count_nonzero(progression))
    positive_calls = int(np.count_nonzero(called))
    both = int(np.count_nonzero(progression & called))
    neither = n - positives - positive_calls + both
    ppv = _ratio(both, positive_calls, NONE_CALLED)
    sensitivity = _ratio(both, positives, NO_PROGRESSION)
    specificity = _ratio(neither, n - positives, NO_HEALTHY)
    balanced = Score(
        (sensitivity.value + specificity.value) / 2, sensitivity.reason or specificity.reason
    )
    dice = _ratio(2 * both, positives + positive_calls, NO_PROGRESSION)
    return {
        "lift": _lift(ppv, positives, n),
        "ppv": ppv,
        "npv": _ratio(neither, n - positive_calls, ALL_CALLED),
        "sensitivity": sensitivity,
        "specificity": specificity,
        "accuracy": _ratio(both + neither, n, NO_VOXEL),
        "all_negative_accuracy": _ratio(n - positives, n, NO_VOXEL),
        "balanced_accuracy": balanced,
        "dice": dice if positives else _undefined(NO_PROGRESSION),
    }


def _lift(ppv: Score, positives: int, n: int) -> Score:
    if not positives:
        return _undefined(NO_PROGRESSION)
    return Score(ppv.value * n / positives, ppv.reason)


def _ratio(part: int, whole: int, reason: str) -> Score:
    return Score(part / whole) if whole else _undefined(reason)


def brier(progression: NDArray[np.bool_], probability: NDArray[np.float64]) -> Score:
    """Return the mean squared difference of probability and truth; lower is better."""
    if not progression.size:
        return _undefined(NO_VOXEL)
    return Score(float(np.square(probability - progression).mean()))
