"""Skill: what the model knows beyond the distance to the tumour, in the same patients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gliofront.evaluation.bootstrap import Interval, mean_interval


@dataclass(frozen=True)
class Skill:
    """A paired difference, model minus null, and the sentence that a report begins with."""

    score: str
    interval: Interval
    verdict: str


def skill_over_distance(
    score: str,
    model: Sequence[float],
    distance: Sequence[float],
    *,
    seed: int,
    resamples: int = 2000,
) -> Skill:
    """Return the mean difference over the patients in whom both are defined.

    Parameters
    ----------
    score : name of a score of which more is better, such as ``"auroc"``.
    model, distance : one value a patient, in the same order; NaN where undefined.

    >>> skill_over_distance("auroc", [0.6, 0.7], [0.7, 0.8], seed=0).verdict
    'No skill over distance: AUROC -0.100 (95 % interval -0.100 to -0.100, 2 patients).'
    """
    differences = [a - b for a, b in zip(model, distance, strict=True)]
    interval = mean_interval(differences, seed=seed, resamples=resamples)
    return Skill(score, interval, _verdict(score, interval))


def _verdict(score: str, interval: Interval) -> str:
    if math.isnan(interval.low):
        return (
            "Skill over distance cannot be told: "
            f"{score.upper()} is defined in {interval.patients} patient(s), two are needed."
        )
    start = "Skill over distance" if interval.low > 0 else "No skill over distance"
    return (
        f"{start}: {score.upper()} {interval.mean:+.3f} (95 % interval "
        f"{interval.low:+.3f} to {interval.high:+.3f}, {interval.patients} patients)."
    )
