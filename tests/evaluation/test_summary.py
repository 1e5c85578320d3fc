"""The tables of an evaluation."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from gliofront.evaluation.bootstrap import mean_interval
from gliofront.evaluation.cross_validation import HeldOutPatient
from gliofront.evaluation.places import Places
from gliofront.evaluation.plan_scores import COVERAGE, LOCATION, NET_BENEFIT
from gliofront.evaluation.prediction import Prediction
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
        "without_ADC": Prediction(rng.random(n), 0.3),
    }
    if patient != "b":
        made["oedema"] = Prediction((rng.random(n) < 0.5).astype(float), 0.5)
    voxel = np.argwhere(np.ones((10, 10, 4), dtype=bool)).astype(np.int32)
    distance = rng.uniform(1, 20, n).astype(np.float32)
    places = Places(voxel[:n], distance, distance, 0.008)
    ml = float(truth.sum() / 1000)
    return HeldOutPatient(patient, "A", "fold-1", np.arange(n), truth, made, 3, ml, places)


@pytest.fixture(name="held", scope="module")
def some_patients():
    return (held_out("a"), held_out("b"), held_out("c", progression=False), held_out("d"))


def test_one_row_a_predictor_and_score_with_mean_interval_and_pooled(held):
    summary = summarise(held, SETTINGS)
    expected = {
        "model": [*NAMES, *COVERAGE, *LOCATION, NET_BENEFIT],
        "distance": [*NAMES, *COVERAGE, *LOCATION, NET_BENEFIT],
        "prevalence": [*NAMES, NET_BENEFIT],
        "oedema": [n for n in (*NAMES, *COVERAGE) if n != "brier"],
    }
    assert [(r["predictor"], r["score"]) for r in summary.table] == [
        (predictor, name) for predictor, names in expected.items() for name in names
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


def test_a_null_that_says_nothing_of_a_patient_is_counted_so(held):
    rows = {r["score"]: r for r in summarise(held, SETTINGS).table if r["predictor"] == "oedema"}
    assert rows["auroc"]["patients"] == 2
    assert "the predictor says nothing of this patient (1)" in rows["auroc"]["reason"]


def test_skill_is_told_for_coverage_too(held):
    summary = summarise(held, SETTINGS)
    assert set(summary.skills) == {"auroc", "auprc", "coverage_15mm"}
    gain = summary.skills["coverage_15mm"].interval
    assert gain.patients == 3
    assert gain.mean > 0


def test_without_places_plans_are_undefined_with_the_reason(held):
    bare = [dataclasses.replace(h, places=None) for h in held]
    rows = {(r["predictor"], r["score"]): r for r in summarise(bare, SETTINGS).table}
    assert "places" in rows["model", "coverage_15mm"]["reason"]
    assert math.isnan(rows["model", "coverage_15mm"]["mean"])


def test_swapped_labels_are_told(held):
    swapped = dataclasses.replace(held[0], progression=~held[0].progression)
    (finding,) = summarise([swapped, *held[1:]], SETTINGS).findings
    assert (finding.code, finding.subject) == ("mostly-progression", "a")
