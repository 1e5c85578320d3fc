from itertools import permutations, product

import numpy as np
import pytest
from nifti_files import GRIDS, noise

from gliofront.image.grid import Grid
from gliofront.image.orientation import canonical, canonical_grid
from gliofront.image.volume import LabelVolume, Volume

ALL_48 = [
    (order, signs) for order in permutations(range(3)) for signs in product([1, -1], repeat=3)
]


def turned(affine: np.ndarray, order: tuple[int, ...], signs: tuple[int, ...]) -> Grid:
    """The grid of the same voxels stored with axes permuted, then flipped."""
    shape = np.array([4, 5, 6])[list(order)]
    turn = np.eye(4)
    turn[:3, :3] = np.eye(3)[:, order] * signs
    turn[list(order), 3] = np.where(np.array(signs) < 0, shape - 1, 0)
    return Grid(affine @ turn, tuple(shape.tolist()))


@pytest.mark.parametrize("name", ["RAS", "oblique"])
@pytest.mark.parametrize(("order", "signs"), ALL_48)
def test_all_48_orientations_come_to_the_same(name, order, signs):
    plain = Grid(GRIDS[name].affine, (4, 5, 6))
    data = noise((4, 5, 6))
    grid = turned(plain.affine, order, signs)
    stored = data.transpose(order)[tuple(slice(None, None, s) for s in signs)]
    back = canonical(Volume(grid, stored, "T1", "arbitrary"))
    np.testing.assert_array_equal(back.data, data)
    np.testing.assert_allclose(back.grid.affine, plain.affine, atol=1e-10)
    assert back.grid.axis_codes == "RAS"
    labels = canonical(LabelVolume(grid, (stored > 100).astype(int), {1: "high"}))
    np.testing.assert_array_equal(labels.mask("high"), data > 100)
    assert canonical_grid(grid).matches(plain)


@pytest.mark.parametrize("name", GRIDS)
def test_every_voxel_keeps_its_place(name):
    grid = GRIDS[name]
    places = grid.to_world(np.moveaxis(np.indices(grid.shape), 0, -1))
    for axis in range(3):
        turned_places = canonical(Volume(grid, places[..., axis], "x", "mm"))
        new = turned_places.grid
        expected = new.to_world(np.moveaxis(np.indices(new.shape), 0, -1))[..., axis]
        np.testing.assert_allclose(turned_places.data, expected, atol=1e-4)
