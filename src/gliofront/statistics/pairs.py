"""Two measurements of the same patients compared."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import ttest_1samp, wilcoxon

from gliofront.statistics.comparison import Comparison, undefined
from gliofront.statistics.effect_sizes import matched_rank_biserial, paired_d
from gliofront.statistics.normality import fits_normal

TOO_FEW_PAIRS = "fewer than two patients have both"
NO_DIFFERENCE = "no pair differs"
ONE_SIDED = "the interval is undefined: every pair differs in the same direction"


def compare_pairs(first: ArrayLike, second: ArrayLike) -> Comparison:
    """Compare pairs: the paired t-test if the differences fit a normal, else Wilcoxon's.

    Wilcoxon's signed-rank test leaves out pairs without difference; it is exact up to 50 pairs
    without ties, else normal with corrections for ties and continuity. Its statistic is the
    smaller of the two rank sums.

    Parameters
    ----------
    first, second : (n,), one value a patient in the same order, NaN where unknown; a patient
        counts where both are known.

    Raises
    ------
    ValueError
        If they differ in length.

    >>> found = compare_pairs([1.9, 0.8, 1.1, 0.6, np.nan], [0.7, -0.6, 0.3, 0.0, 2.0])
    >>> found.test, found.n, round(found.p, 3)
    ('paired t', (4, 4), 0.012)
    """
    a, b = (np.asarray(values, dtype=np.float64) for values in (first, second))
    if a.shape != b.shape:
        raise ValueError(f"pairs of {a.size} and {b.size} values")
    difference = (a - b)[~np.isnan(a) & ~np.isnan(b)]
    n = (difference.size, difference.size)
    if difference.size < 2:
        return undefined(n, TOO_FEW_PAIRS)
    if not difference.any():
        return undefined(n, NO_DIFFERENCE)
    if fits_normal(difference):
        student = ttest_1samp(difference, 0.0)
        effect = paired_d(difference)
        return Comparison("paired t", float(student.statistic), float(student.pvalue), effect, n)
    ranked = wilcoxon(difference[difference != 0], correction=True)
    effect = matched_rank_biserial(difference)
    reason = ONE_SIDED if math.isnan(effect.low) else ""
    return Comparison("Wilcoxon", float(ranked.statistic), float(ranked.pvalue), effect, n, reason)


def shared_means(first: NDArray[np.float64], second: NDArray[np.float64]) -> tuple[float, float]:
    """Return the means of both (n,) over the patients that have both; NaN if there are none.

    >>> shared_means(np.array([1.0, 5.0]), np.array([2.0, np.nan]))
    (1.0, 2.0)
    """
    both = ~np.isnan(first) & ~np.isnan(second)
    if not both.any():
        return math.nan, math.nan
    return float(first[both].mean()), float(second[both].mean())
