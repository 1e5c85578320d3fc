from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from diffusion_heads import directions, tensor
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.series import Series
from gliofront.maps.diffusion.gradient_files import parse_gradients
from gliofront.maps.diffusion.gradients import Gradients, distinct_directions
from gliofront.maps.diffusion.tensor import fit_tensor

GRID = Grid(np.diag([-2.0, 2.0, 2.0, 1.0]), (4, 4, 4))
ORIENTATIONS = [
    (order, signs) for order in permutations(range(3)) for signs in product((1, -1), repeat=3)
]


def text(rows: np.ndarray) -> str:
    return "\n".join(" ".join(f"{x:.8f}" for x in row) for row in rows)


def bvec_rows(count: int = 12) -> np.ndarray:
    return np.concatenate([np.zeros((1, 3)), directions(count)])


BVAL = "0 " + " ".join(["1000"] * 12)


@pytest.mark.parametrize("across", [True, False])
def test_three_rows_and_three_columns_are_read_alike(across):
    rows = bvec_rows()
    read = parse_gradients(BVAL, text(rows.T if across else rows), GRID, 13, "dwi")
    np.testing.assert_allclose(read.directions[1:], rows[1:] * [-1, 1, 1], atol=1e-7)
    assert read.b_values.tolist() == [0.0] + [1000.0] * 12
    assert read.is_b0.tolist() == [True] + [False] * 12


@pytest.mark.parametrize(("order", "signs"), ORIENTATIONS)
def test_the_world_direction_of_a_fibre_is_the_same_however_the_voxel_axes_lie(order, signs):
    turned = Rotation.from_rotvec([10, -20, 30], degrees=True).as_matrix()
    columns = turned[:, list(order)] * np.array(signs)
    affine = np.eye(4)
    affine[:3, :3] = columns * [1.5, 2.0, 3.0]
    grid = Grid(affine, (2, 2, 2))
    in_world = directions(12)
    # FSL's rule, written anew: along the voxel axes, x reversed if the determinant is positive.
    stored = in_world @ columns
    stored[:, 0] *= -np.sign(np.linalg.det(columns))
    rows = np.concatenate([np.zeros((1, 3)), stored])
    gradients = parse_gradients(BVAL, text(rows.T), grid, 13, "dwi")
    fibre = np.array([0.6, -0.48, 0.64])
    tensors = tensor((1.7e-3, 0.3e-3), fibre)
    along = np.einsum("ni,ij,nj->n", in_world, tensors, in_world)
    signal = 500 * np.exp(-np.r_[0, 1000 * along])
    series = Series(grid, np.broadcast_to(signal, (2, 2, 2, 13)), "DWI")
    fit = fit_tensor(series, gradients, np.ones((2, 2, 2), dtype=bool))
    np.testing.assert_allclose(np.abs(fit.principal @ fibre), 1, atol=1e-5)


def test_x_is_reversed_where_the_determinant_is_positive():
    gradients = parse_gradients(BVAL, text(bvec_rows().T), Grid(np.eye(4), (2, 2, 2)), 13, "dwi")
    np.testing.assert_allclose(gradients.directions[1:], directions(12) * [-1, 1, 1], atol=1e-7)


@pytest.mark.parametrize(
    ("bval", "bvec", "problem"),
    [
        ("0 1000", text(bvec_rows().T), "2 b-values for 13 images"),
        (BVAL, text(bvec_rows(11).T), r"directions of shape \(3, 12\) for 13 images"),
        (BVAL.replace("0 1000", "0 nan", 1), text(bvec_rows().T), "not finite"),
        (BVAL.replace("0 1000", "0 -5", 1), text(bvec_rows().T), "negative"),
        (BVAL, text(bvec_rows().T).replace("0.0", "x.0", 1), "not a number"),
        (BVAL, "", "empty"),
        (BVAL, text(0.8 * bvec_rows().T), "12 directions of weighted images are not unit"),
        ("1000 " * 13, text(np.concatenate([directions(1), directions(12)]).T), "no image without"),
        (BVAL, text(np.array([[0, 0, 0]] + [[1, 0, 0], [0, 1, 0]] * 6).T), "2 distinct"),
    ],
)
def test_a_wrong_table_is_refused(bval, bvec, problem):
    with pytest.raises(InputRefused, match=problem):
        parse_gradients(bval, bvec, GRID, 13, "dwi")


def test_not_a_number_in_a_direction_is_refused():
    rows = bvec_rows()
    rows[3, 1] = np.nan
    with pytest.raises(InputRefused, match="1 directions of weighted images are not unit"):
        parse_gradients(BVAL, text(rows.T), GRID, 13, "dwi")


def test_directions_on_a_plane_are_refused():
    angles = np.linspace(0, np.pi, 12, endpoint=False)
    flat = np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
    with pytest.raises(InputRefused, match="one cone or plane"):
        parse_gradients(BVAL, text(np.r_[np.zeros((1, 3)), flat].T), GRID, 13, "dwi")


def test_rounded_directions_get_unit_length_and_a_b0s_direction_is_not_read():
    rows = bvec_rows().round(2)
    rows[0] = [0.7, 0.1, 0.0]
    read = parse_gradients(BVAL.replace("0", "5", 1), text(rows.T), GRID, 13, "dwi")
    np.testing.assert_allclose(np.linalg.norm(read.directions[1:], axis=1), 1)
    assert read.is_b0[0]


def test_antipodes_and_repeats_count_once():
    six = directions(6)
    repeated = np.concatenate([six, -six, six])
    assert distinct_directions(repeated) == 6


@given(st.floats(-180, 180), st.floats(-180, 180), st.floats(-180, 180))
def test_rotation_keeps_the_condition_and_turns_back(a, b, c):
    turn = Rotation.from_euler("xyz", [a, b, c], degrees=True).as_matrix()
    start = Gradients(np.r_[0, [1000.0] * 12], bvec_rows())
    turned = start.rotate(np.tile(turn, (13, 1, 1)))
    assert turned.condition_number() < 2.5
    back = turned.rotate(np.tile(turn.T, (13, 1, 1)))
    np.testing.assert_allclose(back.directions, start.directions, atol=1e-12)
