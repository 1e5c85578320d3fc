"""Volumes packed into a page: eight bits a voxel of the brain's box, gzip, base64."""

from __future__ import annotations

import gzip
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import BoolArray, Float32Array, Volume

MOST_REGIONS = 16
_STEPS = 254
_BORDER = 2
_GZIP_LEVEL = 6

Box = tuple[slice, slice, slice]


@dataclass(frozen=True)
class Scale:
    """The values that the first and the last grey level stand for."""

    low: float
    high: float


def brain_box(brain: BoolArray) -> Box:
    """Return the smallest box (i, j, k) around a mask, with a border of two voxels.

    Raises
    ------
    InputRefused
        If the mask is empty.
    """
    if not brain.any():
        raise InputRefused("patient page", "the brain mask is empty", "give a brain mask")
    found = []
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        filled = np.flatnonzero(brain.any(axis=others))
        found.append(slice(max(int(filled[0]) - _BORDER, 0), int(filled[-1]) + _BORDER + 1))
    return found[0], found[1], found[2]


def box_grid(grid: Grid, box: Box) -> Grid:
    """Return the grid of a box of a grid."""
    affine = grid.affine.copy()
    affine[:3, 3] = grid.to_world([side.start for side in box])
    return Grid(affine, np.empty(grid.shape, dtype=bool)[box].shape)


def window(volume: Volume, brain: BoolArray) -> Scale:
    """Return the range that holds nearly all of an image inside the brain, as in the preview."""
    inside = volume.data[brain & np.isfinite(volume.data)]
    if not inside.size:
        return Scale(0.0, 1.0)
    low, high = (float(value) for value in np.percentile(inside, [1.0, 99.7]))
    return Scale(low, high if high > low else low + 1.0)


def grey_codes(data: Float32Array, scale: Scale) -> NDArray[np.uint8]:
    """Return values as codes: 0 undefined, 1 to 255 from low to high, beyond them the ends.

    >>> grey_codes(np.float32([np.nan, -1, 0, 5, 10, 99]), Scale(0.0, 10.0)).tolist()
    [0, 1, 1, 128, 255, 255]
    """
    share = (np.asarray(data, dtype=np.float64) - scale.low) / (scale.high - scale.low)
    codes = 1 + np.rint(_STEPS * np.clip(share, 0, 1))
    return np.where(np.isnan(codes), 0, codes).astype(np.uint8)


def bit_codes(masks: Sequence[BoolArray], shape: tuple[int, ...]) -> NDArray[np.uint16]:
    """Return masks (X, Y, Z) as one volume: bit n is set where the n-th is.

    Raises
    ------
    InputRefused
        If there are more masks than bits.
    """
    if len(masks) > MOST_REGIONS:
        problem = f"{len(masks)} regions are more than {MOST_REGIONS}"
        raise InputRefused("patient page", problem, "leave some out")
    codes = np.zeros(shape, dtype=np.uint16)
    for bit, mask in enumerate(masks):
        codes |= mask.astype(np.uint16) << np.uint16(bit)
    return codes


def packed(codes: NDArray[np.unsignedinteger]) -> str:
    """Return codes (X, Y, Z) as base64 of gzip, x fastest, low byte first; same codes, same text.

    >>> first = packed(np.arange(8, dtype=np.uint8).reshape(2, 2, 2))
    >>> from base64 import b64decode
    >>> list(gzip.decompress(b64decode(first)))
    [0, 4, 2, 6, 1, 5, 3, 7]
    """
    little = codes.astype(codes.dtype.newbyteorder("<"), copy=False)
    return b64encode(gzip.compress(little.tobytes(order="F"), _GZIP_LEVEL, mtime=0)).decode("ascii")
