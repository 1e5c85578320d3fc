import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import LabelVolume, Volume
from gliofront.maps.spectroscopy.region_means import overlap_ml, region_means, regions_of

COARSE = Grid(np.diag([10.0, 10.0, 10.0, 1.0]), (3, 2, 1))


def turned(angle, shift=(0.0, 0.0, 0.0), size=(10.0, 10.0, 15.0), shape=(4, 4, 2)):
    cosine, sine = np.cos(angle), np.sin(angle)
    affine = np.eye(4)
    affine[:3, :3] = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]]) * size
    affine[:3, 3] = shift
    return Grid(affine, shape)


def test_aligned_grids_are_exact():
    affine = np.eye(4)
    affine[:3, 3] = -4.5
    fine = Grid(affine, (30, 20, 10))  # the fine grid fills the coarse one, face on face
    mask = np.zeros(fine.shape, bool)
    mask[5:23] = True
    weights = overlap_ml(COARSE, fine, mask)
    np.testing.assert_allclose(weights[:, 0, 0], [0.5, 1.0, 0.3], rtol=1e-12)


@settings(max_examples=20, deadline=None)
@given(angle=st.floats(-3.0, 3.0), x=st.floats(-8.0, 8.0), y=st.floats(-8.0, 8.0))
def test_a_region_inside_the_grid_keeps_its_volume_and_its_centre(angle, x, y):
    coarse = turned(angle, shift=(0.0, 0.0, -7.5), shape=(1, 1, 1), size=(80.0, 80.0, 40.0))
    parts = turned(
        angle,
        shift=tuple(coarse.to_world([-0.4375, -0.4375, -0.25])),
        shape=(8, 8, 2),
        size=(10.0, 10.0, 20.0),
    )
    fine = Grid(
        np.array([[2.0, 0, 0, x - 8], [0, 2.0, 0, y - 8], [0, 0, 2.0, -9], [0, 0, 0, 1]]), (8, 8, 4)
    )
    mask = np.random.default_rng(0).random(fine.shape) > 0.4
    weights = overlap_ml(parts, fine, mask)
    assert weights.sum() == pytest.approx(np.count_nonzero(mask) * fine.voxel_ml, rel=1e-9)
    places = np.argwhere(np.ones(parts.shape, bool))
    weighted = np.average(parts.to_world(places), axis=0, weights=weights.ravel())
    # A voxel's centre stands for what lies in it: within half of its diagonal.
    np.testing.assert_allclose(weighted, fine.to_world(np.argwhere(mask)).mean(0), atol=7.1 + 10.0)


def test_overlap_agrees_with_scattered_points():
    coarse = turned(0.5, shift=(2.0, -1.0, 0.0))
    fine = Grid(np.diag([3.0, 3.0, 3.0, 1.0]), (10, 9, 8))
    mask = np.random.default_rng(1).random(fine.shape) > 0.5
    points = np.random.default_rng(2).uniform(-0.5, 0.5, (400, 3))
    expected = np.zeros(coarse.shape)
    for place in np.argwhere(mask):
        found = np.floor(coarse.to_voxel(fine.to_world(place + points)) + 0.5).astype(int)
        for index in found[((found >= 0) & (found < coarse.shape)).all(1)]:
            expected[tuple(index)] += fine.voxel_ml / len(points)
    # Pieces of a sixth of a voxel's side, and scattered points, are both right to some percent.
    np.testing.assert_allclose(
        overlap_ml(coarse, fine, mask), expected, atol=0.02 * coarse.voxel_ml
    )


def test_means_are_weighed_by_overlap_and_bounds_combine():
    values = np.array([[[2.0], [np.nan]], [[4.0], [8.0]], [[6.0], [9.0]]])
    volume = Volume(COARSE, values, "Cho/NAA", "ratio")
    bound = Volume(COARSE, np.full(COARSE.shape, 0.5), "bound", "ratio")
    affine = np.eye(4)
    affine[:3, 3] = -4.5
    fine = Grid(affine, (30, 20, 10))
    mask = np.zeros(fine.shape, bool)
    mask[5:20, :10] = True
    row = region_means(volume, bound, fine, {"5 mm": mask})[0]
    assert row.mean == pytest.approx((0.5 * 2 + 1.0 * 4) / 1.5)
    assert row.bound == pytest.approx(0.5 * np.hypot(0.5, 1.0) / 1.5)
    assert (row.overlap_ml, row.region_ml, row.voxels, row.reason) == (1.5, 1.5, 2, "")
    mask[:, 10:] = True
    row = region_means(volume, bound, fine, {"5 mm": mask})[0]
    assert row.voxels == 4
    assert row.overlap_ml < row.region_ml  # one voxel has no value


def test_what_has_no_mean_says_why():
    volume = Volume(COARSE, np.full(COARSE.shape, np.nan), "Cho/NAA", "ratio")
    fine = Grid(np.eye(4), (10, 10, 10))
    away = np.eye(4)
    away[:3, 3] = 500.0
    some = np.ones(fine.shape, bool)
    empty, valueless = region_means(volume, None, fine, {"a": ~some, "b": some})
    outside = region_means(volume, None, Grid(away, fine.shape), {"c": some})[0]
    assert np.isnan([empty.mean, valueless.mean, outside.mean]).all()
    assert empty.reason == "the region is empty"
    assert valueless.reason == "no voxel in the region has a value"
    assert outside.reason == "the region lies outside the spectroscopy grid"


def test_labels_become_regions():
    grid = Grid(np.eye(4), (2, 1, 1))
    found = regions_of(LabelVolume(grid, [[[1]], [[2]]], {1: "shell", 2: "tumour"}))
    assert {name: int(mask.sum()) for name, mask in found.items()} == {"shell": 1, "tumour": 1}


def test_masks_and_bounds_of_other_grids_are_refused():
    volume = Volume(COARSE, np.zeros(COARSE.shape), "Cho/NAA", "ratio")
    other = Grid(np.eye(4), (2, 2, 2))
    with pytest.raises(InputRefused, match="masks a are not on the grid"):
        region_means(volume, None, other, {"a": np.ones((3, 3, 3), bool)})
    with pytest.raises(InputRefused, match="not on the grid of its map"):
        region_means(volume, Volume(other, np.zeros(other.shape), "b", "ratio"), other, {})
