import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gliofront.regions.diameters import largest_diameters

SPACINGS = [(1.0, 1.0, 1.0), (0.5, 0.5, 5.0), (0.9, 0.45, 3.0), (1.0, 2.0, 1.0)]


def ellipsoid(axes, degrees, spacing, half=24.0, centre=(0.3, -0.2, 0.1)):
    """Semi-axes in mm; turned about the third axis."""
    sides = [np.arange(-half, half + s / 2, s) - c for s, c in zip(spacing, centre, strict=True)]
    x, y, z = np.meshgrid(*sides, indexing="ij")
    turn = math.radians(degrees)
    along = x * math.cos(turn) + y * math.sin(turn)
    across = y * math.cos(turn) - x * math.sin(turn)
    return (along / axes[0]) ** 2 + (across / axes[1]) ** 2 + (z / axes[2]) ** 2 <= 1


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("degrees", [0, 27, 45, 90, 118])
@pytest.mark.parametrize("axes", [(20.0, 10.0, 9.0), (12.0, 9.0, 15.0), (16.0, 4.0, 6.0)])
def test_diameters_of_an_ellipsoid(axes, degrees, spacing):
    found = largest_diameters(ellipsoid(axes, degrees, spacing), spacing)
    assert found == pytest.approx((2 * axes[0], 2 * axes[1]), abs=max(spacing[:2]))


def test_between_rounded_ends_half_a_voxel_is_too_much():
    """One voxel width is added: none would read half a voxel short, two would read 1.5 long."""
    errors = []
    for degrees in range(0, 180, 10):
        found = largest_diameters(ellipsoid((15.0, 8.0, 4.0), degrees, (1.0, 1.0, 4.0)), (1, 1, 4))
        errors.append(np.subtract(found, (30.0, 16.0)))
    assert np.mean(errors, axis=0) == pytest.approx((0.5, 0.5), abs=0.2)


@pytest.mark.parametrize(
    ("spacing", "expected"),
    [((1.0, 1.0, 5.0), (1.0, 1.0)), ((0.5, 2.0, 1.0), (2.0, 0.5)), ((2.0, 0.5, 9.0), (2.0, 0.5))],
)
def test_one_voxel_measures_its_sides(spacing, expected):
    mask = np.zeros((5, 5, 5), bool)
    mask[2, 3, 1] = True
    assert largest_diameters(mask, spacing) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("box", "spacing", "expected"),
    [
        ((6, 1), (1.0, 1.0, 1.0), (6.0, 1.0)),
        ((1, 6), (1.0, 1.0, 1.0), (6.0, 1.0)),
        ((6, 1), (0.5, 2.0, 1.0), (3.0, 2.0)),
        ((2, 1), (0.5, 2.0, 1.0), (2.0, 1.0)),
    ],
)
def test_a_row_of_voxels(box, spacing, expected):
    mask = np.zeros((8, 8, 3), bool)
    mask[1 : 1 + box[0], 1 : 1 + box[1], 1] = True
    assert largest_diameters(mask, spacing) == pytest.approx(expected)


def test_a_diagonal_row_is_as_long_as_it_is():
    mask = np.zeros((8, 8, 1), bool)
    mask[range(1, 6), range(1, 6), 0] = True
    assert largest_diameters(mask, (1, 1, 1)) == pytest.approx((4 * math.sqrt(2) + 1, 1.0))


def test_of_a_right_triangle():
    """Legs of 30 and 40 mm: the longest side is 50, the height on it 24."""
    x, y = np.meshgrid(np.arange(301), np.arange(401), indexing="ij")
    mask = (4 * x + 3 * y <= 1200)[:, :, None]
    assert largest_diameters(mask, (0.1, 0.1, 1.0)) == pytest.approx((50.1, 24.1), abs=0.01)


def test_a_line_within_the_outline_and_not_the_outline_width():
    """Of a slanted band the longest line across is shorter than the band is wide."""
    mask = np.zeros((41, 41, 1), bool)
    for step in range(21):
        mask[step : step + 11, 10 + step : 12 + step, 0] = True
    corners = np.array([(0, 10), (10, 10), (30, 31), (20, 31)], float)
    long = np.hypot(30, 21) + 1
    found = largest_diameters(mask, (1, 1, 1))
    assert found[0] == pytest.approx(long)
    normal = np.array([-21, 30]) / np.hypot(30, 21)
    width = np.ptp(corners @ normal) + 1
    assert found[1] < width - 1


def test_both_diameters_are_of_the_slice_with_the_longest():
    mask = np.zeros((30, 30, 3), bool)
    mask[2:22, 5:7, 0] = True
    mask[5:23, 5:23, 1][np.add.outer(np.arange(18) - 8.5, np.zeros(18)) ** 2 < 30] = True
    flat = largest_diameters(mask[:, :, :1], (1, 1, 1))
    thick = largest_diameters(mask[:, :, 1:], (1, 1, 1))
    assert flat[0] != thick[0]
    assert largest_diameters(mask, (1, 1, 1)) == max(flat, thick)
    assert largest_diameters(mask[:, :, ::-1], (1, 1, 1)) == max(flat, thick)


def test_of_equally_long_ones_the_longer_perpendicular_counts():
    mask = np.zeros((9, 9, 2), bool)
    mask[1:8, 4] = True
    mask[4, 2:7, 1] = True
    assert largest_diameters(mask, (1, 1, 1)) == pytest.approx((7, 5))
    assert largest_diameters(mask[:, :, ::-1], (1, 1, 1)) == pytest.approx((7, 5))


def test_an_empty_mask_has_none():
    assert all(map(math.isnan, largest_diameters(np.zeros((4, 4, 4), bool), (1, 1, 1))))


def brute_force(mask, spacing):
    """The longest line between two voxels of a slice, one voxel width added, by trying all."""
    best = 0.0
    size = np.asarray(spacing[:2])
    for z in range(mask.shape[2]):
        places = np.argwhere(mask[:, :, z]) * size
        for i, one in enumerate(places):
            best = max(best, size.max())
            for other in places[i + 1 :]:
                step = other - one
                apart = np.hypot(*step)
                best = max(best, apart + np.hypot(*(step / apart * size)))
    return best


masks = st.builds(
    lambda seed, share: np.random.default_rng(seed).random((6, 7, 2)) < share,
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.03, 0.1, 0.5, 0.95]),
)


@given(masks)
def test_the_longest_is_the_longest_of_all_pairs(mask):
    if mask.any():
        found = largest_diameters(mask, (1.0, 1.0, 3.0))
        assert found[0] == pytest.approx(brute_force(mask, (1.0, 1.0, 3.0)))
        assert 1.0 - 1e-9 <= found[1] <= found[0] + 1e-9


@given(masks, st.sampled_from([(1.0, 1.0, 1.0), (0.5, 1.25, 3.0)]))
def test_mirrors_and_turns_change_nothing(mask, spacing):
    turned = (spacing[1], spacing[0], spacing[2])
    alike = [
        largest_diameters(mask, spacing),
        largest_diameters(mask[::-1], spacing),
        largest_diameters(mask[:, ::-1], spacing),
        largest_diameters(mask[:, :, ::-1], spacing),
        largest_diameters(mask.transpose(1, 0, 2), turned),
        largest_diameters(np.pad(mask, 2), spacing),
    ]
    for one, other in pairwise(alike):
        assert one == pytest.approx(other, nan_ok=True)


@given(masks, st.integers(0, 2**32 - 1))
def test_more_lesion_is_never_shorter(mask, seed):
    if mask.any():
        more = mask | (np.random.default_rng(seed).random(mask.shape) < 0.1)
        spacing = (1.0, 1.0, 1.0)
        assert largest_diameters(more, spacing)[0] >= largest_diameters(mask, spacing)[0] - 1e-9
