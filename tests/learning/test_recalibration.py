"""Isotonic, logistic and Venn-Abers recalibration."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from gliofront.foundation.errors import InputRefused
from gliofront.learning.recalibration import (
    IsotonicRecalibration,
    LogisticRecalibration,
    VennAbers,
    fit_isotonic,
    fit_logistic,
    fit_venn_abers,
    log_odds,
)


def held_out(seed, n=300, slope=0.6, intercept=-0.5, digits=3):
    rng = np.random.default_rng(seed)
    p = np.round(rng.uniform(0.01, 0.99, size=n), digits)
    label = (rng.random(n) < expit(intercept + slope * log_odds(p))).astype(int)
    return p, label, rng.uniform(0.2, 2.0, size=n)


def test_logistic_is_the_weighted_maximum_of_likelihood():
    p, label, weight = held_out(0)
    found = fit_logistic(p, label, weight)
    # A penalty of practically nothing.
    reference = LogisticRegression(C=1e10, tol=1e-10, max_iter=1000)
    reference.fit(log_odds(p)[:, None], label, sample_weight=weight)
    assert found.slope == pytest.approx(reference.coef_[0, 0], rel=1e-4)
    assert found.intercept == pytest.approx(reference.intercept_[0], rel=1e-3)


def test_logistic_mends_what_a_line_can_mend():
    p, label, weight = held_out(1, n=20_000)
    found = fit_logistic(p, label, np.ones_like(weight))
    assert found.slope == pytest.approx(0.6, abs=0.05)
    assert found.intercept == pytest.approx(-0.5, abs=0.05)
    again = fit_logistic(found.predict(p), label, np.ones_like(weight))
    assert (again.slope, again.intercept) == pytest.approx((1.0, 0.0), abs=1e-6)
    shift = fit_logistic(p, label, weight, slope=1.0)
    assert shift.slope == 1.0
    assert weight @ shift.predict(p) == pytest.approx(weight @ label)


def test_logistic_refuses_what_has_no_answer():
    half = np.array([0.2, 0.3, 0.6, 0.7])
    cases = [
        (half, [0, 0, 0, 0], "one class"),
        (np.full(4, 0.3), [0, 1, 0, 1], "equal"),
        (half, [0, 0, 1, 1], "without a fault"),
        (half, [1, 1, 0, 0], "without a fault"),
    ]
    for p, label, problem in cases:
        with pytest.raises(InputRefused, match=problem):
            fit_logistic(p, np.array(label), np.ones(4))


def test_logistic_takes_certainties():
    p, label, weight = held_out(2)
    p[:4], label[:4] = [0, 1, 1, 0], [0, 1, 0, 1]
    assert np.isfinite(fit_logistic(p, label, weight).slope)
    assert np.isnan(LogisticRecalibration(1.0, 0.0).predict(np.array([np.nan]))[0])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
def test_isotonic_is_a_rising_probability_whatever_the_data(seed, n):
    score, label, weight = held_out(seed, n=n, digits=1)
    found = fit_isotonic(score, label, weight).predict(np.linspace(-1, 2, 40))
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found) >= 0).all()


def test_isotonic_finds_the_rate_and_keeps_nan():
    score, label, _ = held_out(3, n=40_000)
    fit = fit_isotonic(score, label, np.ones(40_000))
    at = np.array([0.2, 0.5, 0.8])
    np.testing.assert_allclose(fit.predict(at), expit(-0.5 + 0.6 * log_odds(at)), atol=0.04)
    assert np.isnan(fit.predict(np.array([np.nan]))[0])


def brute_force(score, label, weight, at, added):
    """The definition: add the voxel, fit, read the fit at it."""
    fit = IsotonicRegression().fit(
        np.append(score, at),
        np.append(label, added),
        sample_weight=np.append(weight, weight.mean()),
    )
    return fit.predict([at])[0]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 25), st.booleans())
def test_venn_abers_is_its_definition(seed, n, weighted):
    score, label, weight = held_out(seed, n=n, digits=1)
    weight = weight if weighted else np.ones(n)
    fit = fit_venn_abers(score, label, weight)
    at = np.concatenate([np.unique(score), np.linspace(-0.13, 1.17, 9)])
    low, high = fit.interval(at)
    want_low = [brute_force(score, label, weight, s, 0) for s in at]
    want_high = [brute_force(score, label, weight, s, 1) for s in at]
    np.testing.assert_allclose(low, want_low, atol=1e-9)
    np.testing.assert_allclose(high, want_high, atol=1e-9)
    merged = fit.predict(at)
    assert ((low <= merged + 1e-12) & (merged <= high + 1e-12)).all()


def test_venn_abers_narrows_with_voxels_and_is_quick():
    score, label, weight = held_out(5, n=60_000, digits=9)
    start = time.process_time()
    low, high = fit_venn_abers(score, label, weight).interval(np.linspace(0.1, 0.9, 1000))
    assert time.process_time() - start < 5
    assert (high >= low).all()
    assert np.median(high - low) < 0.01
    few_low, few_high = fit_venn_abers(score[:40], label[:40], weight[:40]).interval(score[:9])
    assert (few_high - few_low).min() > 0.02
    fit = fit_venn_abers(score, label, weight)
    assert fit.knots.size < 1000
    assert np.isnan(fit.predict(np.array([np.nan]))[0])


def test_nothing_to_fit_and_falling_knots_are_refused():
    nothing = np.zeros(0)
    for fit in (fit_isotonic, fit_venn_abers):
        with pytest.raises(InputRefused, match="no held-out voxel"):
            fit(nothing, nothing.astype(int), nothing)
    knots, falling = np.array([0.0, 1.0]), np.array([0.5, 0.2])
    with pytest.raises(InputRefused, match="not a rising probability"):
        IsotonicRecalibration(knots, falling)
    with pytest.raises(InputRefused, match="not a rising probability"):
        VennAbers(knots, knots, falling)
    with pytest.raises(InputRefused, match="lies above"):
        VennAbers(knots, knots, knots / 2)
