"""The training sample and map dropout."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learning_cases import patient_voxels, six_patients

from gliofront.foundation.errors import InputRefused
from gliofront.learning.sampling import drop_maps, patient_generator, sample_patient


@pytest.fixture(name="tables", scope="module")
def cohort_of_six():
    return six_patients()


NAMES = ("T1C_a", "T1C_b", "ADC_a", "ADC_b", "FA_a", "rCBV_a")


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 400), st.floats(0, 1), st.integers(10, 500), st.integers(0, 99))
def test_weights_keep_prevalence_and_patient(n, share, most, seed):
    table = patient_voxels(1, n=n)
    label = (np.arange(n) < share * n).astype(np.int8)
    table = dataclasses.replace(table, label=label)
    sample = sample_patient(table, most, seed)
    assert len(sample.label) <= max(most + 1, 2)
    assert len(sample.label) >= min(n, most) - 1
    assert sample.weight.sum() == pytest.approx(1)
    assert sample.prevalence == pytest.approx(label.mean())
    assert (sample.weight > 0).all()


def test_only_usable_voxels_are_drawn_once_each():
    table = patient_voxels(2, n=500)
    features, label, distance = table.features.copy(), table.label.copy(), table.distance_mm.copy()
    features[:50, 0] = np.nan
    label[50:100] = -1
    distance[100:120] = np.nan
    features[120:, 2] = np.nan
    table = dataclasses.replace(table, features=features, label=label, distance_mm=distance)
    sample = sample_patient(table, 10_000, 0)
    np.testing.assert_array_equal(sample.distance_mm, distance[120:])
    np.testing.assert_array_equal(sample.features, features[120:])


def test_sample_depends_on_seed_and_patient_alone(tables):
    one, again = (sample_patient(tables[3], 100, 5) for _ in range(2))
    np.testing.assert_array_equal(one.features, again.features)
    assert not np.array_equal(one.features, sample_patient(tables[3], 100, 6).features)
    draws = {patient_generator(0, p, "sample").integers(2**62) for p in ("a", "b", "ab")}
    assert len(draws) == 3


def test_dropped_maps_go_whole_and_t1c_never():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(20_000, 6)).astype(np.float32)
    spoilt = drop_maps(features, NAMES, 0.3, rng)
    lost = np.isnan(spoilt)
    assert not lost[:, :2].any()
    np.testing.assert_array_equal(lost[:, 2], lost[:, 3])
    assert lost.any(axis=1).mean() == pytest.approx(0.3, abs=0.02)
    # 1, 2 or 3 of 3 maps, evenly: two thirds of the hit rows lose any one map.
    np.testing.assert_allclose(lost[:, 3:].mean(0), 0.2, atol=0.02)
    np.testing.assert_array_equal(spoilt[~lost], features[~lost])
    assert not np.isnan(features).any()


def test_nothing_to_drop_changes_nothing():
    features = np.ones((5, 2), dtype=np.float32)
    rng = np.random.default_rng(0)
    np.testing.assert_array_equal(drop_maps(features, ("T1C_a", "T1C_b"), 0.9, rng), features)
    np.testing.assert_array_equal(drop_maps(features, ("T1C_a", "FA_a"), 0.0, rng), features)


def test_doubtful_voxels_do_not_teach_when_asked_to():
    table = patient_voxels(3, n=500)
    assert (table.doubt > 0.2).any()
    sure = dataclasses.replace(
        table, label=np.where(table.doubt <= 0.2, table.label, -1).astype(np.int8)
    )
    found, expected = sample_patient(table, 400, 1, most_doubt=0.2), sample_patient(sure, 400, 1)
    np.testing.assert_array_equal(found.features, expected.features)
    assert len(sample_patient(table, 500, 1).label) == 500


@pytest.mark.parametrize("doubt", [-0.1, 1.1, np.nan])
def test_a_doubt_that_is_no_share_is_refused(doubt):
    table = patient_voxels(3, n=50)
    with pytest.raises(InputRefused, match="doubt"):
        dataclasses.replace(table, doubt=np.full(50, doubt))
