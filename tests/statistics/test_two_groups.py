from math import comb

import numpy as np
import pytest
from published import MANUAL, MPG
from scipy.stats import fisher_exact, mannwhitneyu, ncx2, ttest_ind
from statsmodels.stats.meta_analysis import effectsize_smd

from gliofront.statistics import exact_table
from gliofront.statistics.comparison import TOO_FEW
from gliofront.statistics.effect_sizes import cramers_v, hedges_g, rank_biserial
from gliofront.statistics.exact_table import exact_p
from gliofront.statistics.two_groups import (
    EMPTY_GROUP,
    ONE_CATEGORY,
    SAME_VALUE,
    SEPARATE,
    TOO_MANY_TABLES,
    compare_categories,
    compare_numbers,
)


def repeated(counts):
    return [name for name, count in counts.items() for _ in range(count)]


def test_welch_s_t_is_that_of_r():
    """R: t.test(mpg ~ am), effectsize::cohens_d and hedges_g of mtcars."""
    found = compare_numbers(MPG[~MANUAL], MPG[MANUAL])
    assert found.test == "Welch's t"
    assert found.statistic == pytest.approx(-3.7671, abs=1e-4)
    assert found.p == pytest.approx(0.001374, abs=1e-6)
    assert found.n == (19, 13)
    shrink = found.effect.value / -1.4779
    assert (found.effect.name, round(found.effect.value, 2)) == ("Hedges g", -1.44)
    assert found.effect.low / shrink == pytest.approx(-2.27, abs=0.005)
    assert found.effect.high / shrink == pytest.approx(-0.67, abs=0.005)


def test_hedges_g_is_that_of_statsmodels():
    a, b = MPG[~MANUAL], MPG[MANUAL]
    theirs, _ = effectsize_smd(a.mean(), a.std(ddof=1), a.size, b.mean(), b.std(ddof=1), b.size)
    # Theirs has an approximate correction for bias.
    assert hedges_g(a, b).value == pytest.approx(theirs, rel=1e-4)


def test_a_skewed_group_is_compared_by_ranks():
    skewed = np.array([1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 30.0, 90.0])
    other = np.array([1.6, 1.7, 2.0, 2.1, 2.2, 2.3, 2.6, 2.9])
    found = compare_numbers(skewed, other)
    assert found.test == "Mann-Whitney U"
    assert found.p == mannwhitneyu(skewed, other).pvalue
    assert found.p != pytest.approx(ttest_ind(skewed, other, equal_var=False).pvalue, abs=0.05)


def test_the_rank_correlation_is_that_of_r():
    """R: effectsize::rank_biserial(mpg ~ am) says -0.66 (-0.84 to -0.36)."""
    found = rank_biserial(MPG[~MANUAL], MPG[MANUAL])
    assert [round(x, 2) for x in (found.value, found.low, found.high)] == [-0.66, -0.84, -0.36]


@pytest.mark.parametrize(
    ("training", "validation", "published"),
    [((24, 13), (14, 6), 0.7746), ((16, 10), (4, 9), 0.0958), ((34, 3), (17, 1), 1.0)],
    ids=["sex", "MGMT", "IDH"],
)
def test_the_paper_s_p_values_are_those_of_the_exact_test(training, validation, published):
    """Table 1 of Yan et al. prints them beside three groups; they are of the first two."""
    assert exact_p(np.array([training, validation]).T) == pytest.approx(published, abs=5e-5)


def test_the_chi_square_is_that_of_r():
    """R: chisq.test(table(mtcars$vs, mtcars$am), correct = FALSE)."""
    found = compare_categories(repeated({"v": 12, "s": 7}), repeated({"v": 6, "s": 7}))
    assert (found.test, found.n) == ("chi-square", (19, 13))
    assert found.statistic == pytest.approx(0.90688, abs=1e-5)
    assert found.p == pytest.approx(0.3409, abs=1e-4)
    assert found.effect.value == pytest.approx(np.sqrt(0.90688 / 32), abs=1e-5)


def test_small_counts_are_tested_exactly():
    groups = repeated({"mutated": 3, "wild": 4}), repeated({"mutated": 0, "wild": 9})
    found = compare_categories(*groups)
    assert found.test == "Fisher's exact"
    assert np.isnan(found.statistic)
    assert found.p == pytest.approx(fisher_exact([[3, 0], [4, 9]]).pvalue)


@pytest.mark.parametrize("seed", range(20))
def test_two_by_two_is_fisher_s_test(seed):
    table = np.random.default_rng(seed).integers(1, 25, (2, 2))
    assert exact_p(table) == pytest.approx(fisher_exact(table).pvalue)


def test_more_rows_are_freeman_and_halton_s_test():
    """Every table of these sums, written out."""
    chance = {
        (a, b): comb(3, a) * comb(3, b) * comb(5, 6 - a - b)
        for a in range(4)
        for b in range(4)
        if 6 - a - b <= 5
    }
    as_rare = sum(value for value in chance.values() if value <= chance[3, 2])
    assert exact_p(np.array([[3, 0], [2, 1], [1, 4]])) == pytest.approx(as_rare / comb(11, 6))


def test_too_many_tables_leave_the_chi_square_and_say_so(monkeypatch):
    monkeypatch.setattr(exact_table, "_MOST_TABLES", 3)
    found = compare_categories(repeated({"a": 3, "b": 4}), repeated({"b": 9}))
    assert (found.test, found.reason) == ("chi-square", TOO_MANY_TABLES)


def test_the_interval_of_v_is_that_of_the_noncentral_chi_square():
    found = cramers_v(12.5, (3, 2), 80)
    for end, share in ((found.low, 0.975), (found.high, 0.025)):
        assert ncx2.cdf(12.5, 2, end**2 * 80) == pytest.approx(share, abs=1e-6)
    assert cramers_v(0.5, (2, 2), 80).low == 0.0
    assert cramers_v(80.0, (2, 2), 80).value == 1.0


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ([1.0], [2.0, 3.0], TOO_FEW),
        ([], [], TOO_FEW),
        ([1.0, np.nan], [2.0, 3.0], TOO_FEW),
        ([2.0, 2.0], [2.0, 2.0, 2.0], SAME_VALUE),
    ],
)
def test_an_undefined_comparison_of_numbers_says_why(first, second, reason):
    found = compare_numbers(first, second)
    assert np.isnan([found.p, found.statistic, found.effect.value]).all()
    assert found.reason == reason


def test_full_separation_has_no_interval_and_says_so():
    found = compare_numbers([1.0, 1.0, 2.0], [5.0, 6.0, 6.0])
    assert (found.test, found.effect.value, found.reason) == ("Mann-Whitney U", -1.0, SEPARATE)
    assert np.isnan([found.effect.low, found.effect.high]).all()


def test_an_undefined_comparison_of_categories_says_why():
    assert compare_categories(["m"], [""]).reason == EMPTY_GROUP
    assert compare_categories(["m", "m"], ["m"]).reason == ONE_CATEGORY
    assert compare_categories(["m", "", "f"], ["m"]).n == (2, 1)
