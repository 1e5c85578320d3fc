"""The parts of the two-stage alignment, each alone."""

from __future__ import annotations

import numpy as np
import pytest

from gliofront.alignment.calming import calmed, fading
from gliofront.alignment.displacement import Displacement, all_places, smallest_jacobian
from gliofront.alignment.likeness import local_likeness
from gliofront.alignment.tumour_to_cavity import tumour_to_cavity
from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import Volume
from gliofront.regions.morphology import distance_to

GRID = Grid(np.diag([2.0, 2.0, 2.0, 1.0]), (40, 42, 38))
MIDDLE = GRID.corners().mean(0)
SHIFT = np.array([4.0, -2.0, 1.0])


def ball(centre: np.ndarray, radius_mm: float) -> np.ndarray:
    return np.linalg.norm(all_places(GRID) - centre, axis=-1) < radius_mm


def test_the_tumour_lands_on_its_cavity_and_far_tissue_stays() -> None:
    tumour, cavity = ball(MIDDLE, 16), ball(MIDDLE + SHIFT, 12)
    move = tumour_to_cavity(tumour, cavity, GRID, 12.0)
    wall = GRID.to_world(np.argwhere(tumour & ~ball(MIDDLE, 14)))
    moved = np.linalg.norm(move.move(wall) - (MIDDLE + SHIFT), axis=1)
    assert abs(moved.mean() - 0.75 * np.linalg.norm(wall - MIDDLE, axis=1).mean()) < 0.5
    far = ~ball(MIDDLE, 16 + 36)
    assert np.abs(move.data[far]).max() < 0.01
    assert smallest_jacobian(move, np.ones(GRID.shape, dtype=bool)) >= 0.2


def test_a_cavity_far_away_folds_nothing() -> None:
    move = tumour_to_cavity(ball(MIDDLE, 8), ball(MIDDLE + 15.0, 4), GRID, 6.0)
    assert smallest_jacobian(move, np.ones(GRID.shape, dtype=bool)) >= 0.2


@pytest.mark.parametrize("name", ["tumour", "cavity"])
def test_nothing_to_move_is_refused(name: str) -> None:
    regions = {"tumour": ball(MIDDLE, 10), "cavity": ball(MIDDLE, 8)}
    regions[name] = np.zeros(GRID.shape, dtype=bool)
    with pytest.raises(InputRefused, match=name):
        tumour_to_cavity(**regions, grid=GRID)


def test_noise_of_a_movement_is_calmed_and_what_is_smooth_is_kept() -> None:
    rng = np.random.default_rng(5)
    tumour = ball(MIDDLE, 10)
    away = distance_to(tumour, GRID.spacing)
    true = np.zeros((*GRID.shape, 3))
    true[..., 1] = 3 * np.exp(-((np.maximum(away, 0) / 40) ** 2))
    found = Displacement(GRID, true + rng.normal(0, 1.5, true.shape))
    calm = calmed(found, ~tumour, away, 8.0, (100.0, 200.0))
    inner = (slice(5, -5),) * 3
    assert np.abs(found.data - true)[inner].mean() > 1.0
    assert np.abs(calm.data - true)[inner].mean() < 0.4


def test_a_movement_fades_away_from_the_tumour() -> None:
    away = distance_to(ball(MIDDLE, 6), GRID.spacing)
    found = Displacement(GRID, np.ones((*GRID.shape, 3)))
    calm = calmed(found, np.ones(GRID.shape, dtype=bool), away, 4.0, (10.0, 25.0))
    assert not calm.data[away >= 25].any()
    np.testing.assert_allclose(calm.data[(away <= 10)], 1.0, atol=1e-3)
    assert (np.diff(fading(np.linspace(0, 40, 50), (10.0, 25.0))) <= 0).all()


def test_tissue_that_was_not_matched_follows_its_surroundings() -> None:
    hole = ball(MIDDLE, 8)
    data = np.where(hole[..., None], -50.0, 2.0) * np.ones(3)
    calm = calmed(Displacement(GRID, data), ~hole, np.zeros(GRID.shape), 6.0, (10.0, 20.0))
    np.testing.assert_allclose(calm.data[hole], 2.0, atol=0.01)


def test_likeness_knows_neither_shading_nor_contrast_but_shift() -> None:
    rng = np.random.default_rng(2)
    rough = rng.normal(size=GRID.shape)
    image = Volume(GRID, np.cumsum(rough, axis=0) / 3, "T1C", "")
    where = ball(MIDDLE, 30)
    shading = 1 + 0.3 * (all_places(GRID)[..., 0] - MIDDLE[0]) / 40
    darker = image.with_data(500 - 2 * image.data * shading)
    assert local_likeness(image, image, where) == pytest.approx(1, abs=1e-6)
    assert local_likeness(image, darker, where) > 0.95
    moved = image.with_data(np.roll(image.data, 2, axis=1))
    assert local_likeness(image, moved, where) < 0.3


def test_likeness_over_nothing_is_undefined() -> None:
    image = Volume(GRID, np.random.default_rng(1).normal(size=GRID.shape), "T1C", "")
    assert np.isnan(local_likeness(image, image, np.zeros(GRID.shape, dtype=bool)))
    unknown = image.with_data(np.full(GRID.shape, np.nan))
    assert np.isnan(local_likeness(image, unknown, ball(MIDDLE, 9)))
