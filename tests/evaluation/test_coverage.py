"""Plans, coverage curves and the comparison with a margin."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from gliofront.evaluation.coverage import (
    MARGIN_IS_ALL,
    MARGIN_MISSES_ALL,
    NO_DIFFERENCE,
    against_margin,
    cohort_coverage,
    coverage_curve,
    plan_order,
    top_volume,
)
from gliofront.evaluation.scores import NO_PROGRESSION, discrimination


def voxels(seed, n=200, prevalence=0.2):
    rng = np.random.default_rng(seed)
    distance = rng.uniform(0, 20, size=n)
    return rng.random(n) < prevalence, np.round(rng.random(n), 2), distance


def test_ties_go_to_the_nearest_then_to_the_first_and_nan_comes_last():
    score = np.array([0.5, np.nan, 0.5, 0.5, 0.9])
    assert plan_order(score, np.array([3.0, 0.0, 1.0, 3.0, 9.0])).tolist() == [4, 2, 0, 3, 1]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 0.25))
def test_curve_is_the_coverage_of_the_plan(seed, volume):
    truth, score, distance = voxels(seed)
    truth[0] = True
    curve = coverage_curve(truth, score, distance, 0.001)
    plan = top_volume(score, distance, 0.001, volume)
    assert np.count_nonzero(plan) * 0.001 <= volume + 1e-9
    assert curve.at(volume).value == pytest.approx((plan & truth).sum() / truth.sum())
    for share in (0.0, 0.3, 0.5, 1.0):
        needed = curve.volume_for(share).value
        assert curve.at(needed).value >= share - 1e-12
        assert needed == 0 or curve.at(needed - 0.001).value < share
    assert curve.points([0.0, volume, curve.region_ml]).tolist() == [0, curve.at(volume).value, 1]


def test_three_tenths_of_a_millilitre_are_three_hundred_voxels():
    plan = top_volume(np.arange(400.0), np.zeros(400), 0.001, 0.3)
    assert np.count_nonzero(plan) == 300


def test_area_follows_auroc():
    truth, _, distance = voxels(1)
    score = np.random.default_rng(2).permutation(200).astype(float)
    area = coverage_curve(truth, score, distance, 0.001).area().value
    prevalence, auroc = truth.mean(), discrimination(truth, score)["auroc"].value
    assert area == pytest.approx(prevalence / 2 + (1 - prevalence) * auroc)


def test_without_progression_everything_is_undefined():
    truth, score, distance = voxels(3)
    curve = coverage_curve(np.zeros_like(truth), score, distance, 0.001)
    found = against_margin(curve, np.zeros_like(truth), distance, 15.0)
    scores = [curve.at(0.1), curve.volume_for(0.5), curve.area()]
    scores += [found.margin, found.model, found.gain, found.spared_ml]
    assert all(math.isnan(s.value) and s.reason == NO_PROGRESSION for s in scores)


def test_equal_volume_and_volume_spared():
    truth = np.array([0, 1, 0, 1, 1, 0, 0, 0], bool)
    distance = np.arange(8.0)
    score = np.array([0.1, 0.9, 0.2, 0.8, 0.7, 0.6, 0.1, 0.1])
    curve = coverage_curve(truth, score, distance, 0.5)
    found = against_margin(curve, truth, distance, 3.0)
    assert found.margin_ml == 2.0
    assert found.margin.value == pytest.approx(2 / 3)
    assert found.model.value == 1.0
    assert found.gain.value == pytest.approx(1 / 3)
    assert found.spared_ml.value == pytest.approx(1.0)


def test_margins_that_tell_nothing():
    truth, score, distance = np.arange(6) > 3, np.arange(6.0), np.arange(6.0)
    curve = coverage_curve(truth, score, distance, 0.5)
    everything = against_margin(curve, truth, distance, 20.0)
    assert everything.margin.value == everything.model.value == 1.0
    assert everything.gain.reason == MARGIN_IS_ALL
    assert everything.spared_ml.value == 2.0
    assert against_margin(curve, truth, distance, 2.0).spared_ml.reason == MARGIN_MISSES_ALL
    assert against_margin(curve, truth, distance + 9, 2.0).gain.reason.startswith("no voxel")


def test_cohort_counts_informative_patients_only():
    found = {}
    for seed in range(9):
        truth, _, distance = voxels(seed, prevalence=0.2 if seed else 0.0)
        score = truth * 0.2 * (seed % 3) + np.random.default_rng(seed).random(200)
        curve = coverage_curve(truth, score, distance, 0.001)
        found[f"p{seed}"] = against_margin(curve, truth, distance, 15.0)
    got = cohort_coverage(found, seed=0, resamples=200)
    gains = [f.gain.value for f in found.values() if f.gain.defined]
    assert got.without_progression == ("p0",)
    assert got.informative == got.wins + got.ties + got.losses == 8
    assert got.gain.mean == pytest.approx(np.mean(gains))
    assert got.p_value.value == pytest.approx(stats.wilcoxon(gains).pvalue)
    assert got.below_half <= got.below_four_fifths <= 8
    assert got.model.low <= got.model.mean <= got.model.high


def test_no_patient_or_no_difference_has_no_p_value():
    assert cohort_coverage({}, seed=0).p_value.reason == NO_DIFFERENCE
    truth, _, distance = voxels(4)
    same = against_margin(coverage_curve(truth, -distance, distance, 0.001), truth, distance, 10.0)
    got = cohort_coverage({"a": same, "b": same}, seed=0)
    assert (got.ties, got.p_value.reason) == (2, NO_DIFFERENCE)
