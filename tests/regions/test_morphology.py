import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gliofront.image.grid import Grid
from gliofront.regions import morphology as m

SPACING = (1.0, 1.5, 3.0)
seeds = st.integers(0, 2**32 - 1)
radii = st.floats(0.5, 5.0)


def blobs(seed, share=0.6):
    rng = np.random.default_rng(seed)
    return m.smooth(rng.random((12, 10, 8)), 1.5, (1, 1, 1)) > np.quantile(rng.random(99), share)


@given(seeds, radii)
@settings(max_examples=30)
def test_opening_shrinks_and_closing_grows(seed, radius):
    mask = blobs(seed)
    assert not (m.opened(mask, radius, SPACING) & ~mask).any()
    assert not (mask & ~m.closed(mask, radius, SPACING)).any()


@given(seeds, radii)
@settings(max_examples=30)
def test_cropping_does_not_change_distances(seed, radius):
    mask = blobs(seed, 0.7)
    assert np.array_equal(m.dilate(mask, radius, SPACING), m.distance_to(mask, SPACING) <= radius)


def test_dilation_is_in_millimetres():
    mask = np.zeros((15, 15, 15), dtype=bool)
    mask[7, 7, 7] = True
    grown = m.dilate(mask, 3.0, SPACING)
    assert [int(grown.any(axis=a).any(axis=0).sum()) for a in (0, 1)] == [3, 3]
    assert grown[4:11, 7, 7].all()
    assert grown[7, 5:10, 7].all()
    assert not grown[7, 4, 7]


def test_the_array_edge_is_outside():
    assert m.depth_in(np.ones((3, 3, 3), dtype=bool), SPACING)[0, 1, 1] == 1.0
    assert not m.erode(np.ones((4, 4, 4), dtype=bool), 3.0, SPACING).any()


def test_hysteresis_and_parts():
    allowed = np.array([1, 1, 0, 1, 1, 1, 0, 1], dtype=bool).reshape(8, 1, 1)
    seeds_mask = np.zeros_like(allowed)
    seeds_mask[4] = True
    assert m.hysteresis(seeds_mask, allowed).ravel().tolist() == [0, 0, 0, 1, 1, 1, 0, 0]
    assert [int(p.sum()) for p in m.parts(allowed)] == [3, 2, 1]
    assert [int(p.sum()) for p in m.parts(allowed, 2)] == [3, 2]
    assert m.parts(np.zeros_like(allowed)) == []


@pytest.mark.parametrize("pad", [0, 2])
def test_box_and_its_grid(pad):
    mask = np.zeros((9, 9, 9), dtype=bool)
    mask[3:5, 4, 8] = True
    box = m.bounding_box(mask, pad)
    grid = Grid(np.diag([1.0, 2.0, 3.0, 1.0]), mask.shape)
    inner = m.sub_grid(grid, box)
    assert mask[box].sum() == 2
    first = [s.start for s in box]
    assert np.allclose(inner.to_world([0, 0, 0]), grid.to_world(first))
    assert inner.shape == mask[box].shape


def test_empty_masks():
    empty = np.zeros((3, 3, 3), dtype=bool)
    assert np.isinf(m.distance_to(empty, SPACING)).all()
    assert not m.dilate(empty, 2.0, SPACING).any()
    assert m.bounding_box(empty) == (slice(0, 3),) * 3
