from __future__ import annotations

import numpy as np
import pytest

from gliofront.image.grid import Grid
from gliofront.regions.progression import (
    progression_parts,
    progression_share,
    progression_target,
)

GRID = Grid(np.diag([2.0, 2.0, 2.0, 1.0]), (60, 30, 20))


def box(*edges: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(GRID.shape, dtype=bool)
    mask[tuple(slice(*edge) for edge in edges)] = True
    return mask


TUMOUR = box((10, 14), (10, 14), (8, 12))


def test_what_enhanced_before_is_no_target_nor_what_lies_outside_the_brain() -> None:
    brain = box((0, 30), (0, 30), (0, 20))
    after = box((12, 40), (10, 14), (8, 12))
    target = progression_target(after, TUMOUR, brain)
    assert not (target & TUMOUR).any()
    assert not (target & ~brain).any()
    assert target.sum() == (after & ~TUMOUR & brain).sum() > 0


def test_parts_by_distance_and_connection() -> None:
    # Tumour ends at x index 13: 20 mm reach to index 23.
    long, far = box((14, 30), (10, 14), (8, 12)), box((45, 50), (10, 14), (8, 12))
    parts = progression_parts(long | far, TUMOUR, GRID)
    local, beyond, distant = (parts.mask(name) for name in ("local", "beyond", "distant"))
    np.testing.assert_array_equal(distant, far)
    np.testing.assert_array_equal(local | beyond, long)
    assert np.flatnonzero(local.any(axis=(1, 2))).max() == 23
    assert np.flatnonzero(beyond.any(axis=(1, 2))).min() == 24


def test_no_progression_has_no_parts() -> None:
    assert not progression_parts(np.zeros(GRID.shape, dtype=bool), TUMOUR, GRID).data.any()


def test_the_share_is_that_of_the_repeats() -> None:
    targets = [box((14, 14 + n), (10, 14), (8, 12)) for n in (2, 4, 6, 8)]
    share = progression_share(iter(targets))
    assert share.dtype == np.float32
    assert share[14, 11, 9] == 1
    assert share[17, 11, 9] == pytest.approx(0.75)
    assert share[21, 11, 9] == pytest.approx(0.25)
    assert share[23, 11, 9] == 0
