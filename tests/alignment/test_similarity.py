"""Joint histograms, and what is read off them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gliofront.alignment.coarsen import coarsen
from gliofront.alignment.similarity import (
    compare,
    mutual_information,
    normalised_mutual_information,
)
from gliofront.image.grid import Grid
from gliofront.image.volume import Volume


def block(seed: int, shape: tuple[int, int, int] = (24, 20, 16)) -> Volume:
    data = np.random.default_rng(seed).standard_normal(shape)
    return Volume(Grid(np.diag([2.0, 2.0, 2.0, 1.0]), shape), data, "T1C", "arbitrary")


@given(st.integers(0, 10**6))
def test_information_is_symmetric_and_bounded_by_each_entropy(seed):
    joint = np.random.default_rng(seed).random((6, 6)) ** 3
    joint /= joint.sum()
    rows = joint.sum(1)
    information = mutual_information(joint)
    assert 0 <= information <= -(rows * np.log(rows)).sum()
    assert information == pytest.approx(mutual_information(joint.T))
    assert 1 <= normalised_mutual_information(joint) <= 2


def test_nmi_is_two_for_a_copy_and_nan_for_one_cell():
    assert normalised_mutual_information(np.eye(5) / 5) == pytest.approx(2)
    one = np.zeros((4, 4))
    one[1, 1] = 1
    assert np.isnan(normalised_mutual_information(one))


def test_histogram_sums_to_one_and_tells_the_overlap():
    fixed, moving = block(1), block(2)
    comparison = compare(fixed, moving, np.ones(fixed.grid.shape, bool), level_mm=2, samples=3000)
    joint, overlap = comparison.histogram(np.eye(4))
    assert joint.sum() == pytest.approx(1)
    assert overlap > 0.85
    away = np.eye(4)
    away[0, 3] = 500
    empty, none = comparison.histogram(away)
    assert (empty.sum(), none) == (0, 0)


def test_histogram_changes_smoothly_with_the_pose():
    volume = coarsen(block(3, (48, 40, 32)), 4)
    comparison = compare(volume, volume, np.ones(volume.grid.shape, bool), level_mm=2, samples=4000)
    scores = []
    for mm in np.arange(-0.1, 0.11, 0.02):
        pull = np.eye(4)
        pull[1, 3] = mm
        scores.append(mutual_information(comparison.histogram(pull)[0]))
    assert np.abs(np.diff(scores)).max() < 0.02 * max(scores)


def test_points_stay_near_the_middle_of_thick_slices():
    grid = Grid(np.diag([1.0, 1.0, 6.0, 1.0]), (30, 30, 8))
    data = np.random.default_rng(0).random(grid.shape)
    volume = Volume(grid, data, "T1C", "arbitrary")
    points = compare(volume, volume, data > 0.2, level_mm=1, samples=2000).points
    off = np.abs(points.T / grid.spacing - np.rint(points.T / grid.spacing)) * grid.spacing
    assert off.max() <= 0.5
    assert off[:, 0].max() > 0.4


def test_coarse_voxels_keep_their_place_and_mean():
    fine = block(5)
    coarse = coarsen(fine, 4.0)
    assert coarse.grid.shape == (12, 10, 8)
    np.testing.assert_allclose(coarse.data[2, 3, 4], fine.data[4:6, 6:8, 8:10].mean(), atol=1e-6)
    np.testing.assert_allclose(
        coarse.grid.to_world([2, 3, 4]), fine.grid.to_world([4.5, 6.5, 8.5]), atol=1e-12
    )


def test_coarse_voxels_ignore_undefined_ones_up_to_half():
    data = np.ones((4, 2, 2))
    data[0] = np.nan
    data[2:, 0] = np.nan
    data[3, 1, 1] = np.nan
    volume = Volume(Grid(np.eye(4), data.shape), data, "ADC", "mm2/s")
    coarse = coarsen(volume, 2.0).data.ravel()
    assert coarse[0] == 1
    assert np.isnan(coarse[1])
