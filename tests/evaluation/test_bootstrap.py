"""Intervals over patients."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gliofront.evaluation.bootstrap import mean_interval
from gliofront.evaluation.skill import skill_over_distance


def test_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    hits = 0
    for trial in range(300):
        found = mean_interval(rng.normal(0.7, 0.1, size=30).tolist(), seed=trial, resamples=400)
        hits += found.low <= 0.7 <= found.high
    assert 0.88 <= hits / 300 <= 0.98


def test_same_seed_same_interval_whatever_the_order_of_patients():
    values = np.random.default_rng(0).random(9).tolist()
    one, other = mean_interval(values, seed=3), mean_interval(values[::-1], seed=3)
    assert (one.low, one.high) == (other.low, other.high)
    assert one.mean == pytest.approx(other.mean)
    assert mean_interval(values, seed=4) != one


def test_undefined_patients_are_left_out_and_few_give_no_interval():
    nan = math.nan
    assert mean_interval([0.2, nan, 0.4], seed=0).mean == pytest.approx(0.3)
    one = mean_interval([nan, 0.4], seed=0)
    assert (one.mean, one.patients) == (0.4, 1)
    assert math.isnan(one.low)
    none = mean_interval([nan], seed=0)
    assert none.patients == 0
    assert math.isnan(none.mean)


def test_pairing_sees_a_small_steady_gain_in_varied_patients():
    rng = np.random.default_rng(2)
    distance = rng.uniform(0.5, 0.9, size=12)
    model = distance + rng.normal(0.02, 0.005, size=12)
    found = skill_over_distance("auroc", model.tolist(), distance.tolist(), seed=0)
    assert found.interval.low > 0
    assert found.verdict.startswith("Skill over distance: AUROC +0.02")
    assert found.interval.patients == 12


def test_verdict_without_skill_and_without_patients():
    gain = [0.1, -0.1, 0.05, -0.06]
    found = skill_over_distance("auroc", gain, [0.0] * 4, seed=0)
    assert not found.interval.low > 0
    assert found.verdict.startswith("No skill over distance: AUROC")
    told = skill_over_distance("auroc", [0.7, math.nan], [0.6, 0.6], seed=0)
    assert not told.interval.low > 0
    assert told.verdict.startswith("Skill over distance cannot be told: AUROC is defined in 1")
