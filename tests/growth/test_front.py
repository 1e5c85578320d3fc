from __future__ import annotations

import numpy as np
import pytest

from gliofront.growth.fisher_kpp import Tissue, grow
from gliofront.growth.front import front_density, front_place


def test_place_and_density_are_inverse() -> None:
    for density in (0.01, 0.25, 0.5, 0.7, 0.95):
        assert front_density(front_place(density)) == pytest.approx(density, rel=1e-3)


def test_density_falls_from_all_to_none() -> None:
    density = front_density(np.linspace(-40, 60, 500))
    assert (np.diff(density) <= 0).all()
    assert density[0] == 1
    assert density[-1] == 0


def test_the_equation_makes_this_front() -> None:
    shape = (400, 1, 1)
    tissue = Tissue(np.full(shape, 9.0), np.ones(shape), np.array([1.0, 1e3, 1e3]))
    start = np.zeros(shape)
    start[:5] = 1
    grown = grow(start, tissue, 45.0)[0][:, 0, 0]
    middle = np.interp(-0.5, -grown, np.arange(400.0))
    ahead = (np.arange(400.0) - middle) / 3
    assert np.abs(grown - front_density(ahead)).max() < 0.02
