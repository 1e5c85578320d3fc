"""Calibration scores against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from gliofront.evaluation.calibration import (
    CALIBRATION,
    calibration_scores,
    patient_weights,
    reliability,
)
from gliofront.evaluation.calibration_summary import calibration_rows
from gliofront.evaluation.cross_validation import HeldOutPatient
from gliofront.evaluation.places import Places
from gliofront.evaluation.prediction import Prediction
from gliofront.evaluation.scores import brier
from gliofront.evaluation.settings import EvaluationSettings


def voxels(seed=0, n=4000, slope=1.0, intercept=0.0):
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.02, 0.9, size=n)
    return rng.random(n) < expit(intercept + slope * logit(p)), p


def test_right_probabilities():
    truth, p = voxels(n=40_000)
    found = {name: s.value for name, s in calibration_scores(truth, p).items()}
    assert tuple(found) == CALIBRATION
    assert found["slope"] == pytest.approx(1, abs=0.05)
    assert found["intercept"] == pytest.approx(0, abs=0.05)
    assert found["in_the_large"] == pytest.approx(0, abs=0.05)
    assert found["expected_error"] < 0.015
    assert found["brier"] == pytest.approx(brier(truth, p).value)


def test_slope_and_intercept_are_those_of_a_logistic_regression():
    truth, p = voxels(1, slope=0.5, intercept=-1.0)
    weight = np.random.default_rng(0).uniform(0.1, 3, size=p.size)
    found = calibration_scores(truth, p, weight)
    reference = LogisticRegression(C=1e10, tol=1e-10, max_iter=1000)
    reference.fit(logit(p)[:, None], truth, sample_weight=weight)
    assert found["slope"].value == pytest.approx(reference.coef_[0, 0], rel=1e-3)
    assert found["intercept"].value == pytest.approx(reference.intercept_[0], rel=1e-3)
    assert found["slope"].value < 0.7
    assert found["in_the_large"].value < -0.5


def test_patients_count_the_same_whatever_their_size():
    truth, p = voxels(2, n=300)
    other, q = voxels(3, n=600, slope=0.3)
    repeated = np.concatenate([truth, np.tile(other, 3)]), np.concatenate([p, np.tile(q, 3)])
    once = np.concatenate([truth, other]), np.concatenate([p, q])
    many = calibration_scores(*repeated, patient_weights(["a"] * 300 + ["b"] * 1800))
    few = calibration_scores(*once, patient_weights(["a"] * 300 + ["b"] * 600))
    for name in ("slope", "intercept", "brier"):
        assert many[name].value == pytest.approx(few[name].value, rel=1e-6)
    assert few["slope"].value != pytest.approx(calibration_scores(*once)["slope"].value, rel=1e-3)


def test_bins_hold_equal_counts_and_never_part_equal_probabilities():
    truth, p = voxels(4, n=1000)
    curve = reliability(truth, p, bins=5)
    assert curve.count.tolist() == [200] * 5
    order = np.argsort(p).reshape(5, 200)
    np.testing.assert_allclose(curve.predicted, p[order].mean(1))
    np.testing.assert_allclose(curve.observed, truth[order].mean(1))
    assert curve.expected_error.value == pytest.approx(
        np.abs(p[order].mean(1) - truth[order].mean(1)).mean()
    )
    constant = reliability(truth, np.full(1000, 0.3), bins=5)
    assert constant.count.tolist() == [1000]
    assert constant.expected_error.value == pytest.approx(abs(0.3 - truth.mean()))


def test_undefined_has_a_reason():
    nothing = calibration_scores(np.zeros(0, bool), np.zeros(0))
    assert {s.reason for s in nothing.values()} == {"no voxel"}
    one_class = calibration_scores(np.zeros(9, bool), np.linspace(0.1, 0.9, 9))
    for name in ("slope", "intercept", "in_the_large"):
        assert math.isnan(one_class[name].value)
        assert one_class[name].reason == "only one class among the voxels"
    assert one_class["brier"].defined
    constant = calibration_scores(np.arange(9) < 3, np.full(9, 0.5))
    assert constant["slope"].reason == "all probabilities are equal"
    assert constant["in_the_large"].value == pytest.approx(logit(1 / 3))


def held_out(number):
    truth, p = voxels(number, n=300)
    distance = np.linspace(0.1, 25, 300, dtype=np.float32)
    made = dict.fromkeys(("model", "distance"), Prediction(p, 0.5))
    places = Places(np.zeros((300, 3), np.int32), distance, distance, 0.001)
    rows, site = np.arange(300), "ABC"[number]
    return HeldOutPatient(f"p{number}", site, "fold-1", rows, truth, made, 0, 1.0, places)


def test_by_site_and_by_distance():
    rows = calibration_rows([held_out(n) for n in range(3)], EvaluationSettings(resamples=100))
    of_model = [row for row in rows if row["predictor"] == "model"]
    assert [row["group"] for row in of_model] == [
        "all", "A", "B", "C",
        "0-5 mm", "5-10 mm", "10-15 mm", "15-20 mm", "above 20 mm",
    ]  # fmt: skip
    truth, p = voxels(1, n=300)
    alone = calibration_scores(truth, p)
    assert of_model[2]["by"] == "site"
    assert all(of_model[2][name] == pytest.approx(alone[name].value) for name in CALIBRATION)
    assert sum(row["voxels"] for row in of_model if row["by"] == "distance") == 900
