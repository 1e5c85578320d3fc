import numpy as np
import pytest

from gliofront.regions.necrosis import fill_necrosis


def ring(shape=(40, 40, 40), outer=12, inner=9, spacing=(1.0, 1.0, 1.0)):
    axes = np.meshgrid(*map(np.arange, shape), indexing="ij")
    points = (np.stack(axes, -1) - (np.array(shape) - 1) / 2) * np.array(spacing)
    away = np.linalg.norm(points, axis=-1)
    return (away <= outer) & (away > inner), away <= inner, points


def fill(rim, spacing=(1.0, 1.0, 1.0), closing=3.0, largest=90.0):
    brain = np.ones_like(rim)
    return fill_necrosis(rim, brain, np.array(spacing), closing_mm=closing, largest_ml=largest)


def test_closed_ring():
    rim, inside, _ = ring()
    assert np.array_equal(fill(rim), inside)


def test_ring_with_gap_on_thick_slices():
    spacing = (1.0, 1.0, 3.0)
    rim, inside, points = ring(shape=(40, 40, 16), spacing=spacing)
    gap = (points[..., 0] > 0) & (np.abs(points[..., 1:]) < 2.5).all(-1)
    found = fill(rim & ~gap, spacing)
    assert np.mean(found[inside]) > 0.95
    assert np.count_nonzero(found & ~inside & ~gap) < 0.05 * np.count_nonzero(inside)


def test_a_bowl_is_not_filled():
    rim, inside, points = ring()
    bowl = rim & (points[..., 2] < 0)
    assert np.mean(fill(bowl)[inside & (points[..., 2] > 3)]) == 0


def test_large_holes_are_left():
    rim, _, _ = ring()
    assert not fill(rim, largest=1.0).any()


def test_outside_the_brain_nothing_is_filled():
    rim, inside, _ = ring()
    brain = ~inside
    found = fill_necrosis(rim, brain, np.ones(3), closing_mm=1.0, largest_ml=90.0)
    assert not found.any()


@pytest.mark.parametrize("rim", [np.zeros((5, 5, 5), dtype=bool)])
def test_nothing_from_nothing(rim):
    assert not fill(rim).any()
