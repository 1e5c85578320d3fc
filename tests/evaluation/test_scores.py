"""Scores against scikit-learn, and what is undefined."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from gliofront.evaluation.scores import NAMES, all_scores, at_threshold, discrimination


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 200), st.sampled_from([1, 2, 12]))
def test_equal_scikit_learn(seed, n, digits):
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < rng.uniform(0.05, 0.95)
    truth[:2] = [True, False]
    chance = np.round(rng.random(n), digits)
    threshold = float(rng.choice(chance))
    called = chance >= threshold
    found = {name: s.value for name, s in all_scores(truth, chance, threshold).items()}
    want = {
        "auroc": metrics.roc_auc_score(truth, chance),
        "auprc": metrics.average_precision_score(truth, chance),
        "ppv": metrics.precision_score(truth, called),
        "sensitivity": metrics.recall_score(truth, called),
        "specificity": metrics.recall_score(~truth, ~called),
        "accuracy": metrics.accuracy_score(truth, called),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, called),
        "dice": metrics.f1_score(truth, called),
        "brier": metrics.brier_score_loss(truth, chance),
    }
    for name, value in want.items():
        assert found[name] == pytest.approx(value, abs=1e-12), name
    if not called.all():
        assert found["npv"] == pytest.approx(metrics.precision_score(~truth, ~called))
    assert found["lift"] == pytest.approx(found["ppv"] / truth.mean())
    assert found["all_negative_accuracy"] == pytest.approx((~truth).mean())
    assert found["auprc_over_prevalence"] == pytest.approx(found["auprc"] / truth.mean())
    assert tuple(found) == NAMES


def test_constant_predictor_scores_chance_and_prevalence():
    truth = np.arange(50) < 10
    found = discrimination(truth, np.full(50, 0.3))
    assert found["auroc"].value == 0.5
    assert found["auprc"].value == pytest.approx(0.2)
    assert found["auprc_over_prevalence"].value == pytest.approx(1.0)


def test_one_class_is_undefined_with_a_reason():
    chance = np.linspace(0, 1, 8)
    found = all_scores(np.zeros(8, bool), chance, 0.5)
    undefined = {name: s.reason for name, s in found.items() if math.isnan(s.value)}
    assert set(undefined) == {
        "auroc", "auprc", "auprc_over_prevalence", "lift", "sensitivity", "balanced_accuracy",
        "dice",
    }  # fmt: skip
    assert all(undefined.values())
    assert found["accuracy"].value == 0.5
    assert found["all_negative_accuracy"].value == 1
    assert all(s.reason == "" for s in found.values() if s.defined)
    everywhere = at_threshold(np.ones(8, bool), chance >= 0.5)
    assert everywhere["specificity"].reason == "no voxel without progression in the region"


def test_nothing_called_and_everything_called():
    truth = np.arange(8) < 2
    nothing = at_threshold(truth, np.zeros(8, bool))
    assert nothing["ppv"].reason == nothing["lift"].reason == "no voxel called progression"
    assert nothing["dice"].value == 0
    everything = at_threshold(truth, np.ones(8, bool))
    assert everything["npv"].reason == "every voxel called progression"
    assert everything["lift"].value == 1


def test_no_voxel_at_all_is_undefined_throughout():
    found = all_scores(np.zeros(0, bool), np.zeros(0), 0.5)
    assert all(math.isnan(s.value) and s.reason for s in found.values())
