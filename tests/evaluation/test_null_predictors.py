"""Margin, mask, single map and atlas as predictors of a held-out patient."""

from __future__ import annotations

import numpy as np
import pytest

from gliofront.evaluation.nulls import (
    fit_atlas,
    fit_single_map,
    lateral_offsets,
    margin_null,
    mask_null,
)
from gliofront.evaluation.scores import discrimination
from gliofront.foundation.errors import InputRefused
from gliofront.regions.midplane import Plane


def test_margin_and_mask_are_yes_or_no():
    distance = np.array([1.0, 15.0, 15.01, np.inf, np.nan])
    assert margin_null(distance, 15.0).tolist() == [1, 1, 0, 0, 0]
    assert mask_null(np.array([True, False])).tolist() == [1, 0]


def test_a_map_is_turned_by_the_training_patients():
    rng = np.random.default_rng(0)
    truths = [rng.random(300) < 0.2 for _ in range(4)]
    values = [rng.normal(size=300) - truth for truth in truths]
    values[0][:50] = np.nan
    found = fit_single_map(values[:3], truths[:3])
    assert found.sign == -1
    assert found.auroc < 0.5
    assert discrimination(truths[3], found.predict(values[3]))["auroc"].value > 0.6
    assert np.isnan(found.predict(values[0])[:50]).all()
    assert fit_single_map([-v for v in values], truths).sign == 1


def test_a_map_that_cannot_be_turned_is_refused():
    with pytest.raises(InputRefused, match="no training patient"):
        fit_single_map([np.arange(4.0)], [np.zeros(4, bool)])


def test_mirrored_patients_have_the_same_offsets():
    tilted = np.array([1.0, 0.1, -0.05])
    plane = Plane(np.array([2.0, 0, 0]), tilted / np.linalg.norm(tilted))
    rng = np.random.default_rng(1)
    centre = np.array([40.0, 10.0, 5.0])
    points = centre + rng.normal(size=(20, 3)) * 15
    mirror = plane.reflection()
    there = points @ mirror[:3, :3].T + mirror[:3, 3]
    centre_there = mirror[:3, :3] @ centre + mirror[:3, 3]
    right, left = (
        lateral_offsets(points, centre, plane),
        lateral_offsets(there, centre_there, plane),
    )
    np.testing.assert_allclose(right, points - centre)
    np.testing.assert_allclose(left, right, atol=1e-9)


def patient(seed, rate):
    """Offsets on all sides, distances, and progression at a rate of both."""
    rng = np.random.default_rng(seed)
    offset = rng.normal(size=(3000, 3))
    offset /= np.linalg.norm(offset, axis=1, keepdims=True)
    distance = rng.uniform(0, 20, size=3000)
    return offset * (10 + distance)[:, None], distance, rng.random(3000) < rate(offset, distance)


def test_atlas_finds_the_side_and_the_distance():
    def rate(offset, distance):
        return np.where(offset[:, 2] > 0.7, 0.6, 0.1) * (distance < 10)

    atlas = fit_atlas(*zip(*[patient(seed, rate) for seed in range(8)], strict=True))
    up, down = np.array([[0.0, 0, 9]]), np.array([[0.0, 0, -9]])
    near, far = np.array([3.0]), np.array([19.0])
    assert atlas.predict(up, near)[0] > 2.5 * atlas.predict(down, near)[0]
    assert atlas.predict(up, near)[0] > 2.5 * atlas.predict(up, far)[0]
    offset, distance, truth = patient(99, rate)
    assert discrimination(truth, atlas.predict(offset, distance))["auroc"].value > 0.75


def test_atlas_is_a_calibrated_mean_over_patients_of_any_size():
    def nowhere(offset, distance):
        return np.zeros(len(offset))

    offset, distance, none = patient(0, nowhere)
    few = slice(0, 300)
    atlas = fit_atlas([offset, offset[few]], [distance, distance[few]], [none, ~none[few]])
    # One patient with none, one of a tenth the size with nothing but progression.
    assert atlas.predict(offset, distance).mean() == pytest.approx(0.5, abs=0.02)
    assert atlas.probability.min() >= 0
    assert atlas.probability.max() <= 1


def test_atlas_at_the_edges():
    half = fit_atlas([np.array([[1.0, 0, 0]])], [np.array([5.0])], [np.array([True])])
    found = half.predict(np.array([[0.0, 0, 0], [1, 0, 0]]), np.array([99.0, np.nan]))
    assert 0 <= found[0] <= 1
    assert np.isnan(found[1])
    with pytest.raises(InputRefused, match="no training patient has a voxel"):
        fit_atlas([np.zeros((0, 3))], [np.zeros(0)], [np.zeros(0, bool)])
