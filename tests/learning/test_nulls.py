"""The distance null and the threshold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gliofront.foundation.errors import InputRefused
from gliofront.learning.distance import DistanceNull, fit_distance_null
from gliofront.learning.threshold import threshold_of_share


def test_finds_a_falling_rate_and_ignores_a_rising_one():
    rng = np.random.default_rng(0)
    distance = rng.uniform(0, 20, size=40_000)
    rate = 0.5 * np.exp(-distance / 5)
    null = fit_distance_null(distance, rng.random(40_000) < rate, np.ones(40_000))
    at = np.array([2.0, 6.0, 12.0])
    np.testing.assert_allclose(null.predict(at), 0.5 * np.exp(-at / 5), atol=0.04)
    rising = fit_distance_null(distance, rng.random(40_000) < distance / 40, np.ones(40_000))
    assert np.ptp(rising.predict(distance)) < 0.05


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
def test_is_a_falling_probability_whatever_the_data(seed, n):
    rng = np.random.default_rng(seed)
    distance = np.round(rng.uniform(0, 20, size=n), 1)
    null = fit_distance_null(distance, rng.integers(0, 2, n), rng.uniform(1e-6, 1, size=n))
    found = null.predict(np.linspace(-5, 30, 50))
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found) <= 0).all()


def test_weights_count():
    null = fit_distance_null(np.zeros(2), np.array([0, 1]), np.array([3.0, 1.0]))
    assert null.predict(np.zeros(1))[0] == pytest.approx(0.25)
    assert np.isnan(null.predict(np.array([np.nan]))).all()


@pytest.mark.parametrize(
    ("knots", "share"),
    [([0, 1], [0.1, 0.2]), ([1, 0], [0.2, 0.1]), ([0], [1.5]), ([], []), ([0, np.nan], [1, 0])],
)
def test_other_functions_are_refused(knots, share):
    with pytest.raises(InputRefused, match="not a decreasing probability"):
        DistanceNull(np.array(knots, dtype=float), np.array(share, dtype=float))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 80), st.floats(0, 1), st.integers(0, 8))
def test_no_other_threshold_calls_a_nearer_share(seed, n, share, digits):
    rng = np.random.default_rng(seed)
    chance = np.round(rng.random(n), digits)
    weight = rng.uniform(0.1, 1, size=n)
    got = threshold_of_share(chance, weight, share)

    def called(threshold):
        return weight[chance >= threshold].sum() / weight.sum()

    best = min(abs(called(t) - share) for t in [*chance, 2.0])
    assert abs(called(got) - share) == pytest.approx(best, abs=1e-9)
