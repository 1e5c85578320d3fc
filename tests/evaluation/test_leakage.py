"""The laboratory shows leakage where there is some, none where there is none, and never depends."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from voxel_cohorts import cohort

from gliofront.evaluation.leakage import leakage_report
from gliofront.evaluation.leakage_rows import SCORES
from gliofront.evaluation.leakage_splits import (
    SPLITS,
    LeakageSettings,
    RowFold,
    draw_pool,
)
from gliofront.evaluation.settings import EvaluationSettings
from gliofront.foundation.errors import InputRefused
from gliofront.learning.classifiers.kinds import KINDS
from gliofront.learning.settings import LearningSettings

EVALUATION = EvaluationSettings(folds=3, resamples=200)
QUICK = LearningSettings(trees=30, min_voxels_in_leaf=30, epochs=20, inner_folds=2)
# Learns by heart what can be.
EAGER = LearningSettings(
    trees=60, leaves=63, learning_rate=0.3, min_voxels_in_leaf=5, feature_share=1.0
)
SMALL = LeakageSettings(voxels_per_patient=800, block_mm=8.0)


def of_one_site(tables):
    return [dataclasses.replace(table, site="A") for table in tables]


def interval(report, split, score="auroc"):
    return next(r for r in report.rows if (r.split, r.score) == (split, score)).interval


@pytest.fixture(name="fingerprints", scope="module")
def report_of_smooth_fingerprints_without_signal():
    tables = of_one_site(cohort(patients=24, fingerprint=True, side=14, seed=2))
    settings = LeakageSettings(voxels_per_patient=2700, block_mm=7.0)
    return leakage_report(tables, EAGER, EVALUATION, settings)


@pytest.fixture(name="signal", scope="module")
def report_of_true_signal():
    return leakage_report(cohort(signal=1.5), QUICK, EVALUATION, SMALL)


def test_fingerprints_score_high_between_voxels_and_chance_between_patients(fingerprints):
    assert interval(fingerprints, "voxel").mean > 0.9
    assert interval(fingerprints, "voxel", "pooled_auroc").mean > 0.9
    assert interval(fingerprints, "patient").mean == pytest.approx(0.5, abs=0.05)
    assert interval(fingerprints, "patient", "pooled_auroc").mean == pytest.approx(0.5, abs=0.05)
    between = interval(fingerprints, "block").mean
    assert interval(fingerprints, "patient").mean < between < interval(fingerprints, "voxel").mean
    assert fingerprints.optimism_gap.low > 0.3
    assert fingerprints.optimism_gap.patients == 24
    assert fingerprints.verdict.startswith("Voxel splits flatter this model: AUROC 0.9")
    assert fingerprints.verdict.endswith("not shown to be better than chance.")


def test_true_signal_has_a_small_gap(signal):
    assert interval(signal, "patient").mean > 0.8
    assert abs(signal.optimism_gap.mean) < 0.03
    assert signal.verdict.startswith("Voxel splits hardly flatter this model")
    assert {(r.split, r.score) for r in signal.rows} == {(a, b) for a in SPLITS for b in SCORES}
    for row in signal.rows:
        assert row.interval.low <= row.interval.mean <= row.interval.high
        assert row.interval.patients == 6
        assert not row.reason


def test_permuted_labels_are_at_chance(fingerprints, signal):
    for report in (fingerprints, signal):
        assert report.canary.holds
        assert report.canary.auroc.mean == pytest.approx(0.5, abs=0.03)
        assert report.findings == ()


def test_an_evaluation_that_scores_what_it_taught_kills_the_canary(monkeypatch):
    def faulty(pool, settings, evaluation):
        everything = np.ones(len(pool.rows.label), dtype=bool)
        return (RowFold(everything, everything),)

    monkeypatch.setitem(SPLITS, "patient", faulty)
    report = leakage_report(cohort(patients=3), EAGER, EVALUATION, SMALL)
    assert report.canary.holds is False
    assert [finding.code for finding in report.findings] == ["leakage-canary"]
    assert "permuted within patients score AUROC 1.0" in report.findings[0].problem


def test_one_site_is_undefined_with_a_reason(fingerprints):
    rows = [row for row in fingerprints.rows if row.split == "site"]
    assert len(rows) == len(SCORES)
    for row in rows:
        assert math.isnan(row.interval.mean)
        assert row.interval.patients == 0
        assert "fewer than two sites" in row.reason


def test_the_order_of_patients_changes_nothing(signal):
    turned = leakage_report(cohort(signal=1.5)[::-1], QUICK, EVALUATION, SMALL)
    assert turned == signal


# The laboratory draws single voxels, and the U-Net needs all of them.
@pytest.mark.parametrize("kind", [kind for kind, made in KINDS.items() if not made.dense])
def test_every_kind_can_be_put_to_the_test(kind):
    learning = QUICK.model_copy(update={"kind": kind, "trees": 10})
    few = LeakageSettings(voxels_per_patient=200, block_mm=8.0)
    report = leakage_report(cohort(patients=4, signal=1.5), learning, EVALUATION, few)
    assert interval(report, "patient").mean > 0.7
    assert abs(report.optimism_gap.mean) < 0.15


def test_without_progression_elsewhere_no_split_of_patients_can_teach():
    tables = cohort(patients=4)
    healthy = [dataclasses.replace(t, label=np.zeros_like(t.label)) for t in tables[1:]]
    report = leakage_report([tables[0], *healthy], QUICK, EVALUATION, SMALL)
    lone = interval(report, "voxel")
    assert lone.patients == 1
    assert math.isnan(lone.low)
    reasons = {row.reason for row in report.rows if row.split == "patient"}
    assert reasons == {"the training side of a fold holds one class only"}
    assert math.isnan(report.optimism_gap.mean)
    assert "cannot be told" in report.verdict
    assert report.canary.holds is None
    assert report.findings == ()


def test_every_row_is_held_at_most_once_and_never_taught():
    tables = cohort(patients=5)
    tables[0] = dataclasses.replace(tables[0], doubt=np.full(len(tables[0].label), 0.9))
    learning = QUICK.model_copy(update={"most_doubt": 0.5})
    pool = draw_pool(tables, learning, SMALL)
    for split, folds_of in SPLITS.items():
        folds = folds_of(pool, SMALL, EVALUATION)
        times = np.sum([fold.held for fold in folds], axis=0)
        assert not any((fold.held & fold.teaches).any() for fold in folds)
        assert not any(fold.teaches[pool.rows.patient == 0].any() for fold in folds)
        if split in ("patient", "site"):
            assert (times == 1).all()
        else:
            assert times.mean() == pytest.approx(0.3, abs=0.15)


def test_blocks_are_whole_and_lie_on_both_sides():
    pool = draw_pool(cohort(patients=3), QUICK, SMALL)
    (fold,) = SPLITS["block"](pool, SMALL, EVALUATION)
    cube = np.column_stack([pool.rows.patient, np.floor(pool.place_mm / SMALL.block_mm)])
    _, where = np.unique(cube, axis=0, return_inverse=True)
    held = np.bincount(where.ravel(), weights=fold.held) / np.bincount(where.ravel())
    assert set(held) == {0.0, 1.0}
    for number in range(3):
        assert 0 < fold.held[pool.rows.patient == number].mean() < 1


def test_its_splits_are_no_partitions_of_patients():
    names = {field.name for field in dataclasses.fields(RowFold)}
    assert names.isdisjoint({"name", "train", "test"})


def test_refuses_what_it_cannot_compare():
    tables = cohort(patients=3)
    unknown = dataclasses.replace(tables[2], label=np.full_like(tables[2].label, -1))
    for few in (tables[:2], [*tables[:2], unknown]):
        with pytest.raises(InputRefused, match="2 patients with labelled voxels"):
            leakage_report(few, QUICK, EVALUATION)
    with pytest.raises(InputRefused, match="comes twice"):
        leakage_report([*tables, tables[0]], QUICK, EVALUATION)
    other = dataclasses.replace(tables[0], names=tuple(f"{n}x" for n in tables[0].names))
    with pytest.raises(InputRefused, match="different feature columns"):
        leakage_report([other, *tables[1:]], QUICK, EVALUATION)
