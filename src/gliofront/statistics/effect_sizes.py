"""Effect sizes with 95 % intervals.

Intervals of standardised differences are those of the noncentral t distribution (Steiger and
Fouladi, in What If There Were No Significance Tests?, 1997), of rank correlations those of
Fisher's z with the variance of the rank sum (Kerby, Compr Psychol 3:1, 2014). The R package
effectsize (Ben-Shachar et al., J Open Source Softw 5:2815, 2020) computes the same.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import chndtrinc, gammaln, nctdtrinc
from scipy.stats import norm, rankdata

from gliofront.statistics.comparison import Effect

FloatArray = NDArray[np.float64]

LOWER, UPPER = 0.025, 0.975
Z = float(norm.ppf(UPPER))


def hedges_g(first: FloatArray, second: FloatArray) -> Effect:
    """Return the difference of means over the pooled standard deviation, corrected for bias.

    The correction is Hedges' exact one (J Educ Stat 6:107, 1981). The interval takes the
    variances of the groups as equal.

    Parameters
    ----------
    first, second : (n,), (m,) finite, at least two each, not all equal.
    """
    n, m = first.size, second.size
    df = n + m - 2
    pooled = ((n - 1) * first.var(ddof=1) + (m - 1) * second.var(ddof=1)) / df
    unit = math.sqrt(1 / n + 1 / m)
    d = float((first.mean() - second.mean()) / math.sqrt(pooled))
    correction = math.exp(gammaln(df / 2) - math.log(math.sqrt(df / 2)) - gammaln((df - 1) / 2))
    return _standardised("Hedges g", d, df, unit, correction)


def paired_d(difference: FloatArray) -> Effect:
    """Return the mean of paired differences (n,) over their standard deviation.

    >>> found = paired_d(np.array([1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]))
    >>> round(found.value, 2), round(found.low, 2), round(found.high, 2)
    (1.28, 0.41, 2.12)
    """
    n = difference.size
    d = float(difference.mean() / difference.std(ddof=1))
    return _standardised("paired d", d, n - 1, 1 / math.sqrt(n), 1.0)


def _standardised(name: str, d: float, df: int, unit: float, correction: float) -> Effect:
    """Return d with its interval; d over ``unit`` is distributed as a noncentral t."""
    low, high = (float(nctdtrinc(df, share, d / unit)) * unit for share in (UPPER, LOWER))
    return Effect(name, correction * d, correction * low, correction * high)


def rank_biserial(first: FloatArray, second: FloatArray) -> Effect:
    """Return how much more often a value of the first is the larger one, -1 to 1; ties are half.

    Parameters
    ----------
    first, second : (n,), (m,) finite.

    >>> rank_biserial(np.array([3.0, 4.0]), np.array([1.0, 3.0])).value
    0.75
    """
    n, m = first.size, second.size
    ranks = rankdata(np.concatenate([first, second]))
    wins = ranks[:n].sum() - n * (n + 1) / 2
    spread = math.sqrt((n + m + 1) / (3 * n * m))
    return _rank_correlation("rank-biserial", float(2 * wins / (n * m) - 1), spread)


def matched_rank_biserial(difference: FloatArray) -> Effect:
    """Return the rank sum of positive less that of negative differences over their total, -1 to 1.

    Parameters
    ----------
    difference : (n,) finite, not all 0; zeros are left out, as in the test of Wilcoxon.
    """
    told = difference[difference != 0]
    n, ranks = told.size, rankdata(np.abs(told))
    value = float(ranks @ np.sign(told) / ranks.sum())
    spread = math.sqrt((2 * n**3 + 3 * n**2 + n) / 6) / (n * (n + 1) / 2)
    return _rank_correlation("matched rank-biserial", value, spread)


def _rank_correlation(name: str, value: float, spread: float) -> Effect:
    # At -1 and 1 Fisher's z is infinite, and an interval without width would claim certainty.
    if math.isclose(abs(value), 1):
        return Effect(name, value, math.nan, math.nan)
    low, high = (math.tanh(math.atanh(value) + side * Z * spread) for side in (-1, 1))
    return Effect(name, value, low, high)


def cramers_v(chi2: float, shape: tuple[int, int], n: int) -> Effect:
    """Return the strength of association in a table of counts, 0 to 1.

    The interval is that of the noncentral chi-square distribution (Smithson, Confidence
    Intervals, 2003). V is biased upwards and its interval is not, so a very small V may lie above
    its interval.

    Parameters
    ----------
    chi2 : Pearson's statistic without correction.
    shape : rows and columns of the table, at least two each.
    n : patients.
    """
    rows, columns = shape
    most = n * (min(shape) - 1)
    df = (rows - 1) * (columns - 1)
    low, high = (float(chndtrinc(chi2, df, share)) for share in (UPPER, LOWER))
    value, low, high = (min(math.sqrt(x / most), 1.0) for x in (chi2, low, high))
    return Effect("Cramer's V", value, low, high)
