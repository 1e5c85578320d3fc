from __future__ import annotations

import numpy as np

from gliofront.growth.blocks import blocks_around


def test_blocks_cover_the_mask_and_keep_its_volume() -> None:
    rng = np.random.default_rng(0)
    mask = np.zeros((12, 13, 9), dtype=bool)
    mask[1:10, 2:13, 1:8] = rng.random((9, 11, 7)) > 0.5
    blocks = blocks_around(mask, np.array([1.0, 1.0, 2.0]), 2.0)
    assert blocks.factors == (2, 2, 1)
    assert blocks.spacing.tolist() == [2.0, 2.0, 2.0]
    assert blocks.mean(mask[blocks.box]).sum() * 4 == np.count_nonzero(mask)


def test_blocks_are_never_finer_than_the_voxels() -> None:
    assert blocks_around(np.ones((4, 4, 4), bool), np.full(3, 3.0), 1.0).factors == (1, 1, 1)


def test_a_slope_comes_back_between_the_outermost_centres() -> None:
    slope = np.broadcast_to(np.arange(11.0)[:, None, None], (11, 6, 6))
    blocks = blocks_around(np.ones(slope.shape, bool), np.ones(3), 2.0)
    coarse = blocks.mean(slope)
    back = blocks.to_voxels(coarse, np.ones(coarse.shape, bool))
    assert back.shape == slope.shape
    assert np.allclose(back[1:9], slope[1:9])


def test_nothing_is_read_across_unknown_blocks() -> None:
    blocks = blocks_around(np.ones((12, 2, 2), bool), np.ones(3), 2.0)
    values = np.array([1.0, 1, 1, 9, 0, 0]).reshape(6, 1, 1)
    known = np.array([1, 1, 1, 0, 1, 1], bool).reshape(6, 1, 1)
    back = blocks.to_voxels(values, known)[:, 0, 0]
    assert np.allclose(back[:7], 1)
    assert not back[7:].any()
