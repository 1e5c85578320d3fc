from __future__ import annotations

import numpy as np
import pytest

from gliofront.alignment.displacement import Displacement, all_places, smallest_jacobian
from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid

OBLIQUE = np.array(
    [[-1.8, 0.3, 0.0, 20.0], [0.3, 1.9, -0.2, -15.0], [0.05, 0.2, 2.5, 4.0], [0, 0, 0, 1.0]]
)


@pytest.fixture(params=[np.diag([2.0, 2.0, 3.0, 1.0]), OBLIQUE], ids=["straight", "oblique"])
def grid(request: pytest.FixtureRequest) -> Grid:
    return Grid(request.param, (20, 22, 18))


def bump(grid: Grid, height_mm: float) -> Displacement:
    """Push along x, most in the middle, over about a centimetre."""
    places = all_places(grid)
    away = np.linalg.norm(places - grid.corners().mean(0), axis=-1)
    data = np.zeros((*grid.shape, 3))
    data[..., 0] = height_mm * np.exp(-((away / 9) ** 2))
    return Displacement(grid, data)


def inside(grid: Grid) -> np.ndarray:
    return all_places(grid)[4:-4, 4:-4, 4:-4].reshape(-1, 3)


def test_moved_places_are_places_and_what_stands_there(grid: Grid) -> None:
    move = bump(grid, 4.0)
    moved = move.move(all_places(grid))
    np.testing.assert_allclose(moved, all_places(grid) + move.data, atol=1e-5)


def test_there_and_back_is_nowhere(grid: Grid) -> None:
    move = bump(grid, 4.0)
    places = inside(grid)
    assert np.linalg.norm(move.move(places) - places, axis=1).max() > 2
    back = move.inverted().move(move.move(places))
    assert np.linalg.norm(back - places, axis=1).max() < 0.2


def test_one_after_the_other(grid: Grid) -> None:
    first, second = bump(grid, 3.0), bump(grid, -2.0)
    places = inside(grid)
    np.testing.assert_allclose(
        first.then(second).move(places), second.move(first.move(places)), atol=0.05
    )


@pytest.mark.parametrize("scale", [0.8, 1.0, 1.25])
def test_the_jacobian_of_a_scaling_is_its_cube(grid: Grid, scale: float) -> None:
    places = all_places(grid)
    move = Displacement(grid, (scale - 1) * (places - grid.corners().mean(0)))
    np.testing.assert_allclose(move.jacobian(), scale**3, rtol=1e-4)


def test_a_fold_is_seen() -> None:
    grid = Grid(np.diag([2.0, 2.0, 3.0, 1.0]), (20, 22, 18))
    everywhere = np.ones(grid.shape, dtype=bool)
    assert smallest_jacobian(bump(grid, 2.0), everywhere) > 0
    assert smallest_jacobian(bump(grid, 20.0), everywhere) < 0
    assert np.isnan(smallest_jacobian(bump(grid, 2.0), ~everywhere))


def test_another_shape_and_what_is_not_finite_are_refused(grid: Grid) -> None:
    with pytest.raises(InputRefused, match="displacement"):
        Displacement(grid, np.zeros((3, *grid.shape)))
    with pytest.raises(InputRefused, match="not finite"):
        Displacement(grid, np.full((*grid.shape, 3), np.nan))
