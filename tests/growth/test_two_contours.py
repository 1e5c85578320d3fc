from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from gliofront.foundation.errors import InputRefused
from gliofront.growth.fisher_kpp import Grain, Tissue, grow
from gliofront.growth.medium import Head, TissueShares
from gliofront.growth.settings import TwoContourSettings
from gliofront.growth.two_contours import fit_two_contours
from gliofront.image.grid import Grid
from gliofront.image.volume import LabelVolume

SETTINGS = TwoContourSettings()
SIZE = 60
BRAIN = np.ones((SIZE,) * 3, dtype=bool)
EVEN = Head(BRAIN, np.ones(3))


def distance(centre: float = (SIZE - 1) / 2) -> np.ndarray:
    """From a point of the x axis' middle, mm."""
    x, y, z = np.indices(BRAIN.shape)
    middle = (SIZE - 1) / 2
    return np.asarray(np.sqrt((x - centre) ** 2 + (y - middle) ** 2 + (z - middle) ** 2))


def ball(radius: float) -> np.ndarray:
    return distance() < radius


def shares(white: np.ndarray, grey: np.ndarray) -> TissueShares:
    return TissueShares(1.0 * white, 1.0 * grey, 1.0 - white - grey)


@pytest.mark.parametrize(
    ("length", "radius", "size", "spacing"),
    [(1.5, 15, 56, 1.0), (2.5, 10, 60, 1.0), (4, 14, 44, 2.0)],
)
def test_the_length_of_a_grown_ball_is_found_to_a_tenth(
    length: float, radius: float, size: int, spacing: float
) -> None:
    shape = (size,) * 3
    rho = 0.03
    voxel = np.full(3, spacing)
    tissue = Tissue(np.full(shape, rho * length**2), np.full(shape, rho), voxel)
    start = np.zeros(shape)
    start[(slice(size // 2 - 2, size // 2 + 2),) * 3] = 0.9
    wanted = 4 / 3 * np.pi * (radius / spacing) ** 3
    truth, _ = grow(start, tissue, 1e5, lambda u: np.count_nonzero(u >= 0.7) >= wanted)
    head = Head(np.ones(shape, dtype=bool), voxel)
    fit = fit_two_contours(truth >= 0.7, truth >= 0.25, head)
    assert fit.basis == "fitted"
    assert fit.reason == ""
    assert fit.length_mm == pytest.approx(length, rel=0.1)
    assert abs(fit.enhancing.volume_error) < 0.1
    assert abs(fit.flair.volume_error) < 0.03
    assert fit.flair.dice > 0.97
    assert np.sqrt(np.mean((fit.density - truth)[truth > 0.01] ** 2)) < 0.05


def test_density_falls_outward_and_lies_between_none_and_all() -> None:
    fit = fit_two_contours(ball(10), ball(18), EVEN)
    rings = [fit.density[np.abs(distance() - r) < 0.5].mean() for r in range(2, 28, 3)]
    assert (np.diff(rings) < 0).all()
    assert fit.density.dtype == np.float32
    assert fit.density.min() >= 0
    assert fit.density.max() <= 1


def test_a_wider_flair_means_a_longer_length() -> None:
    near, far = (fit_two_contours(ball(10), ball(r), EVEN) for r in (16, 20))
    assert near.length_mm < far.length_mm


def test_the_same_input_gives_the_same_bytes() -> None:
    one, other = (fit_two_contours(ball(8), ball(14), EVEN) for _ in range(2))
    assert one.density.tobytes() == other.density.tobytes()
    assert one.length_mm == other.length_mm


def test_without_flair_a_population_length_is_used_and_said() -> None:
    fit = fit_two_contours(ball(10), None, EVEN)
    assert fit.basis == "population"
    assert fit.length_mm == SETTINGS.default_length_mm
    assert "no FLAIR" in fit.reason
    assert np.isnan(fit.flair.dice)
    assert fit.enhancing.dice > 0.9


@pytest.mark.parametrize(
    ("enhancing", "flair", "word"),
    [
        (ball(0), ball(10), "no enhancing tumour"),
        (ball(10), ball(0), "no FLAIR abnormality beyond"),
        (ball(10), ball(9), "no FLAIR abnormality beyond"),
    ],
)
def test_what_cannot_be_fitted_is_undefined_with_a_reason(
    enhancing: np.ndarray, flair: np.ndarray, word: str
) -> None:
    fit = fit_two_contours(enhancing, flair, EVEN)
    assert fit.basis == "undefined"
    assert word in fit.reason
    assert np.isnan(fit.density).all()
    assert np.isnan(fit.length_mm)


def test_a_tumour_outside_the_brain_is_undefined() -> None:
    fit = fit_two_contours(ball(5), ball(9), replace(EVEN, brain=BRAIN & (distance() > 12)))
    assert fit.basis == "undefined"


def test_a_length_at_a_bound_is_said() -> None:
    fit = fit_two_contours(ball(8), ball(25), EVEN, TwoContourSettings(longest_mm=3.0))
    assert fit.basis == "bound"
    assert fit.length_mm == pytest.approx(3.0)
    assert fit.flair.volume_error < -0.1


def test_no_cells_in_fluid_and_nothing_outside_the_brain() -> None:
    fluid = np.zeros_like(BRAIN)
    fluid[38:46] = True
    brain = BRAIN.copy()
    brain[:, :4] = False
    head = Head(brain, np.ones(3), shares(~fluid, np.zeros(BRAIN.shape)))
    fit = fit_two_contours(ball(8), ball(14), head)
    assert np.array_equal(np.isnan(fit.density), ~brain)
    assert not fit.density[brain & fluid].any()
    assert not fit.density[46:][brain[46:]].any()
    assert fit.density[30, 30, 46] > 0.01


def test_no_cells_cross_a_barrier_of_one_voxel() -> None:
    barrier = np.zeros_like(BRAIN)
    barrier[39] = True
    free = fit_two_contours(ball(8), ball(13), EVEN)
    held = fit_two_contours(ball(8), ball(13), replace(EVEN, barrier=barrier))
    assert free.density[42, 30, 30] > 0.1
    assert held.density[36, 30, 30] > 0.1
    assert not held.density[39:].any()


def test_grey_matter_holds_cells_back_but_swollen_matter_counts_as_white() -> None:
    grey = np.zeros_like(BRAIN)
    grey[30:] = True
    head = replace(EVEN, shares=shares(~grey, grey))
    trusting = TwoContourSettings(oedema_is_white=False)
    fits = [fit_two_contours(ball(8), ball(14), head, s) for s in (SETTINGS, trusting)]
    assert fits[1].density[44, 30, 30] < 0.5 * fits[1].density[15, 30, 30]
    assert fits[0].density[42, 30, 30] > 2 * fits[1].density[42, 30, 30]


def test_cells_spread_along_fibres() -> None:
    direction = np.zeros((*BRAIN.shape, 3))
    direction[..., 1] = 1
    direction[:2] = np.nan
    grain = Grain(direction, np.full(BRAIN.shape, 6.0))
    fit = fit_two_contours(ball(8), ball(13), replace(EVEN, grain=grain))
    assert fit.density[30, 44, 30] > 2 * fit.density[44, 30, 30]
    assert fit.density[44, 30, 30] == pytest.approx(fit.density[30, 30, 44], rel=0.02)


def test_both_of_two_foci_keep_cells() -> None:
    foci = (distance(16.5) < 7) | (distance(42.5) < 7)
    fit = fit_two_contours(foci, None, EVEN, TwoContourSettings(default_length_mm=1.5))
    assert fit.density[16, 30, 30] > 0.7
    assert fit.density[42, 30, 30] > 0.7
    assert fit.density[29, 30, 30] < 0.55
    assert fit.enhancing.dice > 0.85


def test_labels_become_shares_by_name() -> None:
    data = np.array([0, 1, 2, 3], dtype=np.uint8).reshape(4, 1, 1)
    grid = Grid(np.eye(4), (4, 1, 1))
    found = TissueShares.of_labels(LabelVolume(grid, data, {1: "csf", 2: "grey", 3: "white"}))
    assert found.white.ravel().tolist() == [0, 0, 0, 1]
    assert found.fluid.ravel().tolist() == [0, 1, 0, 0]
    with pytest.raises(InputRefused, match="no label is named"):
        TissueShares.of_labels(LabelVolume(grid, data, {1: "csf", 2: "matter", 3: "other"}))


def test_masks_of_another_grid_are_refused() -> None:
    small = np.ones((4, 4, 4), dtype=bool)
    with pytest.raises(InputRefused, match="enhancing tumour"):
        fit_two_contours(small, None, EVEN)
    with pytest.raises(InputRefused, match="barrier"):
        replace(EVEN, barrier=small)
    with pytest.raises(InputRefused, match="three lengths"):
        replace(EVEN, spacing=np.array([1.0, 0.0, 1.0]))


@pytest.mark.parametrize("wrong", [{"flair_density": 0.5, "enhancing_density": 0.4}, {"a": 1}])
def test_settings_that_contradict_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        TwoContourSettings(**wrong)
