import numpy as np
import pytest
from published import SLEEP_FIRST, SLEEP_SECOND
from scipy.stats import ttest_rel

from gliofront.statistics.mixed_model import (
    FEW_PATIENTS,
    NO_SPREAD,
    ONE_SITE,
    mixed_difference,
)

SITES = ["A", "B"] * 5


def test_with_both_regions_in_all_patients_it_is_the_paired_t_test():
    """R: lme(extra ~ group, random = ~ 1 | ID) of the sleep data: 1.58, t 4.06, p 0.0028."""
    found = mixed_difference(SLEEP_SECOND, SLEEP_FIRST, SITES)
    theirs = ttest_rel(SLEEP_SECOND, SLEEP_FIRST)
    assert found.value == pytest.approx(1.58, abs=1e-4)
    assert found.p == pytest.approx(theirs.pvalue, rel=1e-2)
    limits = theirs.confidence_interval()
    assert (found.low, found.high) == pytest.approx((limits.low, limits.high), abs=1e-2)


def test_the_unit_does_not_matter():
    plain, small = (mixed_difference(s * SLEEP_SECOND, s * SLEEP_FIRST, SITES) for s in (1, 1e-6))
    assert small.value == pytest.approx(1e-6 * plain.value)
    assert small.p == pytest.approx(plain.p)


def test_a_patient_with_one_region_counts_and_the_site_is_accounted_for():
    """Site B is higher by 20 and mostly knows the first region: not a difference of regions."""
    rng = np.random.default_rng(0)
    site = np.array(["A", "B"] * 10)
    level = rng.normal(0, 1, 20) + 20 * (site == "B")
    first, second = level + rng.normal(0, 0.3, 20), level + rng.normal(0, 0.3, 20)
    second[np.flatnonzero(site == "B")[:8]] = np.nan
    assert np.nanmean(first) - np.nanmean(second) > 5
    found = mixed_difference(first, second, site.tolist())
    assert abs(found.value) < 0.5
    assert found.p > 0.05


def test_patients_without_spread_of_their_own_are_no_failure():
    rng = np.random.default_rng(1)
    found = [mixed_difference(*rng.normal(size=(2, 6)), ["A", "B"] * 3) for _ in range(30)]
    assert not any(f.reason for f in found)
    assert sum(f.p < 0.05 for f in found) <= 4


def test_undefined_models_say_why():
    first, second = np.array([1.0, 2.0, 3.0]), np.array([1.5, 2.0, 2.5])
    assert mixed_difference(first, second, ["A"] * 3).reason == ONE_SITE
    assert mixed_difference(first, second, ["A", "B", "C"]).reason == FEW_PATIENTS
    gone = np.array([1.0, np.nan, np.nan])
    assert mixed_difference(first, gone, ["A", "B", "B"]).reason == FEW_PATIENTS
    same = np.ones(3)
    assert mixed_difference(same, same, ["A", "B", "B"]).reason == NO_SPREAD
