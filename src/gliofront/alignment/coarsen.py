"""Fewer voxels of an image, for a search from coarse to fine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gliofront.image.grid import Grid
from gliofront.image.volume import Volume


def _block_means(data: NDArray[np.float32], factors: list[int]) -> NDArray[np.float32]:
    """Average blocks along each axis; an incomplete last block is dropped."""
    for axis, factor in enumerate(factors):
        size = data.shape[axis] // factor
        whole = data[(slice(None),) * axis + (slice(size * factor),)]
        split = (*whole.shape[:axis], size, factor, *whole.shape[axis + 1 :])
        data = whole.reshape(split).mean(axis=axis + 1, dtype=np.float32)
    return data


def _defined_block_means(data: NDArray[np.float32], factors: list[int]) -> NDArray[np.float32]:
    """Average the defined voxels of each block; NaN where they are fewer than half of it."""
    defined = ~np.isnan(data)
    share = _block_means(defined.astype(np.float32), factors)
    total = _block_means(np.where(defined, data, np.float32(0)), factors)
    enough = share >= 0.5
    return np.where(enough, total / np.where(enough, share, np.float32(1)), np.float32(np.nan))


def coarsen(volume: Volume, spacing_mm: float) -> Volume:
    """Average whole blocks of voxels until each axis is near the spacing, never finer than it was.

    A thick slice stays as it is. A block of which less than half is defined becomes NaN.

    >>> fine = Volume(Grid(np.diag([1.0, 1, 5, 1]), (8, 8, 3)), np.ones((8, 8, 3)), "T1", "")
    >>> coarse = coarsen(fine, 2.0)
    >>> coarse.grid.shape, coarse.grid.spacing.tolist(), coarse.grid.origin.tolist()
    ((4, 4, 3), [2.0, 2.0, 5.0], [0.5, 0.5, 0.0])
    """
    shape = np.array(volume.grid.shape)
    factors = np.clip(np.rint(spacing_mm / volume.grid.spacing), 1, shape).astype(np.int64)
    if factors.max() == 1:
        return volume
    average = _defined_block_means if np.isnan(volume.data).any() else _block_means
    data = average(volume.data, factors.tolist())
    affine = volume.grid.affine.copy()
    affine[:3, :3] *= factors
    affine[:3, 3] = volume.grid.to_world((factors - 1) / 2.0)
    return Volume(Grid(affine, data.shape), data, volume.quantity, volume.unit)
