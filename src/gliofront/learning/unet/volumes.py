"""From rows to dense volumes and back, on arrays alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STRIDE = 4
"""Sizes that the U-Net takes are multiples of this: it halves them twice."""


def box_of(voxel: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the smallest box around voxels: its lowest corner, (3,), and its size, (3,).

    Parameters
    ----------
    voxel : (n, 3) grid indices, at least one.

    >>> [found.tolist() for found in box_of(np.array([[2, 5, 5], [4, 5, 6]]))]
    [[2, 5, 5], [3, 1, 2]]
    """
    low = voxel.min(axis=0).astype(np.int64)
    return low, voxel.max(axis=0) - low + 1


def rounded_up(size: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return sizes as the next multiples of `STRIDE`.

    >>> rounded_up(np.array([1, 4, 5])).tolist()
    [4, 4, 8]
    """
    return (-(-size // STRIDE) * STRIDE).astype(np.int64)


def rows_inside(
    voxel: NDArray[np.integer], low: NDArray[np.integer], size: NDArray[np.integer]
) -> NDArray[np.intp]:
    """Return which rows lie in a box, rising."""
    return np.flatnonzero(((voxel >= low) & (voxel < low + size)).all(axis=1))


def scattered(
    values: NDArray[np.float32], place: NDArray[np.integer], size: NDArray[np.integer]
) -> NDArray[np.float32]:
    """Return the columns as volumes, (c, *size), 0 where there is no row.

    Parameters
    ----------
    values : (n, c).
    place : (n, 3) from 0 to below the size; no place twice.
    size : (3,).
    """
    volume = np.zeros((values.shape[1], *size), dtype=np.float32)
    volume[:, *place.T] = values.T
    return volume


def gathered(volume: NDArray[np.float32], place: NDArray[np.integer]) -> NDArray[np.float32]:
    """Return the values of volumes (c, *size) at places (n, 3) as columns, (n, c)."""
    return volume[:, *place.T].T
