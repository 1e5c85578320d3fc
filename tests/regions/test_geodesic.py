"""Distance around barriers, against what geometry says."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy import ndimage

from gliofront.regions.geodesic import geodesic_distance


def point(shape, place):
    source = np.zeros(shape, bool)
    source[place] = True
    return source


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.8, 1.0, 3.0)])
def test_without_a_barrier_it_is_the_euclidean_distance(spacing):
    source = point((17, 15, 13), (5, 7, 6)) | point((17, 15, 13), (12, 2, 6))
    found = geodesic_distance(source, np.ones_like(source), spacing)
    want = ndimage.distance_transform_edt(~source, sampling=spacing)
    np.testing.assert_allclose(found, want, atol=1e-9)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (1.0, 0.7, 2.0)])
def test_around_the_edge_of_a_wall(spacing):
    source = point((49, 49, 13), (16, 16, 6))
    allowed = np.ones_like(source)
    allowed[24, :29] = False
    found = geodesic_distance(source, allowed, spacing)
    i, j, k = np.indices(source.shape).astype(float)
    shadow = (i > 25) & (j < 27)
    # The shortest path in the plane of a box's edge, unfolded; the wall is one voxel thick.
    x, y, z = spacing
    before = np.hypot(7.5 * x, 12.5 * y)
    after = np.hypot((i - 24.5) * x, (j - 28.5) * y)
    path = np.sqrt((before + x + after) ** 2 + ((k - 6) * z) ** 2)
    error = (found - path)[shadow]
    # Bends lie at voxel centres, a part of a voxel wide of the edge.
    assert error.min() > -0.3 * min(x, y)
    assert error.max() < 1.2 * max(x, y)
    assert np.median(np.abs(error) / path[shadow]) < 0.025


def test_a_detour_of_many_bends():
    allowed = np.ones((31, 15, 3), bool)
    allowed[5:30:10, :12], allowed[10:30:10, 3:] = False, False
    source = point(allowed.shape, (0, 0, 1))
    found = geodesic_distance(source, allowed, (1, 1, 1))
    # Five walls of one voxel, each passed at the other end.
    ends = [(5, 11.5), (10, 2.5), (15, 11.5), (20, 2.5), (25, 11.5)]
    stops = [(0, 0), *[(x + side, y) for x, y in ends for side in (-0.5, 0.5)], (30, 0)]
    want = np.linalg.norm(np.diff(stops, axis=0), axis=1).sum()
    # A part of a voxel each.
    assert want < found[30, 0, 1] < want + 5


@pytest.mark.parametrize("normal", [(1, 1, 0), (1, 1, 1), (2, 1, 0), (3, -2, 1)])
def test_an_oblique_barrier_of_one_voxel_holds(normal):
    place = np.indices((21, 21, 21)).reshape(3, -1).T - 10
    side = (place @ np.array(normal)).reshape(21, 21, 21)
    thick = np.abs(normal).max()
    allowed = (side < 0) | (side >= thick)
    source = point(allowed.shape, (10, 10, 10)) if side[10, 10, 10] < 0 else side == side.min()
    found = geodesic_distance(source, allowed, (1, 1, 1))
    assert np.isfinite(found[side < 0]).all()
    assert np.isinf(found[side >= 0]).all()


def test_is_never_below_the_straight_line_nor_above_steps_between_faces():
    rng = np.random.default_rng(3)
    allowed = ndimage.gaussian_filter(rng.normal(size=(20, 22, 18)), 1.5) > -0.02
    source = allowed & (np.indices(allowed.shape).sum(0) < 12)
    spacing = (1.0, 1.2, 1.5)
    found = geodesic_distance(source, allowed, spacing)
    straight = ndimage.distance_transform_edt(~source, sampling=spacing)
    reached = ndimage.binary_propagation(source, mask=allowed | source)
    assert np.array_equal(np.isfinite(found), reached)
    assert (found >= straight - 1e-9).all()
    assert (found > straight + 0.5)[reached].any()
    for axis, size in enumerate(spacing):
        here, there = np.moveaxis(found, axis, 0)[1:], np.moveaxis(found, axis, 0)[:-1]
        both = np.isfinite(here) & np.isfinite(there)
        assert np.abs(here[both] - there[both]).max() <= size + 0.02


def test_limit_and_nothing_to_start_from():
    source = point((31, 31, 3), (8, 15, 1))
    allowed = np.ones_like(source)
    allowed[12, 4:] = False
    free = geodesic_distance(source, allowed, (1, 1, 1))
    held = geodesic_distance(source, allowed, (1, 1, 1), limit_mm=12.0)
    margin = held <= 12.0
    assert np.array_equal(np.isfinite(held), margin)
    np.testing.assert_allclose(held[margin], free[margin], atol=0.05)
    assert np.count_nonzero(margin ^ (free <= 12.0)) <= 3
    assert margin[source].all()
    assert not margin[13:, 15:].any()
    assert np.isinf(geodesic_distance(np.zeros_like(source), allowed, (1, 1, 1))).all()


@pytest.mark.slow
def test_a_region_of_a_whole_hemisphere_takes_seconds():
    place = np.indices((100, 100, 100)) - 50.0
    allowed = np.linalg.norm(place, axis=0) < 49
    allowed[55:57, :65] = False
    source = np.linalg.norm(place + np.array([12, 10, 0])[:, None, None, None], axis=0) < 12
    start = time.process_time()
    found = geodesic_distance(source, allowed, (1, 1, 1))
    assert time.process_time() - start < 20
    assert np.isfinite(found[allowed]).all()
