import numpy as np
import pytest
from published import SLEEP_FIRST, SLEEP_SECOND
from scipy.stats import ttest_rel

from gliofront.statistics.pairs import NO_DIFFERENCE, ONE_SIDED, TOO_FEW_PAIRS, compare_pairs
from gliofront.statistics.two_groups import compare_numbers


def test_wilcoxon_leaves_out_zeros_and_is_exact():
    """Student's sleep data: nine gains in one direction and one of 0, so 2 of 2^9 signs."""
    found = compare_pairs(SLEEP_FIRST, SLEEP_SECOND)
    assert found.test == "Wilcoxon"  # one gain of 4.6 h is beyond a normal
    assert found.statistic == 0
    assert found.p == pytest.approx(2 / 2**9)
    assert found.n == (10, 10)
    assert (found.effect.value, found.reason) == (-1.0, ONE_SIDED)


def test_pairs_find_what_groups_do_not():
    """Patients differ more than their regions do: only pairing by patient shows the difference."""
    rng = np.random.default_rng(2)
    level = rng.normal(0, 10, 12)
    first = level + 1.0 + rng.normal(0, 0.5, 12)
    paired, unpaired = compare_pairs(first, level), compare_numbers(first, level)
    assert paired.test == "paired t"
    assert paired.p == pytest.approx(ttest_rel(first, level).pvalue)
    assert paired.p < 1e-4
    assert unpaired.p > 0.5


def test_a_patient_without_one_of_both_does_not_count():
    first, second = np.array([1.0, 2.0, np.nan, 4.1]), np.array([0.5, 1.6, 9.0, np.nan])
    assert compare_pairs(first, second) == compare_pairs(first[:2], second[:2])
    assert compare_pairs(first, second).n == (2, 2)


def test_with_ranks_the_effect_is_the_matched_rank_correlation():
    """Ranks by hand: 1 to 7 with signs, the negative ones 1 and 2, so (25 - 3) / 28."""
    difference = np.array([-0.1, -0.2, 0.3, 0.4, 0.5, 0.6, 90.0])
    found = compare_pairs(difference, np.zeros(7))
    assert found.effect.name == "matched rank-biserial"
    assert found.effect.value == pytest.approx(22 / 28)
    assert found.statistic == 3
    assert found.effect.low < found.effect.value < found.effect.high < 1


def test_undefined_pairs_say_why():
    assert compare_pairs([], []).reason == TOO_FEW_PAIRS
    assert compare_pairs([1.0], [2.0]).reason == TOO_FEW_PAIRS
    assert compare_pairs([1.0, 2.0], [1.0, 2.0]).reason == NO_DIFFERENCE
    with pytest.raises(ValueError, match="2 and 1"):
        compare_pairs([1.0, 2.0], [1.0])
