from __future__ import annotations

import numpy as np
import pytest

from gliofront.image.grid import Grid
from gliofront.phantom.warp import exponential, jacobian_determinant, random_warp

HEAD = Grid(np.diag([2.0, 2.0, 2.0, 1.0]), (90, 100, 90))


@pytest.mark.parametrize("seed", range(10))
def test_a_warp_never_folds(seed: int) -> None:
    warp = random_warp(np.random.default_rng(seed), HEAD, 4.0, 20.0)
    determinant = jacobian_determinant(warp)
    assert determinant.min() > 0
    assert determinant.std() > 0.05


def test_displacement_has_the_size_asked_for() -> None:
    warp = random_warp(np.random.default_rng(0), HEAD, 4.0, 20.0)
    length = np.sqrt((warp.displacement**2).sum(0).mean())
    assert 2.5 < length < 5.5


def test_a_constant_velocity_is_a_shift() -> None:
    velocity = np.zeros((3, 8, 8, 8))
    velocity[0] = 3.0
    assert np.allclose(exponential(velocity, 5.0), velocity)


def test_the_opposite_velocity_undoes_a_warp() -> None:
    rng = np.random.default_rng(1)
    warp = random_warp(rng, HEAD, 3.0, 30.0)
    pitch = float(warp.grid.spacing[0])
    velocity = warp.displacement  # any smooth field will do
    there, back = exponential(velocity, pitch), exponential(-velocity, pitch)
    places = np.stack(np.meshgrid(*map(np.arange, velocity.shape[1:]), indexing="ij"), -1)
    inner = tuple(slice(4, -4) for _ in range(3))
    points = warp.grid.to_world(places)[inner]
    moved = points + np.moveaxis(there, 0, -1)[inner]
    returned = type(warp)(warp.grid, back).displace(moved)
    assert np.linalg.norm(returned - points, axis=-1).mean() < 0.15


def test_no_displacement_leaves_points_alone() -> None:
    warp = random_warp(np.random.default_rng(0), HEAD, 0.0, 20.0)
    points = np.array([[1.0, 2.0, 3.0], [50.0, 60.0, 70.0]])
    assert np.array_equal(warp.displace(points), points)
