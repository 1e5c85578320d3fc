"""Net benefit against its definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gliofront.evaluation.net_benefit import decision_curve, net_benefit, threshold_of
from gliofront.foundation.errors import InputRefused


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 80), st.floats(0, 20))
def test_is_its_definition(seed, n, ratio):
    rng = np.random.default_rng(seed)
    truth, p = rng.random(n) < 0.3, np.round(rng.random(n), 1)
    called = p >= ratio / (1 + ratio)
    want = ((called & truth).sum() - ratio * (called & ~truth).sum()) / n
    assert net_benefit(truth, p, ratio).value == pytest.approx(want, abs=1e-9)
    curve = decision_curve(truth, p, [ratio])
    assert curve.treat_all[0] == pytest.approx((truth.sum() - ratio * (~truth).sum()) / n)
    assert curve.treat_none[0] == 0
    assert curve.model[0] <= truth.mean() + 1e-9


def test_true_probabilities_are_useful_and_noise_is_not():
    rng = np.random.default_rng(0)
    p = rng.beta(1, 4, size=20_000)
    truth = rng.random(20_000) < p
    ratios = threshold_ratios = np.linspace(0.05, 0.8, 12)
    assert decision_curve(truth, p, ratios).useful.all()
    assert not decision_curve(truth, rng.permutation(p), threshold_ratios).useful[4:].any()
    assert threshold_of(1.0) == 0.5


def test_weights_count_as_copies():
    rng = np.random.default_rng(1)
    truth, p = rng.random(50) < 0.3, rng.random(50)
    weighted = decision_curve(truth, p, [0.1, 0.5], np.repeat([1.0, 3.0], 25))
    rows = np.concatenate([np.arange(25), np.tile(np.arange(25, 50), 3)])
    copied = decision_curve(truth[rows], p[rows], [0.1, 0.5])
    np.testing.assert_allclose(weighted.model, copied.model)
    np.testing.assert_allclose(weighted.treat_all, copied.treat_all)


def test_a_patient_without_progression_has_harm_only():
    assert net_benefit(np.zeros(4, bool), np.full(4, 0.9), 0.5).value == -0.5
    assert net_benefit(np.zeros(4, bool), np.full(4, 0.1), 0.5).value == 0.0


def test_nonsense_is_refused_and_nothing_is_undefined():
    with pytest.raises(InputRefused, match="negative"):
        decision_curve(np.ones(2, bool), np.ones(2), [-0.1])
    with pytest.raises(InputRefused, match="no voxel"):
        decision_curve(np.ones(0, bool), np.ones(0), [0.1])
    assert net_benefit(np.ones(0, bool), np.ones(0), 0.1).reason == "no voxel"
