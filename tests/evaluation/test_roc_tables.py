from __future__ import annotations

import math

import numpy as np
import pytest

from gliofront.evaluation.cross_validation import DISTANCE, MODEL, HeldOutPatient
from gliofront.evaluation.prediction import Prediction
from gliofront.evaluation.roc_tables import (
    precision_recall_rows,
    precisions,
    roc_rows,
    sensitivities,
)
from gliofront.evaluation.scores import discrimination
from gliofront.evaluation.settings import EvaluationSettings

SETTINGS = EvaluationSettings(resamples=100)


def held(patient, truth, model):
    """A patient of whom the distance knows nothing."""
    truth = np.asarray(truth, bool)
    chances = {MODEL: np.asarray(model, float), DISTANCE: np.full(truth.size, 0.5)}
    predictions = {name: Prediction(chance, 0.5) for name, chance in chances.items()}
    return HeldOutPatient(patient, "A", "1", np.arange(truth.size), truth, predictions, 0, 1.0)


def noisy(seed, size=4000):
    rng = np.random.default_rng(seed)
    truth = rng.random(size) < 0.1
    return truth, np.round(0.3 * truth + rng.random(size), 2)


def test_the_areas_are_those_of_the_scores():
    truth, chance = noisy(0)
    scores = discrimination(truth, chance)
    rows = roc_rows([held("1", truth, chance)], SETTINGS)
    rates, found = zip(
        *((r["false_positive_rate"], r["sensitivity"]) for r in rows if r["predictor"] == MODEL),
        strict=True,
    )
    assert np.trapezoid(found, rates) == pytest.approx(scores["auroc"].value, abs=0.005)
    assert precisions(truth, chance).mean() == pytest.approx(scores["auprc"].value, abs=0.03)


def test_known_curves():
    truth, chance = np.array([1, 0, 1, 0, 0], bool), np.array([0.9, 0.8, 0.7, 0.2, 0.1])
    assert sensitivities(truth, chance)[0] == 0.5
    assert sensitivities(truth, chance)[-1] == 1.0
    found = precisions(truth, chance)
    assert found[9] == 1.0  # half of the progression, and nothing else, is called
    assert found[10] == pytest.approx(2 / 3)


def test_a_predictor_without_skill_is_the_diagonal_and_the_prevalence():
    truth, chance = noisy(1)
    patients = [held("1", truth, chance), held("2", *noisy(2))]
    for row in roc_rows(patients, SETTINGS):
        if row["predictor"] == DISTANCE:
            assert row["sensitivity"] == pytest.approx(row["false_positive_rate"])
    rows = [r for r in precision_recall_rows(patients, SETTINGS) if r["predictor"] == DISTANCE]
    for row in rows:
        assert row["precision"] == pytest.approx(row["prevalence"])


def test_patients_of_one_class_are_not_counted():
    truth, chance = noisy(3)
    empty = held("2", np.zeros(5), np.linspace(0, 1, 5))
    rows = roc_rows([held("1", truth, chance), empty], SETTINGS)
    assert {row["patients"] for row in rows} == {1}
    assert all(math.isnan(row["low"]) for row in rows)
    for lone in (roc_rows([empty], SETTINGS), precision_recall_rows([empty], SETTINGS)):
        assert {row["patients"] for row in lone} == {0}
        assert all(math.isnan(row.get("sensitivity", row.get("precision"))) for row in lone)


def test_patients_count_the_same_and_have_an_interval():
    truth, chance = noisy(4)
    small = held("2", [True, False], [0.9, 0.1])
    row = next(iter(roc_rows([held("1", truth, chance), small], SETTINGS)))
    first = sensitivities(truth, chance)[0]
    assert row["sensitivity"] == pytest.approx((first + 1.0) / 2)
    assert row["low"] == pytest.approx(first)
    assert row["high"] == 1.0
