"""The parts of a patient that go through the U-Net at once, and how they are blended."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gliofront.learning.unet.volumes import box_of, rounded_up, rows_inside

# Multiples of the stride; a quarter of each axis is seen twice: assumed.
_TILE, _STEP = 64, 48


@dataclass(frozen=True, eq=False)
class Tile:
    """A box of the working grid.

    Parameters
    ----------
    size : (3,) multiples of `STRIDE`.
    rows : (k,) that lie in it.
    place : (k, 3) where, from its lowest corner.
    share : (k,) of what is said of each row that is this tile's; over all tiles it sums to 1.
    """

    size: NDArray[np.int64]
    rows: NDArray[np.intp]
    place: NDArray[np.int64]
    share: NDArray[np.float64]


def tiles_of(voxel: NDArray[np.integer], most: int) -> list[Tile]:
    """Return tiles that cover all rows: one if its box has at most so many voxels.

    Otherwise tiles overlap, and each counts less towards its border (Isensee et al., Nat Methods
    18:203, 2021, with a Gaussian where here a straight line falls).

    Parameters
    ----------
    voxel : (n, 3) grid indices, at least one.
    most : voxels.
    """
    low, size = box_of(voxel)
    whole = rounded_up(size)
    one = whole if math.prod(whole.tolist()) <= most else np.minimum(whole, _TILE)
    corners = itertools.product(*(_starts(a, b) for a, b in zip(whole, one, strict=True)))
    tiles = [_tile(voxel, low + np.array(corner), one) for corner in corners]
    total = np.zeros(len(voxel))
    for tile in tiles:
        total[tile.rows] += tile.share
    return [replace(t, share=t.share / total[t.rows]) for t in tiles if t.rows.size]


def _starts(whole: int, tile: int) -> list[int]:
    """Return where tiles begin along an axis, evenly."""
    count = -(-(whole - tile) // _STEP) + 1
    return [round(start) for start in np.linspace(0, whole - tile, count)]


def _tile(voxel: NDArray[np.integer], low: NDArray[np.int64], size: NDArray[np.int64]) -> Tile:
    rows = rows_inside(voxel, low, size)
    place = voxel[rows] - low
    tent = np.minimum(place + 1, size - place).prod(axis=1)
    return Tile(size, rows, place, tent.astype(np.float64))
