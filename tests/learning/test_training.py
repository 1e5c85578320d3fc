"""Fitting, repeatability and a missing map."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from learning_cases import SETTINGS, patient_voxels, six_patients, small_model
from sklearn.metrics import roc_auc_score

from gliofront.foundation.errors import InputRefused
from gliofront.learning.table import columns_of
from gliofront.learning.training import fit_model


@pytest.fixture(name="tables", scope="module")
def cohort_of_six():
    return six_patients()


@pytest.fixture(name="model", scope="module")
def model_of_six():
    return small_model()


def auroc(model, table, missing=()):
    features = table.features.copy()
    for name in missing:
        features[:, columns_of(table.names, name)] = np.nan
    found = model.predict(
        features, table.distance_mm, table.names, voxel=table.voxel, missing=missing
    )
    return roc_auc_score(table.label, found)


def only(table, *maps):
    columns = np.concatenate([columns_of(table.names, name) for name in maps])
    names = tuple(table.names[c] for c in columns)
    return dataclasses.replace(table, names=names, features=table.features[:, columns])


def test_same_model_whatever_the_order_of_patients_and_the_threads(tables):
    short = SETTINGS.model_copy(update={"trees": 8})
    model = fit_model(tables, short)
    other = fit_model(tables[::-1], short.model_copy(update={"threads": 2}))
    assert other.classifier.text == model.classifier.text
    assert (other.threshold, other.prevalence) == (model.threshold, model.prevalence)
    np.testing.assert_array_equal(other.distance_null.knots_mm, model.distance_null.knots_mm)
    seeded = fit_model(tables, short.model_copy(update={"seed": 1}))
    assert seeded.classifier.text != model.classifier.text


def test_prevalence_and_thresholds_come_from_the_patients_alike(tables, model):
    assert model.prevalence == pytest.approx(np.mean([t.label.mean() for t in tables]))
    called = [
        (model.predict(t.features, t.distance_mm, t.names, voxel=t.voxel) >= model.threshold).mean()
        for t in tables
    ]
    assert np.mean(called) == pytest.approx(model.prevalence, abs=0.05)
    assert model.training.patients == 6
    assert model.training.sites == ("A", "B")
    assert model.sequences == ("T1C",)


def test_with_dropout_a_missing_map_costs_no_more_than_never_having_had_it(tables):
    learning = SETTINGS.model_copy(update={"trees": 80, "voxels_per_patient": 3000})
    test = patient_voxels(50, n=8000)
    model = fit_model(tables, learning)
    rigid = fit_model(tables, learning.model_copy(update={"map_dropout": 0.0}))
    assert model.absent_ok == ("ADC", "rCBV")
    assert rigid.absent_ok == ()
    assert auroc(model, test) > auroc(rigid, test) - 0.01
    for missing in (("ADC",), ("rCBV",), ("ADC", "rCBV")):
        kept = [name for name in ("T1C", "ADC", "rCBV") if name not in missing]
        never = fit_model([only(t, *kept) for t in tables], learning)
        assert auroc(model, test, missing) > auroc(never, only(test, *kept)) - 0.015


def test_patients_without_a_map_can_teach(tables):
    lacking = tables[0].features.copy()
    lacking[:, columns_of(tables[0].names, "rCBV")] = np.nan
    some = [dataclasses.replace(tables[0], features=lacking), *tables[1:4]]
    model = fit_model(some, SETTINGS.model_copy(update={"map_dropout": 0.0}))
    assert model.absent_ok == ("rCBV",)


def test_one_patient_with_progression_is_enough_to_fit():
    quiet = dataclasses.replace(patient_voxels(1), label=np.zeros(3000, np.int8))
    model = fit_model([patient_voxels(0), quiet], SETTINGS)
    assert model.training.with_progression == 1
    assert 0 < model.threshold < 1


def test_patients_without_a_label_are_left_out(tables):
    unknown = dataclasses.replace(tables[5], label=np.full(3000, -1, np.int8))
    model = fit_model([*tables[:5], unknown], SETTINGS)
    assert model.training.patients == 5


def test_cohorts_that_cannot_teach_are_refused(tables):
    quiet = dataclasses.replace(tables[0], label=np.zeros(3000, np.int8))
    renamed = dataclasses.replace(tables[1], names=tuple(f"{n}x" for n in tables[1].names))
    for cohort, problem in (
        ([], "there is no patient"),
        ([quiet], "do not hold both progression and none"),
        ([tables[0], tables[0]], "a patient comes twice"),
        ([tables[0], renamed], "other feature columns: p01"),
        ([only(tables[0], "ADC")], "no column of T1C"),
    ):
        with pytest.raises(InputRefused, match=problem):
            fit_model(cohort, SETTINGS)


def test_blocks_and_threads_change_no_bit_of_a_prediction(model, tables):
    table = tables[0]
    whole = model.predict(table.features, table.distance_mm, table.names, voxel=table.voxel)
    parts = [
        model.predict(
            table.features[i : i + 700],
            table.distance_mm[i : i + 700],
            table.names,
            voxel=table.voxel[i : i + 700],
        )
        for i in range(0, 3000, 700)
    ]
    np.testing.assert_array_equal(whole, np.concatenate(parts))
    again = model.predict(
        table.features, table.distance_mm, table.names, voxel=table.voxel, threads=2
    )
    np.testing.assert_array_equal(whole, again)
    assert whole.dtype == np.float64
    assert ((whole > 0) & (whole < 1)).all()


def test_undefined_voxels_are_predicted_nan(model, tables):
    features, distance = tables[0].features[:6].copy(), tables[0].distance_mm[:6].copy()
    features[1, 0] = np.nan
    features[2, 2:4] = np.nan
    distance[3] = np.nan
    voxel = tables[0].voxel[:6]
    found = model.predict(features, distance, model.names, voxel=voxel)
    assert np.isnan(found).tolist() == [False, True, False, True, False, False]
    strict = dataclasses.replace(model, absent_ok=("rCBV",))
    found = strict.predict(features, distance, model.names, voxel=voxel)
    assert np.isnan(found).tolist() == [False, True, True, True, False, False]


def test_other_columns_are_refused(model, tables):
    features, distance, names = tables[0].features, tables[0].distance_mm, model.names
    voxel = tables[0].voxel
    for given in (names[::-1], names[:-1], (*names, "FA_firstorder_mean")):
        with pytest.raises(InputRefused, match="6 columns in its order"):
            model.predict(features, distance, given, voxel=voxel)
    with pytest.raises(InputRefused, match="extra: FA_firstorder_mean"):
        model.predict(features, distance, (*names, "FA_firstorder_mean"), voxel=voxel)
    with pytest.raises(InputRefused, match="6 columns in its order"):
        model.predict(features[:, :5], distance, names, voxel=voxel)


def test_missing_maps_must_be_told_truly(model, tables):
    features, distance, names = tables[0].features, tables[0].distance_mm, model.names
    voxel = tables[0].voxel
    for missing, problem in (
        ("FA", "no such map"),
        ("T1C", "did not learn to do without"),
        ("ADC", "said to be missing but has values"),
    ):
        with pytest.raises(InputRefused, match=problem):
            model.predict(features, distance, names, voxel=voxel, missing=[missing])


def test_the_range_holds_the_prediction_and_is_wide_where_patients_disagree(model, tables):
    table = tables[0]
    asked = (table.features, table.distance_mm, table.names)
    said = model.predict(*asked, voxel=table.voxel)
    low, high = model.predict_range(said, *asked[:2], voxel=table.voxel)
    assert len(model.inner) == 3
    assert ((low <= said) & (said <= high)).all()
    # Three classifiers taught by different patients never agree in every voxel.
    assert (high > low).mean() > 0.9
    features = table.features.copy()
    features[0, 0] = np.nan
    said = model.predict(features, *asked[1:], voxel=table.voxel)
    low, high = model.predict_range(said, features, asked[1], voxel=table.voxel)
    assert np.isnan([low[0], high[0]]).all()
    assert np.isfinite([low[1:], high[1:]]).all()


def test_with_progression_in_one_patient_the_range_is_the_prediction(tables):
    quiet = [
        dataclasses.replace(t, label=np.zeros_like(t.label) if n else t.label)
        for n, t in enumerate(tables[:3])
    ]
    model = fit_model(quiet, SETTINGS)
    asked = (tables[0].features, tables[0].distance_mm, tables[0].names)
    said = model.predict(*asked, voxel=tables[0].voxel)
    low, high = model.predict_range(said, *asked[:2], voxel=tables[0].voxel)
    np.testing.assert_array_equal(low, high)
