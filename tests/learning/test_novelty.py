"""Distance of a patient from the training cohort."""

from __future__ import annotations

import numpy as np
import pytest

from gliofront.foundation.errors import InputRefused
from gliofront.learning.novelty import Verdict, fit_reference, fit_shape, patient_summary

FEATURES = 12
NAMES = tuple(f"M{n % 3}_feature_{n}" for n in range(FEATURES))
MIXING = np.random.default_rng(7).normal(size=(4, FEATURES))


def draw(seed, n):
    """Features that hang together, on scales of their own."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, 4)) @ MIXING + 0.3 * rng.normal(size=(n, FEATURES))
    return 100 + common * np.logspace(-2, 3, FEATURES)


def test_shares_of_like_patients_are_even():
    reference = fit_reference(NAMES, draw(0, 60))
    shares = np.array([reference.judge(row).share for row in draw(1, 300)])
    # Each tenth of the ranks holds about a tenth of the patients.
    assert 0.3 < np.mean(shares <= 0.5) < 0.7
    assert np.mean(shares <= 0.1) < 0.25
    assert 0.5 < np.median([reference.judge(row).distance for row in draw(2, 50)]) < 2


def test_far_patients_are_unusual_then_refused():
    reference = fit_reference(NAMES, draw(0, 120))
    row = draw(3, 1)[0]
    broken = row.copy()
    broken[4] += 50 * reference.shape.scale[4]
    found = reference.judge(broken)
    assert found.verdict is Verdict.REFUSE
    assert found.share == pytest.approx(1 / 121)
    assert found.farthest[0][0] == NAMES[4]
    assert found.farthest[0][1] > 40
    assert reference.judge(np.median(draw(0, 120), axis=0)).verdict is Verdict.TYPICAL
    small = fit_reference(NAMES, draw(0, 30))
    assert small.judge(broken).verdict is Verdict.UNUSUAL


def test_broken_ties_between_features_count_though_each_is_usual():
    cohort = draw(0, 80)
    reference = fit_reference(NAMES, cohort)
    rng = np.random.default_rng(5)
    shuffled = np.column_stack([rng.permutation(column) for column in cohort.T])
    usual = np.median([reference.judge(row).distance for row in draw(4, 80)])
    assert np.median([reference.judge(row).distance for row in shuffled]) > 1.5 * usual


def test_a_missing_map_is_left_out_of_the_covariance():
    cohort = draw(0, 50)
    row = draw(6, 1)[0]
    shape = fit_shape(cohort)
    z = (row - shape.middle) / shape.scale
    covariance = shape.axes.T @ np.diag(shape.variance) @ shape.axes + shape.floor * np.eye(
        FEATURES
    )
    row[::3] = np.nan
    rest = np.arange(FEATURES) % 3 > 0
    part = covariance[np.ix_(rest, rest)]
    want = np.sqrt(z[rest] @ np.linalg.solve(part, z[rest]) / rest.sum())
    assert shape.distance(row) == pytest.approx(want)
    found = fit_reference(NAMES, cohort).judge(row)
    assert (found.compared, found.left_out) == (8, 4)


def test_cohorts_that_lack_maps_and_have_more_features_than_patients():
    rng = np.random.default_rng(8)
    cohort = rng.normal(size=(20, 60))
    cohort[:4, :10] = np.nan
    cohort[:15, 10:20] = np.nan
    cohort[:, 20] = 3.0
    names = tuple(f"f{n}" for n in range(60))
    found = fit_reference(names, cohort).judge(rng.normal(size=60))
    assert found.compared == 60 - 11
    assert np.isfinite(found.distance)


def test_what_cannot_be_compared_is_refused():
    reference = fit_reference(NAMES, draw(0, 10))
    with pytest.raises(InputRefused, match="too few"):
        fit_reference(NAMES, draw(0, 4))
    with pytest.raises(InputRefused, match="no feature of the patient"):
        reference.judge(np.full(FEATURES, np.nan))
    with pytest.raises(InputRefused, match="3 features, the cohort has 12"):
        reference.judge(np.zeros(3))
    with pytest.raises(InputRefused, match="no feature differs"):
        fit_reference(NAMES, np.ones((9, FEATURES)))


def test_summary_is_the_mean_over_voxels():
    features = np.array([[1, np.nan, np.nan], [3, 5, np.nan], [np.inf, 7, np.nan]], np.float32)
    found = patient_summary(features)
    assert found[:2].tolist() == [2.0, 6.0]
    assert np.isnan(found[2])
