import math

import numpy as np
import pytest
from published import PLACEBO, TREATED_RELAPSED, TREATED_WELL
from scipy.stats import CensoredData, logrank
from statsmodels.duration.survfunc import SurvfuncRight

from gliofront.foundation.errors import InputRefused
from gliofront.statistics.survival import (
    NO_EVENT,
    NOBODY,
    NOT_REACHED,
    OPEN_ABOVE,
    FollowedTimes,
    kaplan_meier,
    log_rank,
    median_survival,
)


def followed(events, censored=()):
    return FollowedTimes([*events, *censored], [True] * len(events) + [False] * len(censored))


TREATED = followed(TREATED_RELAPSED, TREATED_WELL)
UNTREATED = followed(PLACEBO)


def test_the_curve_is_that_of_the_textbooks():
    """Freireich's remissions, as in Cox and Oakes, Analysis of Survival Data, 1984, chapter 1."""
    curve = kaplan_meier(TREATED)
    assert curve.days.tolist() == [6, 7, 10, 13, 16, 22, 23]
    expected = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    np.testing.assert_allclose(curve.survival, expected, atol=5e-4)


@pytest.mark.parametrize("times", [TREATED, UNTREATED], ids=["treated", "placebo"])
def test_the_curve_is_that_of_statsmodels(times):
    theirs = SurvfuncRight(times.days, times.event)
    np.testing.assert_allclose(kaplan_meier(times).survival, theirs.surv_prob, atol=1e-12)


def test_medians_and_intervals_are_those_of_sas():
    """PROC LIFETEST (log-log): 23 (13 to open) weeks of remission against 8 (4 to 11)."""
    treated, placebo = median_survival(TREATED), median_survival(UNTREATED)
    assert (treated.days, treated.low, treated.patients, treated.events) == (23, 13, 21, 9)
    assert math.isnan(treated.high)
    assert treated.reason == OPEN_ABOVE
    assert (placebo.days, placebo.low, placebo.high, placebo.reason) == (8, 4, 11, "")


def test_the_log_rank_test_is_that_of_r():
    """R: survdiff says chi-square 16.8 on 1 degree of freedom, p = 4e-05, 9 against 19.3."""
    found = log_rank(TREATED, UNTREATED)
    assert found.statistic == pytest.approx(16.793, abs=5e-4)
    assert found.p == pytest.approx(4.17e-5, abs=1e-7)
    assert found.effect.value == pytest.approx(math.exp((9 - 19.2505) / 6.2570), abs=1e-4)
    assert found.effect.low < found.effect.value < found.effect.high < 1


def test_the_log_rank_test_is_that_of_scipy_with_ties_and_censoring():
    rng = np.random.default_rng(5)
    days, event = rng.integers(1, 20, (2, 30)), rng.random((2, 30)) < 0.6
    groups = [FollowedTimes(*both) for both in zip(days, event, strict=True)]
    theirs = logrank(*(CensoredData(d[e], right=d[~e]) for d, e in zip(days, event, strict=True)))
    assert log_rank(*groups).p == pytest.approx(theirs.pvalue)


def test_swapped_groups_have_the_inverse_ratio():
    there, back = log_rank(TREATED, UNTREATED), log_rank(UNTREATED, TREATED)
    assert there.p == pytest.approx(back.p)
    assert there.effect.value == pytest.approx(1 / back.effect.value)


def test_what_is_undefined_says_why():
    nobody, well = followed([]), followed([], [10, 20])
    assert (str(median_survival(nobody)), median_survival(nobody).reason) == ("n/a", NOBODY)
    assert median_survival(well).reason == NOT_REACHED
    assert str(median_survival(well)) == "not reached (n/a to not reached)"
    assert log_rank(nobody, TREATED).reason == NOBODY
    assert log_rank(well, well).reason == NO_EVENT
    assert log_rank(followed([5]), followed([], [1])).reason == NO_EVENT


def test_one_patient_has_a_median_and_no_upper_limit():
    found = median_survival(followed([100]))
    assert (found.days, found.patients, found.events) == (100, 1, 1)
    assert math.isnan(found.high)


@pytest.mark.parametrize(("days", "event"), [([-1], [True]), ([np.nan], [True]), ([1, 2], [True])])
def test_impossible_times_are_refused(days, event):
    with pytest.raises(InputRefused, match="survival times"):
        FollowedTimes(days, event)
