from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gliofront.growth.fisher_kpp import Grain, Tissue, grow

ROOT = np.sqrt(14.0)


def even(
    shape: tuple[int, int, int],
    axis: tuple[float, float, float],
    ratio: float,
    spacing: float = 1.0,
    diffusivity: float = 0.3,
    proliferation: float = 0.0,
) -> Tissue:
    direction = np.broadcast_to(np.array(axis) / np.linalg.norm(axis), (*shape, 3))
    grain = Grain(direction, np.full(shape, ratio))
    return Tissue(
        np.full(shape, diffusivity), np.full(shape, proliferation), np.full(3, spacing), grain
    )


def ball(shape: tuple[int, int, int], spacing: float, variance: np.ndarray) -> np.ndarray:
    """Gaussian of height 0.9 and a covariance in mm2 about the centre."""
    places = np.stack(np.indices(shape), axis=-1) * spacing
    places = places - (np.array(shape) - 1) * spacing / 2
    inverse = np.linalg.inv(variance)
    return np.asarray(0.9 * np.exp(-0.5 * np.einsum("...i,ij,...j", places, inverse, places)))


def front(profile: np.ndarray) -> float:
    last = int(np.flatnonzero(profile > 0.5)[-1])
    return last + (profile[last] - 0.5) / (profile[last] - profile[last + 1])


@pytest.mark.parametrize(("axis", "along"), [((1, 0, 0), True), ((0, 1, 0), False)])
def test_a_front_moves_at_twice_the_root_of_rho_and_its_own_d(
    axis: tuple[float, float, float], along: bool
) -> None:
    ratio, mean, rho = 6.0, 0.15, 0.05
    speed = 2 * np.sqrt(3 * mean / (ratio + 2) * (ratio if along else 1) * rho)
    tissue = even((400, 1, 1), axis, ratio, 1.0, mean, rho)
    start = np.zeros((400, 1, 1))
    start[:5] = 1
    early, _ = grow(start, tissue, 100 / speed)
    late, days = grow(early, tissue, 200 / speed)
    measured = (front(late[:, 0, 0]) - front(early[:, 0, 0])) / days
    assert measured == pytest.approx(speed, rel=0.05)


@pytest.mark.parametrize(("axis", "along"), [((1, 1, 0), True), ((1, -1, 0), False)])
def test_a_front_keeps_that_speed_in_a_slanting_band(
    axis: tuple[float, float, float], along: bool
) -> None:
    ratio, mean, rho = 4.0, 0.15, 0.05
    speed = 2 * np.sqrt(3 * mean / (ratio + 2) * (ratio if along else 1) * rho)
    shape = (300, 300, 1)
    x, y, _ = np.indices(shape)
    band = abs(x - y) < 15
    tissue = even(shape, axis, ratio, 1.0, mean, rho)
    tissue = Tissue(band * tissue.diffusivity, band * rho, tissue.spacing, tissue.grain)
    early, _ = grow(1.0 * band * (x + y < 8), tissue, 100 / speed)
    late, days = grow(early, tissue, 200 / speed)
    fronts = [front(np.diagonal(u[..., 0])) * np.sqrt(2) for u in (early, late)]
    assert (fronts[1] - fronts[0]) / days == pytest.approx(speed, rel=0.05)


@pytest.mark.parametrize("axis", [(1, 0, 0), (1, 1, 0), (1, 2, 3), (-3, 1, 1)])
def test_a_tumour_is_longer_along_fibres_by_the_root_of_the_ratio(
    axis: tuple[float, float, float],
) -> None:
    shape, ratio = (71, 71, 71), 4.0
    tissue = even(shape, axis, ratio, 1.0, 0.3, 0.05)
    unit = np.array(axis) / np.linalg.norm(axis)
    shaped = 8 * (np.eye(3) + (ratio - 1) * np.outer(unit, unit))  # so that no start is forgotten
    density, _ = grow(ball(shape, 1.0, shaped), tissue, 70.0)
    assert density[:, :, [0, -1]].max() < 0.3
    places = np.argwhere(density > 0.5) - 35.0
    values, vectors = np.linalg.eigh(places.T @ places / len(places))
    assert np.sqrt(values[2] / values[:2].mean()) == pytest.approx(np.sqrt(ratio), rel=0.05)
    assert np.sqrt(values[1] / values[0]) == pytest.approx(1, rel=0.03)
    assert abs(vectors[:, 2] @ unit) > np.cos(np.radians(2))


def test_spreading_without_growth_is_second_order_in_space() -> None:
    axis, ratio, mean, days = (2.0, 1.0, 1.0), 5.0, 0.4, 20.0
    unit = np.array(axis) / np.linalg.norm(axis)
    spread = 3 * mean / (ratio + 2) * (np.eye(3) + (ratio - 1) * np.outer(unit, unit))
    first = 9 * np.eye(3)
    later = first + 2 * days * spread
    height = np.sqrt(np.linalg.det(first) / np.linalg.det(later))
    errors = []
    for size, spacing in ((25, 2.0), (49, 1.0)):
        shape = (size, size, size)
        tissue = even(shape, axis, ratio, spacing, mean)
        density, _ = grow(ball(shape, spacing, first), tissue, days)
        errors.append(np.abs(density - height * ball(shape, spacing, later)).max())
    assert np.log2(errors[0] / errors[1]) > 1.8


def test_it_is_second_order_where_fibres_turn_and_diffusivity_varies() -> None:
    found = []
    for level in (1, 2, 4):
        spacing, size = 2.0 / level, 32 * level + 1
        x, y, z = np.indices((size, size, 1)) * spacing - 32.0
        turn = 0.03 * x - 0.02 * y
        direction = np.stack([np.cos(turn), np.sin(turn), 0 * z], axis=-1)
        ratio = 3 + np.sin(0.05 * y)
        diffusivity = 0.3 * (1 + 0.4 * np.sin(0.06 * x + 0.04 * y))
        tissue = Tissue(
            diffusivity, 0 * x, np.array([spacing, spacing, 50.0]), Grain(direction, ratio)
        )
        start = 0.9 * np.exp(-(x**2 + y**2) / (2 * 5.0**2))
        density, _ = grow(start, tissue, 25.0)
        found.append(density[::level, ::level, 0])
    coarse, fine = (np.abs(a - b).max() for a, b in pairwise(found))
    assert np.log2(coarse / fine) > 1.8


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), growing=st.booleans())
def test_cells_are_kept_and_stay_between_none_and_capacity(seed: int, growing: bool) -> None:
    rng = np.random.default_rng(seed)
    shape = (11, 9, 10)
    direction = rng.standard_normal((*shape, 3))
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    solid = rng.random(shape) > 0.3
    tissue = Tissue(
        rng.uniform(0.05, 1, shape) * solid,
        rng.uniform(0, 0.2, shape) * solid * growing,
        np.array([2.0, 1.0, 3.0]),
        Grain(direction, rng.uniform(1, 12, shape)),
    )
    start = rng.random(shape) * solid
    density, _ = grow(start, tissue, 40.0)
    assert density.min() >= 0
    assert density.max() <= 1
    assert not density[~solid].any()
    if not growing:
        assert abs(density.sum() / start.sum() - 1) < 1e-10


def test_a_ratio_of_one_is_the_isotropic_scheme() -> None:
    rng = np.random.default_rng(2)
    shape = (12, 11, 10)
    diffusivity = rng.uniform(0.1, 1, shape) * (rng.random(shape) > 0.2)
    plain = Tissue(diffusivity, np.full(shape, 0.02), np.full(3, 2.0))
    start = 0.5 * rng.random(shape) * (diffusivity > 0)
    axis = np.broadcast_to(np.array([1.0, 2, 3]) / ROOT, (*shape, 3))
    grained = Tissue(diffusivity, plain.proliferation, plain.spacing, Grain(axis, np.ones(shape)))
    assert np.allclose(grow(start, plain, 60.0)[0], grow(start, grained, 60.0)[0], atol=1e-12)


def test_no_cells_cross_a_slanting_falx_along_fibres_that_do() -> None:
    shape = (30, 30, 7)
    x, y, _ = np.indices(shape)
    tissue = even(shape, (1, -1, 0), 12.0, 2.0, 0.5, 0.05)
    solid = x != y
    walled = Tissue(
        tissue.diffusivity * solid, tissue.proliferation * solid, tissue.spacing, tissue.grain
    )
    start = np.zeros(shape)
    start[20:23, 5:8, 2:5] = 0.9
    density, _ = grow(start, walled, 600.0)
    assert density[x > y].min() > 0.9
    assert not density[x <= y].any()


def test_a_mirrored_head_has_the_mirrored_tumour() -> None:
    rng = np.random.default_rng(4)
    shape = (20, 18, 16)
    direction = rng.standard_normal((*shape, 3))
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    diffusivity = rng.uniform(0.1, 0.6, shape) * (rng.random(shape) > 0.1)
    ratio, rho = rng.uniform(1, 10, shape), np.full(shape, 0.05)
    start = np.zeros(shape)
    start[5:10, 7:12, 6:11] = 0.8
    start *= diffusivity > 0
    one, _ = grow(start, Tissue(diffusivity, rho, np.full(3, 2.0), Grain(direction, ratio)), 120.0)
    turned = direction[::-1] * np.array([-1.0, 1, 1])
    mirror = Tissue(diffusivity[::-1], rho, np.full(3, 2.0), Grain(turned, ratio[::-1]))
    other, _ = grow(start[::-1], mirror, 120.0)
    assert one.max() > 0.5
    assert np.abs(other[::-1] - one).max() < 1e-8
    assert np.array_equal(grow(start[::-1], mirror, 120.0)[0], other)
