"""Two groups of patients compared: numbers and categories, as in Table 1 of Yan et al. 2020."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2_contingency, mannwhitneyu, ttest_ind

from gliofront.statistics.comparison import TOO_FEW, Comparison, undefined
from gliofront.statistics.effect_sizes import cramers_v, hedges_g, rank_biserial
from gliofront.statistics.exact_table import exact_p
from gliofront.statistics.normality import fits_normal

FloatArray = NDArray[np.float64]

SAME_VALUE = "every value is the same"
SEPARATE = "the interval is undefined: every value of one group is above all of the other"
ONE_CATEGORY = "only one category"
EMPTY_GROUP = "no known value in a group"
TOO_MANY_TABLES = "too many tables for an exact test; expected counts below 5"
_SMALL = 5.0


def compare_numbers(first: ArrayLike, second: ArrayLike) -> Comparison:
    """Compare a quantity: Welch's t-test if both groups fit a normal, else Mann-Whitney.

    Welch's and not Student's: it holds where variances differ and loses next to nothing where
    they do not (Delacre et al., Int Rev Soc Psychol 30:92, 2017). Mann-Whitney is exact for a
    small group without ties, else normal with corrections for ties and continuity.

    Parameters
    ----------
    first, second : (n,), (m,), NaN where unknown.

    >>> found = compare_numbers([55, 61, 48, 70, 59], [41, 52, 39, 47])
    >>> found.test, found.effect.name, round(found.p, 3), found.n
    ("Welch's t", 'Hedges g', 0.021, (5, 4))
    """
    a, b = _known(first), _known(second)
    n = (a.size, b.size)
    if min(n) < 2:
        return undefined(n, TOO_FEW)
    if np.ptp(np.concatenate([a, b])) == 0:
        return undefined(n, SAME_VALUE)
    if fits_normal(a) and fits_normal(b):
        welch = ttest_ind(a, b, equal_var=False)
        return Comparison(
            "Welch's t", float(welch.statistic), float(welch.pvalue), hedges_g(a, b), n
        )
    ranked, effect = mannwhitneyu(a, b), rank_biserial(a, b)
    reason = SEPARATE if math.isnan(effect.low) else ""
    statistic = float(ranked.statistic)
    return Comparison("Mann-Whitney U", statistic, float(ranked.pvalue), effect, n, reason)


def _known(values: ArrayLike) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    return np.asarray(array[~np.isnan(array)])


def compare_categories(first: Sequence[str], second: Sequence[str]) -> Comparison:
    """Compare how patients fall into categories: chi-square, or exact with small counts.

    The chi-square is Pearson's, without Yates' correction. Where a count expected without any
    difference is below 5, the exact test takes its place.

    Parameters
    ----------
    first, second : a category a patient, empty where unknown.

    >>> found = compare_categories(["m"] * 24 + ["f"] * 13, ["m"] * 14 + ["f"] * 6)
    >>> found.test, round(found.p, 3)
    ('chi-square', 0.695)
    """
    a, b = ([value for value in group if value] for group in (first, second))
    n = (len(a), len(b))
    if not a or not b:
        return undefined(n, EMPTY_GROUP)
    categories = sorted({*a, *b})
    if len(categories) < 2:
        return undefined(n, ONE_CATEGORY)
    table = np.array([[group.count(category) for group in (a, b)] for category in categories])
    return _compare_counts(table, n)


def _compare_counts(table: NDArray[np.integer], n: tuple[int, int]) -> Comparison:
    found = chi2_contingency(table, correction=False)
    chi2 = float(found.statistic)
    effect = cramers_v(chi2, (len(table), 2), int(table.sum()))
    pearson = Comparison("chi-square", chi2, float(found.pvalue), effect, n)
    if found.expected_freq.min() >= _SMALL:
        return pearson
    p = exact_p(table)
    if math.isnan(p):
        return replace(pearson, reason=TOO_MANY_TABLES)
    return Comparison("Fisher's exact", math.nan, p, effect, n)
