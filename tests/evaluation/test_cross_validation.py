"""Honest scores: chance without signal, nulls from the training side, leakage shown."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from voxel_cohorts import cohort

from gliofront.evaluation.cross_validation import out_of_fold
from gliofront.evaluation.scores import discrimination
from gliofront.evaluation.settings import EvaluationSettings
from gliofront.evaluation.summary import summarise
from gliofront.foundation.errors import InputRefused
from gliofront.learning.boosted import fit_booster, load_booster, predict_booster
from gliofront.learning.settings import LearningSettings
from gliofront.learning.splits import Partition, grouped_folds, leave_one_site_out
from gliofront.learning.training import fit_model

QUICK = LearningSettings(trees=40, voxels_per_patient=1500, min_voxels_in_leaf=30)
EVALUATION = EvaluationSettings(resamples=200)


def evaluated(tables, learning=QUICK, folds=3):
    volumes = {table.patient: table.progression_ml for table in tables}
    parts = grouped_folds(volumes, folds, seed=0)
    held = out_of_fold(tables, parts, lambda train: fit_model(train, learning), learning)
    return held, summarise(held, EVALUATION)


def mean_auroc(summary, predictor="model"):
    return summary.intervals[predictor]["auroc"].mean


def test_signal_in_the_maps_is_found_and_is_skill():
    _, summary = evaluated(cohort(signal=1.5))
    assert mean_auroc(summary) > 0.75
    assert summary.headline.startswith("Skill over distance: AUROC +0.")
    assert summary.intervals["model"]["lift"].mean > 2


def test_signal_in_the_distance_alone_is_no_skill():
    _, summary = evaluated(cohort(by_distance=0.5))
    assert mean_auroc(summary, "distance") > 0.75
    assert summary.headline.startswith("No skill over distance")


def test_fingerprints_score_high_between_voxels_and_chance_between_patients():
    tables = cohort(patients=8, fingerprint=True)
    learning = LearningSettings(
        trees=150, leaves=31, learning_rate=0.2, min_voxels_in_leaf=20, map_dropout=0.0
    )
    features = np.concatenate([np.column_stack([t.features, t.distance_mm]) for t in tables])
    label = np.concatenate([t.label for t in tables])
    seen = np.random.default_rng(0).random(len(label)) < 0.7
    text = fit_booster(features[seen], label[seen], np.ones(seen.sum()), learning)
    leaked = predict_booster(load_booster(text), features[~seen])
    between_voxels = discrimination(label[~seen] == 1, leaked)["auroc"].value
    _, summary = evaluated(tables, learning)
    assert between_voxels > 0.85
    assert abs(mean_auroc(summary) - 0.5) < 0.1


def test_permuted_labels_score_chance():
    rng = np.random.default_rng(5)
    tables = [
        dataclasses.replace(table, label=rng.permutation(table.label))
        for table in cohort(signal=2.0)
    ]
    _, summary = evaluated(tables)
    assert abs(mean_auroc(summary) - 0.5) < 0.03
    assert summary.intervals["model"]["auprc_over_prevalence"].mean == pytest.approx(1, abs=0.15)


def test_nothing_of_the_test_patient_reaches_its_prediction():
    tables = cohort(patients=5, signal=1.0)
    part = Partition("fold-1", tuple(t.patient for t in tables[1:]), (tables[0].patient,))
    turned = [dataclasses.replace(tables[0], label=1 - tables[0].label), *tables[1:]]
    one, other = (
        out_of_fold(t, [part], lambda train: fit_model(train, QUICK), QUICK)[0]
        for t in (tables, turned)
    )
    for name in ("model", "distance", "prevalence"):
        np.testing.assert_array_equal(
            one.predictions[name].probability, other.predictions[name].probability
        )
        assert one.predictions[name].threshold == other.predictions[name].threshold
    assert not np.array_equal(one.progression, other.progression)


def test_nulls_are_what_they_say():
    held, summary = evaluated(cohort(signal=1.0))
    for patient in held:
        null = patient.predictions["distance"].probability
        assert np.unique(patient.predictions["prevalence"].probability).size == 1
        assert null.size == patient.rows.size
    assert mean_auroc(summary, "prevalence") == 0.5
    prevalence = summary.intervals["prevalence"]
    assert prevalence["accuracy"].mean == prevalence["all_negative_accuracy"].mean
    assert prevalence["lift"].patients == 0


def test_unlabelled_and_undefined_voxels_are_not_scored():
    tables = cohort(patients=4, signal=1.0)
    table = tables[2]
    label, features = table.label.copy(), table.features.copy()
    label[:10] = -1
    features[10:15] = np.nan
    tables[2] = dataclasses.replace(table, label=label, features=features)
    held, _ = evaluated(tables, folds=2)
    assert held[2].patient == table.patient
    assert held[2].rows.tolist() == list(range(15, len(label)))
    assert held[2].left_out == 5
    assert held[1].left_out == 0


def test_leave_one_site_out_and_progress():
    tables = cohort(patients=4, signal=1.0)
    parts = leave_one_site_out({t.patient: t.site for t in tables})
    told = []
    held = out_of_fold(
        tables,
        parts,
        lambda train: fit_model(train, QUICK),
        QUICK,
        progress=lambda done, total, name: told.append((done, total, name)),
    )
    assert [h.patient for h in held] == ["p00", "p01", "p02", "p03"]
    assert {h.fold for h in held if h.site == "A"} == {"site-A"}
    assert told == [(1, 2, "site-A"), (2, 2, "site-B")]


def test_refuses_unknown_patients_and_testing_twice():
    tables = cohort(patients=3)
    with pytest.raises(InputRefused, match="no voxels of p99"):
        out_of_fold(
            tables, [Partition("a", ("p00",), ("p99",))], lambda t: fit_model(t, QUICK), QUICK
        )
    twice = [Partition("a", ("p00",), ("p01",)), Partition("b", ("p02",), ("p01",))]
    with pytest.raises(InputRefused, match="a patient is tested twice"):
        out_of_fold(tables, twice, lambda t: fit_model(t, QUICK), QUICK)
