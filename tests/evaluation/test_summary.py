"""The tables of an evaluation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gliofront.evaluation.bootstrap import mean_interval
from gliofront.evaluation.cross_validation import HeldOutPatient, Prediction
from gliofront.evaluation.scores import NAMES, all_scores
from gliofront.evaluation.settings import EvaluationSettings
from gliofront.evaluation.summary import summarise
from gliofront.foundation.errors import InputRefused

SETTINGS = EvaluationSettings(resamples=300, seed=4)


def held_out(patient, *, gain=1.0, progression=True, n=400):
    rng = np.random.default_rng(list(patient.encode()))
    truth = (rng.random(n) < 0.2) & progression
    made = {
        "model": Prediction(1 / (1 + np.exp(-(gain * truth + rng.normal(size=n)))), 0.6),
        "distance": Prediction(rng.random(n), 0.8),
        "prevalence": Prediction(np.full(n, 0.2), 0.3),
    }
    return HeldOutPatient(patient, "A", "fold-1", np.arange(n), truth, made, 3, truth.sum() / 1000)


@pytest.fixture(name="held", scope="module")
def some_patients():
    return (held_out("a"), held_out("b"), held_out("c", progression=False), held_out("d"))


def test_one_row_a_predictor_and_score_with_mean_interval_and_pooled(held):
    summary = summarise(held, SETTINGS)
    assert [(r["predictor"], r["score"]) for r in summary.table] == [
        (p, s) for p in ("model", "distance", "prevalence") for s in NAMES
    ]
    row = summary.table[0]
    each = [all_scores(h.progression, h.predictions["model"].probability, 0.6) for h in held]
    want = mean_interval([s["auroc"].value for s in each], seed=4, resamples=300)
    assert (row["mean"], row["low"], row["high"]) == (want.mean, want.low, want.high)
    assert (row["patients"], row["undefined"]) == (3, 1)
    assert row["reason"] == "only one class among the voxels (1)"
    truth = np.concatenate([h.progression for h in held])
    chance = np.concatenate([h.predictions["model"].probability for h in held])
    assert row["pooled"] == all_scores(truth, chance, 0.6)["auroc"].value
    assert row["pooled_low"] < row["pooled"] < row["pooled_high"]


def test_pooled_intervals_enclose_the_exact_pooled_scores(held):
    for row in summarise(held, SETTINGS).table:
        if row["score"] in ("auprc", "auprc_over_prevalence") and row["predictor"] == "model":
            assert row["pooled_low"] <= row["pooled"] <= row["pooled_high"]
        if row["score"] == "dice":
            assert math.isnan(row["pooled_low"])


def test_patient_rows_hold_every_score_and_why_one_is_undefined(held):
    summary = summarise(held, SETTINGS)
    rows = {row["patient"]: row for row in summary.patients}
    assert len({tuple(row) for row in summary.patients}) == 1
    assert rows["c"]["progression_ml"] == 0
    assert math.isnan(rows["c"]["model_auroc"])
    assert "only one class among the voxels: model_auroc" in rows["c"]["undefined"]
    assert rows["a"]["left_out"] == 3
    assert rows["a"]["prevalence"] == pytest.approx(held[0].progression.mean())
    assert all(isinstance(value, str | int | float) for value in rows["a"].values())
    assert summary.without_progression == ("c",)


def test_warns_when_too_good_to_be_true(held):
    assert summarise(held, SETTINGS).findings == ()
    perfect = [held_out(name, gain=20.0) for name in "ab"]
    (finding,) = summarise(perfect, SETTINGS).findings
    assert finding.code == "auroc-too-good"
    assert "leakage" in finding.mend


def test_same_input_same_summary_and_a_lone_patient_has_no_interval(held):
    assert repr(summarise(held, SETTINGS)) == repr(summarise(held, SETTINGS))
    lone = summarise(held[:1], SETTINGS)
    assert math.isnan(lone.table[0]["pooled_low"])
    assert lone.headline.startswith("Skill over distance cannot be told")


def test_nobody_held_out_is_refused():
    with pytest.raises(InputRefused, match="no patient was held out"):
        summarise([], SETTINGS)
