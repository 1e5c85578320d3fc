from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gliofront.growth.fisher_kpp import Tissue, grow


def line(size: int, spacing: float, diffusivity: float, proliferation: float) -> Tissue:
    shape = (size, 1, 1)
    return Tissue(
        np.full(shape, diffusivity), np.full(shape, proliferation), np.array([spacing, 1e3, 1e3])
    )


def front(density: np.ndarray, spacing: float) -> float:
    """Where the density falls through one half, mm."""
    profile = density[:, 0, 0]
    last = int(np.flatnonzero(profile > 0.5)[-1])
    part = (profile[last] - 0.5) / (profile[last] - profile[last + 1])
    return (last + part) * spacing


@pytest.mark.parametrize(("diffusivity", "proliferation"), [(0.14, 0.035), (0.5, 0.02)])
def test_front_moves_at_twice_the_root_of_d_rho(diffusivity: float, proliferation: float) -> None:
    tissue = line(400, 1.0, diffusivity, proliferation)
    start = np.zeros((400, 1, 1))
    start[:5] = 1
    speed = 2 * np.sqrt(diffusivity * proliferation)
    early, first = grow(start, tissue, 100 / speed)
    late, second = grow(early, tissue, 200 / speed)
    measured = (front(late, 1.0) - front(early, 1.0)) / second
    assert first > 0
    assert measured == pytest.approx(speed, rel=0.05)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_diffusion_alone_keeps_the_number_of_cells(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (12, 9, 10)
    diffusivity = rng.uniform(0, 1, shape) * (rng.random(shape) > 0.3)
    tissue = Tissue(diffusivity, np.zeros(shape), np.array([2.0, 1.0, 4.0]))
    start = rng.random(shape) * (diffusivity > 0)
    density, _ = grow(start, tissue, 30.0)
    assert density.sum() == pytest.approx(start.sum(), rel=1e-12)
    assert density.min() >= 0
    assert density.max() <= start.max() + 1e-12
    assert not density[diffusivity == 0].any()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_density_stays_between_none_and_capacity(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (9, 8, 7)
    tissue = Tissue(rng.uniform(0, 2, shape), rng.uniform(0, 0.3, shape), np.full(3, 1.0))
    density, _ = grow(rng.random(shape), tissue, 50.0)
    assert density.min() >= 0
    assert density.max() <= 1


def test_nothing_crosses_a_wall_of_fluid() -> None:
    shape = (30, 6, 6)
    solid = np.ones(shape)
    solid[14] = 0
    tissue = Tissue(0.5 * solid, 0.05 * solid, np.full(3, 2.0))
    start = np.zeros(shape)
    start[3] = 0.5
    density, _ = grow(start, tissue, 500.0)
    assert density[:14].min() > 0.9
    assert not density[14:].any()


def test_the_box_that_is_computed_changes_nothing() -> None:
    shape = (61, 5, 5)
    tissue = Tissue(np.full(shape, 0.2), np.full(shape, 0.05), np.full(3, 2.0))
    start = np.zeros(shape)
    start[30, 2, 2] = 1
    seeded = start + 2e-8  # present everywhere, so the whole grid is computed
    boxed, _ = grow(start, tissue, 80.0)
    whole, _ = grow(seeded, tissue, 80.0)
    assert np.abs(boxed - whole).max() < 1e-5


def test_growth_stops_when_enough() -> None:
    tissue = line(100, 2.0, 0.2, 0.05)
    start = np.zeros((100, 1, 1))
    start[:3] = 1
    density, days = grow(start, tissue, 1e4, lambda u: int((u > 0.7).sum()) >= 20)
    assert int((density > 0.7).sum()) == 20
    assert 0 < days < 1e4


def test_no_cells_no_growth() -> None:
    density, days = grow(np.zeros((5, 1, 1)), line(5, 2.0, 0.2, 0.05), 100.0)
    assert not density.any()
    assert days == 0
