"""Where a plan points, on small scenes whose answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gliofront.evaluation.location import (
    NO_LESION,
    centroid_hit,
    hot_spots,
    nearest_edge_hit,
    surface_distance,
)
from gliofront.evaluation.scores import NO_PROGRESSION

ONE = np.ones(3)


def cube(side):
    return np.stack(np.indices((side, side, side)), -1).reshape(-1, 3)


def ball(voxel, centre, radius):
    return np.linalg.norm(voxel - np.array(centre), axis=1) <= radius


def test_centroid_of_a_bent_progression_is_one_of_its_voxels():
    voxel = cube(9)
    ring = ball(voxel, (4, 4, 4), 4) & ~ball(voxel, (4, 4, 4), 3) & (voxel[:, 0] > 3)
    points = voxel[ring]
    nearest = points[np.argmin(np.square(points - points.mean(0)).sum(1))]
    assert centroid_hit(voxel, ring, (voxel == nearest).all(1), ONE).value == 1
    assert centroid_hit(voxel, ring, ~(voxel == nearest).all(1), ONE).value == 0


def test_centroid_is_taken_in_millimetres():
    voxel = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 9, 0]])
    progression = np.ones(4, bool)
    for spacing, middle in ((np.array([1.0, 1, 1]), 2), (np.array([9.0, 0.1, 1]), 2)):
        plan = np.arange(4) == middle
        assert centroid_hit(voxel, progression, plan, spacing).value == 1


def test_nearest_edge_needs_half_of_the_equally_near():
    distance = np.array([2.0, 2.0, 2.0, 9.0, 1.0])
    progression = np.array([1, 1, 1, 1, 0], bool)
    assert nearest_edge_hit(progression, np.array([1, 1, 0, 0, 0], bool), distance).value == 1
    assert nearest_edge_hit(progression, np.array([1, 0, 0, 1, 1], bool), distance).value == 0


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (2.0, 1.0, 0.5)])
def test_surfaces_of_shifted_balls(spacing):
    voxel = cube(21)
    one, other = ball(voxel, (8, 10, 10), 5), ball(voxel, (12, 10, 10), 5)
    same = surface_distance(voxel, one, one, np.array(spacing))
    assert same["mean_mm"].value == same["hausdorff_95_mm"].value == 0
    found = surface_distance(voxel, one, other, np.array(spacing))
    assert found["mean_mm"].value < found["hausdorff_95_mm"].value <= 4 * spacing[0]
    assert found["hausdorff_95_mm"].value > 2 * spacing[0]


def test_surface_leaves_the_inside_out():
    voxel = cube(11)
    full, shell = ball(voxel, (5, 5, 5), 5), ball(voxel, (5, 5, 5), 5) & ~ball(voxel, (5, 5, 5), 3)
    found = surface_distance(voxel, full, full & (voxel[:, 0] > -1), ONE)
    assert found["mean_mm"].value == 0
    assert surface_distance(voxel, full, shell, ONE)["mean_mm"].value > 0


def scene():
    """Two lesions; the map peaks in one, beside the other, and at a place of no lesion."""
    voxel = cube(24)
    first, second = ball(voxel, (5, 5, 5), 3), ball(voxel, (18, 18, 18), 3)
    spots = [((5, 5, 5), 1.0), ((18, 5, 5), 0.9), ((18, 18, 16), 0.8), ((5, 18, 5), 0.7)]
    p = sum(h * np.exp(-np.square(voxel - np.array(c)).sum(1) / 8) for c, h in spots)
    return voxel, p, first | second


def test_lesions_found_against_false_hot_spots():
    voxel, p, progression = scene()
    found = hot_spots(voxel, p, progression, np.zeros(p.size), 0.001, smallest_ml=0.01)
    assert found.lesions == 2
    assert [found.sensitivity(n).value for n in (0, 1, 2)] == [0.5, 1.0, 1.0]
    assert found.false.max() == 2
    # What was shown stays shown, though the whole region is one hot spot.
    assert (found.found[-1], found.false[-1]) == (2, 2)
    assert found.plan_ml[-1] == pytest.approx(24**3 * 0.001)


def test_a_constant_map_points_to_the_nearest_voxel_only():
    voxel, _, progression = scene()
    distance = np.linalg.norm(voxel - 12.0, axis=1)
    found = hot_spots(voxel, np.full(len(voxel), 0.2), progression, distance, 0.001)
    assert found.false.max() == 1
    assert found.sensitivity(4).value == found.sensitivity(0).value == 0


def test_small_lesions_do_not_count_and_nothing_is_undefined():
    voxel, p, _ = scene()
    speck = (voxel == 5).all(1)
    found = hot_spots(voxel, p, speck, np.zeros(p.size), 0.001)
    assert found.sensitivity(1).reason == NO_LESION
    nothing = np.zeros_like(speck)
    assert centroid_hit(voxel, nothing, speck, ONE).reason == NO_PROGRESSION
    assert nearest_edge_hit(nothing, speck, p).reason == NO_PROGRESSION
    assert surface_distance(voxel, nothing, speck, ONE)["mean_mm"].reason == NO_PROGRESSION
    empty = surface_distance(voxel, speck, nothing, ONE)["hausdorff_95_mm"]
    assert math.isnan(empty.value)
    assert empty.reason == "the plan is empty"
