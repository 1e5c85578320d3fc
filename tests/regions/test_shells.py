import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.regions.peritumoural import peritumoural
from gliofront.regions.progression import progression_target
from gliofront.regions.shells import distance_outside, shells


def sphere(spacing, radius=10.0, half=34.0):
    shape = tuple(int(2 * half / s) + 1 for s in spacing)
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = [-(n - 1) / 2 * s for n, s in zip(shape, spacing, strict=True)]
    grid = Grid(affine, shape)
    world = grid.to_world(np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), -1))
    away = np.linalg.norm(world, axis=-1)
    return grid, away <= radius, away - radius


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.8, 1.0, 3.0), (2.0, 1.0, 1.5)])
def test_distance_to_a_sphere(spacing):
    grid, mask, truth = sphere(spacing)
    error = (distance_outside(mask, grid) - truth)[truth > 0]
    # Centre to centre is never nearer than the surface, nor further by more than a voxel.
    assert error.min() >= -1e-9
    assert error.max() <= np.linalg.norm(spacing)
    assert abs(np.median(error)) < max(spacing) / 2


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (1.0, 1.0, 2.0)])
def test_shell_volumes(spacing):
    grid, mask, _ = sphere(spacing)
    rings = shells(distance_outside(mask, grid), grid)
    assert list(rings.names.values()) == ["0-5 mm", "5-10 mm", "10-15 mm", "15-20 mm"]
    for low, name in zip((10, 15, 20, 25), rings.names.values(), strict=True):
        truth = 4 / 3 * np.pi * ((low + 5) ** 3 - low**3) / 1000
        assert rings.volume_ml(name) == pytest.approx(truth, rel=0.12)
    assert not rings.data[mask].any()


@given(st.integers(0, 2**32 - 1))
def test_every_voxel_within_reach_is_in_one_shell(seed):
    rng = np.random.default_rng(seed)
    mask = rng.random((6, 7, 8)) > 0.97
    mask[3, 3, 3] = True
    grid = Grid(np.diag([1.0, 2.0, 3.0, 1.0]), mask.shape)
    away = distance_outside(mask, grid)
    rings = shells(away, grid, (4.0, 9.0))
    assert np.array_equal(rings.data > 0, (away > 0) & (away <= 9))
    assert (away[rings.data == 1] <= 4).all()
    assert (away[rings.data == 2] > 4).all()


def test_empty_tumour_and_bad_edges_refused():
    grid = Grid(np.eye(4), (3, 3, 3))
    with pytest.raises(InputRefused, match="empty"):
        distance_outside(np.zeros((3, 3, 3), dtype=bool), grid)
    for edges in ((), (5.0, 5.0), (-1.0, 5.0), (10.0, 5.0), (5.0, float("nan"))):
        with pytest.raises(InputRefused, match="ascend"):
            shells(np.ones((3, 3, 3)), grid, edges)


def test_peritumoural_and_progression():
    grid, mask, _ = sphere((2.0, 2.0, 2.0))
    away = distance_outside(mask, grid)
    brain, csf = np.ones_like(mask), np.zeros_like(mask)
    brain[:, :, :12], csf[:10] = False, True
    region = peritumoural(away, brain, csf, 20.0)
    assert region.any()
    assert not (region & (mask | csf | ~brain)).any()
    assert away[region].max() <= 20
    later = away <= 6
    target = progression_target(later, mask, brain)
    assert target.any()
    assert not (target & mask).any()
    assert not (target & ~brain).any()
