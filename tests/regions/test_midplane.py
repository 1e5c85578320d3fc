import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from region_heads import head, turn

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import Volume
from gliofront.regions.midplane import Plane, find_midplane

tilts = st.floats(-0.5, 0.5)


def plane_of(yaw, roll, offset):
    normal = turn(np.degrees(yaw), np.degrees(roll))[:, 0]
    return Plane(normal * offset, normal)


@pytest.mark.parametrize(
    ("yaw", "roll", "shift", "side"),
    [
        (0, 0, (0, 0, 0), 1),
        (10, 0, (3, -4, 2), 1),
        (-10, 0, (0, 0, 0), -1),
        (0, 10, (-5, 0, 0), 1),
        (6, -7, (4, 3, 0), -1),
    ],
)
def test_recovered_within_a_degree_and_a_millimetre(yaw, roll, shift, side):
    made = head(rotation=turn(yaw, roll), shift=shift, side=side)
    plane = find_midplane(made.t1c, made.brain)
    off = np.degrees(np.arccos(np.clip(plane.normal @ made.normal, -1, 1)))
    assert off < 1.0
    assert abs(plane.signed_mm(np.array(shift, float))) < 1.0
    assert plane.normal[0] > 0


def test_recovered_on_thick_slices():
    made = head(spacing=(1.5, 1.5, 5.0), rotation=turn(8, 0))
    plane = find_midplane(made.t1c, made.brain)
    assert np.degrees(np.arccos(plane.normal @ made.normal)) < 1.5
    assert abs(plane.signed_mm(np.zeros(3))) < 1.5


def test_same_result_twice():
    made = head()
    first, second = (find_midplane(made.t1c, made.brain) for _ in range(2))
    assert np.array_equal(first.normal, second.normal)
    assert np.array_equal(first.point, second.point)


def test_sides():
    grid = Grid(np.diag([-1.0, 1, 1, 1]), (11, 2, 2))
    plane = Plane(np.array([-5.0, 0, 0]), np.array([1.0, 0, 0]))
    # The first index runs towards the patient's left on this grid: low indices are right.
    signed = plane.signed_over(grid)
    assert (signed[:5] > 0).all()
    assert (signed[6:] < 0).all()
    assert (signed[5] == 0).all()


@given(tilts, tilts, st.floats(-20, 20))
def test_reflection_is_its_own_inverse_and_keeps_the_plane(yaw, roll, offset):
    plane = plane_of(yaw, roll, offset)
    matrix = plane.reflection()
    assert np.allclose(matrix @ matrix, np.eye(4), atol=1e-9)
    assert np.allclose(matrix @ [*plane.point, 1], [*plane.point, 1], atol=1e-9)
    mirrored = (matrix @ np.array([7.0, -3.0, 2.0, 1.0]))[:3]
    assert np.isclose(plane.signed_mm(mirrored), -plane.signed_mm([7.0, -3.0, 2.0]))


@given(tilts, tilts, st.floats(-20, 20))
def test_signed_over_a_grid_is_that_of_its_voxels(yaw, roll, offset):
    affine = np.diag([1.0, 2.0, 3.0, 1.0])
    affine[:3, :3] = turn(13, 5) @ affine[:3, :3]
    affine[:3, 3] = [4, -5, 6]
    grid = Grid(affine, (3, 4, 5))
    plane = plane_of(yaw, roll, offset)
    voxels = np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), -1)
    assert np.allclose(plane.signed_over(grid), plane.signed_mm(grid.to_world(voxels)))


def test_mirrored_values():
    grid = Grid(np.eye(4), (5, 1, 1))
    plane = Plane(np.array([2.0, 0, 0]), np.array([1.0, 0, 0]))
    values = np.arange(5.0).reshape(5, 1, 1)
    assert plane.mirrored(values, grid).ravel().tolist() == [4, 3, 2, 1, 0]


def test_tiny_brain_refused():
    grid = Grid(np.eye(4), (20, 20, 20))
    image = Volume(grid, np.ones(grid.shape), "T1C", "arbitrary")
    with pytest.raises(InputRefused, match="below 64 mL"):
        find_midplane(image, np.ones(grid.shape, dtype=bool))
