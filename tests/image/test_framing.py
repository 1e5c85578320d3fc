import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nifti_files import GRIDS

from gliofront.foundation.errors import InputRefused
from gliofront.image.framing import box_corners, crop_grid, orthogonal_grid, working_grid
from gliofront.image.grid import Grid
from gliofront.image.orientation import canonical_grid


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("spacing", [0.7, 1.0, 2.5])
def test_working_grid_covers_the_field_of_view(name, spacing):
    reference = canonical_grid(GRIDS[name])
    grid = working_grid(GRIDS[name], spacing)
    np.testing.assert_allclose(grid.spacing, spacing)
    np.testing.assert_allclose(grid.direction, reference.direction, atol=1e-6)
    np.testing.assert_allclose(box_corners(grid).mean(0), box_corners(reference).mean(0), atol=1e-6)
    side = np.array(reference.shape) * reference.spacing
    made = np.array(grid.shape) * spacing
    assert (made >= side - 0.01 * spacing).all()
    assert (made < side + spacing).all()


def test_working_grid_of_its_own_spacing_is_the_reference():
    for name in ("RAS", "almost-LPS"):
        assert working_grid(GRIDS[name], 1.0).matches(canonical_grid(GRIDS[name]), 1e-9)


def test_orthogonal_grid_of_a_sheared_one_holds_every_corner():
    affine = np.diag([1.0, 1.0, 3.0, 1.0])
    affine[0, 2] = 0.8
    sheared = Grid(affine, (20, 20, 10))
    grid = orthogonal_grid(sheared, sheared.spacing)
    assert grid.shear_degrees() < 1e-6
    voxels = grid.to_voxel(box_corners(sheared))
    assert (voxels > -0.5 - 1e-6).all()
    assert (voxels < np.array(grid.shape) - 0.5 + 1e-6).all()


@pytest.mark.parametrize("spacing", [0, -1, np.nan, np.inf])
def test_spacing_must_be_one(spacing):
    with pytest.raises(InputRefused, match="voxel size"):
        working_grid(GRIDS["RAS"], spacing)


@given(st.integers(0, 5), st.integers(0, 6), st.integers(0, 7), st.floats(0, 5))
def test_crop_keeps_voxels_in_place_and_the_margin(i, j, k, margin):
    grid = GRIDS["oblique"]
    mask = np.zeros(grid.shape, bool)
    mask[i, j, k] = True
    cropped = crop_grid(grid, mask, margin)
    start = grid.to_voxel(cropped.origin)
    np.testing.assert_allclose(start, np.rint(start), atol=1e-9)
    low = (np.array([i, j, k]) - start) * grid.spacing
    high = (start + cropped.shape - 1 - [i, j, k]) * grid.spacing
    room_low = np.array([i, j, k]) * grid.spacing
    room_high = (np.array(grid.shape) - 1 - [i, j, k]) * grid.spacing
    assert (low >= np.minimum(margin, room_low) - 0.01).all()
    assert (high >= np.minimum(margin, room_high) - 0.01).all()
    assert (low < margin + grid.spacing).all()
    assert (high < margin + grid.spacing).all()


def test_crop_refuses_nothing_and_another_shape():
    grid = GRIDS["RAS"]
    with pytest.raises(InputRefused, match="empty"):
        crop_grid(grid, np.zeros(grid.shape, bool), 5)
    with pytest.raises(InputRefused, match="shape"):
        crop_grid(grid, np.ones((2, 2, 2), bool), 5)
