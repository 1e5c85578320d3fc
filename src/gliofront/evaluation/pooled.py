"""Scores of the voxels of all patients together, with intervals that resample patients."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gliofront.evaluation.bootstrap import pooled_intervals_of
from gliofront.evaluation.cross_validation import HeldOutPatient
from gliofront.evaluation.scores import (
    DISCRIMINATION,
    Score,
    at_threshold,
    brier,
    discrimination,
)

# Probabilities are binned for the resampling only; the score itself is exact.
_BINS = 1024


def pooled_scores(held: Sequence[HeldOutPatient], predictor: str) -> dict[str, Score]:
    """Return the scores over all voxels, each called by the threshold of its own fold.

    Voxels of large regions and of patients with much progression weigh more here than in the
    mean over patients, and differences between patients count as discrimination: read it second.
    """
    truth = np.concatenate([h.progression for h in held])
    chance = np.concatenate([h.predictions[predictor].probability for h in held])
    called = np.concatenate(
        [h.predictions[predictor].probability >= h.predictions[predictor].threshold for h in held]
    )
    return {
        **discrimination(truth, chance),
        **at_threshold(truth, called),
        "brier": brier(truth, chance),
    }


def pooled_intervals(
    held: Sequence[HeldOutPatient], predictor: str, *, seed: int, resamples: int
) -> dict[str, tuple[float, float]]:
    """Return the 95 % intervals of the pooled scores `DISCRIMINATION`; none of a lone patient."""
    counts = _histograms(held, predictor)
    if len(counts) < 2:
        return {}
    ends = pooled_intervals_of(counts, _discrimination, seed=seed, resamples=resamples)
    return dict(zip(DISCRIMINATION, ends, strict=True))


def _histograms(held: Sequence[HeldOutPatient], predictor: str) -> list[NDArray[np.float64]]:
    """Return (2, bins) counts a patient, highest probability first: progression and none."""
    chances = [h.predictions[predictor].probability for h in held]
    everything = np.concatenate(chances)
    if not everything.size:
        return []
    edges = np.unique(np.quantile(everything, np.linspace(0, 1, _BINS + 1)))[1:-1]
    found = []
    for h, chance in zip(held, chances, strict=True):
        place = np.searchsorted(edges, chance, side="right")
        parts = [
            np.bincount(place[mask], minlength=edges.size + 1)[::-1]
            for mask in (h.progression, ~h.progression)
        ]
        found.append(np.stack(parts).astype(np.float64))
    return found


def _discrimination(counts: NDArray[np.float64]) -> Sequence[float]:
    """Return the scores `DISCRIMINATION` of a histogram (2, bins); NaN if one class is absent."""
    positive, negative = counts
    positives, negatives = positive.sum(), negative.sum()
    if not positives or not negatives:
        return [math.nan] * len(DISCRIMINATION)
    above = np.cumsum(positive)
    called = above + np.cumsum(negative)
    share = np.divide(above, called, out=np.zeros_like(called), where=called > 0)
    auroc = float((negative * (above - positive / 2)).sum() / (positives * negatives))
    auprc = float((positive * share).sum() / positives)
    return [auroc, auprc, auprc * float(positives + negatives) / float(positives)]
