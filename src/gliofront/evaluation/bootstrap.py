"""Intervals by resampling patients, the unit that is independent; voxels are not.

Percentile bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Interval:
    """A mean over patients with its 95 % interval.

    Parameters
    ----------
    mean : NaN if undefined in every patient.
    low, high : NaN with fewer than two patients.
    patients : number of patients in whom the value is defined.
    """

    mean: float
    low: float
    high: float
    patients: int

    def __str__(self) -> str:
        """Return the mean and the interval as text.

        >>> str(Interval(0.7512, 0.7, 0.8, 9)), str(Interval(math.nan, math.nan, math.nan, 0))
        ('0.751 (0.700 to 0.800)', 'undefined')
        """
        if math.isnan(self.mean):
            return "undefined"
        if math.isnan(self.low):
            return f"{self.mean:.3f}"
        return f"{self.mean:.3f} ({self.low:.3f} to {self.high:.3f})"


def mean_interval(values: Sequence[float], *, seed: int, resamples: int = 2000) -> Interval:
    """Return the mean over patients, NaN left out, with a percentile interval.

    Parameters
    ----------
    values : one a patient; NaN where undefined. Differences of two predictors in the same
        patients give a paired interval.
    seed : same seed and number of patients, same resamples.

    >>> mean_interval([0.5, 0.7, float("nan")], seed=0).patients
    2
    """
    defined = np.asarray([value for value in values if not math.isnan(value)])
    if not defined.size:
        return Interval(math.nan, math.nan, math.nan, 0)
    mean = float(defined.mean())
    if defined.size < 2:
        return Interval(mean, math.nan, math.nan, 1)
    draws = resampled_patients(defined.size, seed=seed, resamples=resamples)
    # Sorted, so that the order of the patients changes nothing.
    means = np.asarray(np.sort(defined)[draws].mean(axis=1), dtype=np.float64)
    low, high = percentile_ends(means)
    return Interval(mean, low, high, int(defined.size))


def resampled_patients(patients: int, *, seed: int, resamples: int) -> NDArray[np.intp]:
    """Return positions of patients drawn with replacement, (resamples, patients)."""
    return np.random.default_rng(seed).integers(patients, size=(resamples, patients))


def percentile_ends(found: NDArray[np.floating]) -> tuple[float, float]:
    """Return the 2.5 and 97.5 percentile of resampled values, NaN left out."""
    defined = found[~np.isnan(found)]
    if not defined.size:
        return math.nan, math.nan
    low, high = np.quantile(defined, [0.025, 0.975])
    return float(low), float(high)


def pooled_intervals_of(
    counts: Sequence[NDArray[np.float64]],
    scores: Callable[[NDArray[np.float64]], Sequence[float]],
    *,
    seed: int,
    resamples: int = 2000,
) -> list[tuple[float, float]]:
    """Return the 95 % intervals of scores of all voxels together, patients resampled.

    Parameters
    ----------
    counts : one array a patient, all of one shape, such as histograms; those of the patients
        drawn are added up.
    scores : from the sum to the scores.
    """
    stack = np.stack(counts)
    draws = resampled_patients(len(stack), seed=seed, resamples=resamples)
    found = []
    for draw in draws:
        times = np.bincount(draw, minlength=len(stack))
        total = np.asarray(np.tensordot(times, stack, axes=1), dtype=np.float64)
        found.append(scores(total))
    return [percentile_ends(column) for column in np.array(found, dtype=np.float64).T]
