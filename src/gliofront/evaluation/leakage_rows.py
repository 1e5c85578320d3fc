"""The scores of one split in the leakage laboratory: within patients, and of all voxels pooled."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.evaluation.bootstrap import Interval, pooled_intervals_of
from gliofront.evaluation.leakage_splits import Pool
from gliofront.evaluation.scores import ONE_CLASS, at_threshold, discrimination
from gliofront.evaluation.settings import EvaluationSettings

WITHIN = "auroc"
POOLED_AUROC = "pooled_auroc"
POOLED_AT_THRESHOLD = ("accuracy", "sensitivity", "specificity", "ppv")
SCORES = (WITHIN, POOLED_AUROC, *(f"pooled_{name}" for name in POOLED_AT_THRESHOLD))
_NOTHING = Interval(math.nan, math.nan, math.nan, 0)
# Probabilities are binned for the resampling only; the score itself is exact.
_BINS = 1024


@dataclass(frozen=True)
class LeakageRow:
    """One score under one split.

    Parameters
    ----------
    split : ``"voxel"``, ``"block"``, ``"patient"`` or ``"site"``.
    score : one of `SCORES`. ``"auroc"`` is within patients: the mean over patients of each one's
        own. The others are pooled: of all held voxels together, as papers report them, where large
        regions weigh more and telling patients apart counts as discrimination.
    interval : the score, from 0 to 1, its 95 % interval over patients, and their number.
    reason : why it is undefined; empty if it is not.
    """

    split: str
    score: str
    interval: Interval
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Told:
    """What was said of the rows of a pool, each by a fit that held it.

    Parameters
    ----------
    chance : (n,) probability; NaN where no fit held the row.
    called : (n,) whether it reaches the threshold of its fit.
    reason : why nothing was said; empty if something was.
    """

    chance: NDArray[np.float64]
    called: NDArray[np.bool_]
    reason: str = ""


def within_row(split: str, found: Interval, told: Told) -> LeakageRow:
    """Return the row of the score within patients."""
    reason = told.reason or ("" if found.patients else ONE_CLASS)
    return LeakageRow(split, WITHIN, found, reason)


def pooled_rows(
    split: str, pool: Pool, told: Told, evaluation: EvaluationSettings
) -> list[LeakageRow]:
    """Return the rows of the pooled scores: exact values, intervals that resample patients."""
    names = SCORES[1:]
    held = np.isfinite(told.chance)
    if not held.any():
        return [LeakageRow(split, name, _NOTHING, told.reason) for name in names]
    truth = pool.rows.label[held] == 1
    at = at_threshold(truth, told.called[held])
    values = [discrimination(truth, told.chance[held])["auroc"]]
    values += [at[name] for name in POOLED_AT_THRESHOLD]
    counts = _counts(pool, told)
    ends = pooled_intervals_of(
        counts, _scores_of_counts, seed=evaluation.seed, resamples=evaluation.resamples
    )
    return [
        LeakageRow(split, name, Interval(score.value, *end, len(counts)), score.reason)
        for name, score, end in zip(names, values, ends, strict=True)
    ]


def _counts(pool: Pool, told: Told) -> list[NDArray[np.float64]]:
    """Return (2, 2, bins) counts a patient: progression or not, called or not, by probability."""
    held = np.isfinite(told.chance)
    edges = np.unique(np.quantile(told.chance[held], np.linspace(0, 1, _BINS + 1)))[1:]
    bins = edges.size + 1
    place = np.searchsorted(edges, told.chance, side="right")
    cell = (2 * (pool.rows.label == 1) + told.called) * bins + place
    return [
        np.bincount(cell[held & (pool.rows.patient == number)], minlength=4 * bins)
        .astype(np.float64)
        .reshape(2, 2, bins)
        for number in np.unique(pool.rows.patient[held])
    ]


def _scores_of_counts(counts: NDArray[np.float64]) -> list[float]:
    """Return the pooled scores, in the order of `SCORES`, of counts (2, 2, bins)."""
    (true_negative, false_positive), (_, true_positive) = counts.sum(axis=2)
    negative, positive = counts.sum(axis=1)
    below = np.cumsum(negative) - negative / 2
    negatives, positives = float(negative.sum()), float(positive.sum())
    return [
        _ratio(float(positive @ below), positives * negatives),
        _ratio(true_negative + true_positive, negatives + positives),
        _ratio(true_positive, positives),
        _ratio(true_negative, negatives),
        _ratio(true_positive, true_positive + false_positive),
    ]


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else math.nan
