"""The cube of voxels around each centre, cut by a mask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused

# Bounds the memory of a block whatever the radius: a (rows, cube) float64 array takes 8 MB.
_BLOCK_VALUES = 2**20


@dataclass(frozen=True, eq=False)
class Neighbourhoods:
    """Cubes around centres in one padded array.

    Parameters
    ----------
    padded : flat values of the padded box around all centres; NaN means outside.
    centres : (n,) positions of the centres in `padded`.
    offsets : (K,) steps from a centre to the K voxels of its cube, the centre among them.
    """

    padded: NDArray[np.floating]
    centres: NDArray[np.intp]
    offsets: NDArray[np.intp]

    def blocks(self, rows: int) -> Iterator[tuple[slice, NDArray[np.floating]]]:
        """Yield (rows of the centres, values (rows, K)), at most `rows` centres at a time."""
        rows = max(1, min(rows, _BLOCK_VALUES // self.offsets.size))
        for start in range(0, self.centres.size, rows):
            part = slice(start, min(start + rows, self.centres.size))
            yield part, self.padded[self.centres[part, None] + self.offsets]


def neighbourhoods(
    values: NDArray[np.floating],
    inside: NDArray[np.bool_],
    centres: NDArray[np.integer],
    radius: int,
) -> Neighbourhoods:
    """Cut cubes of `radius` voxels around the centres.

    Parameters
    ----------
    values : (X, Y, Z); a value that is not finite counts as outside.
    inside : (X, Y, Z) bool; a voxel outside counts in nothing.
    centres : (n, 3) voxel indices in the array.

    Raises
    ------
    InputRefused
        If shapes differ or a centre lies outside the array.
    """
    centres = np.asarray(centres).reshape(-1, 3)
    _check(values, inside, centres)
    if not len(centres):
        none = np.zeros(0, dtype=np.intp)
        return Neighbourhoods(np.zeros(0, dtype=values.dtype), none, np.zeros(1, dtype=np.intp))
    first = np.maximum(centres.min(0) - radius, 0)
    last = centres.max(0) + radius + 1
    box = tuple(slice(a, b) for a, b in zip(first, last, strict=True))
    cut = np.where(inside[box] & np.isfinite(values[box]), values[box], np.nan)
    padded = np.pad(cut.astype(values.dtype, copy=False), radius, constant_values=np.nan)
    steps = np.array([padded.shape[1] * padded.shape[2], padded.shape[2], 1])
    cube = np.stack(np.meshgrid(*[np.arange(-radius, radius + 1)] * 3, indexing="ij"), -1)
    return Neighbourhoods(
        padded=padded.ravel(),
        centres=((centres - first + radius) @ steps).astype(np.intp),
        offsets=(cube.reshape(-1, 3) @ steps).astype(np.intp),
    )


def _check(
    values: NDArray[np.floating], inside: NDArray[np.bool_], centres: NDArray[np.integer]
) -> None:
    if values.ndim != 3 or values.shape != inside.shape:
        problem = f"values of shape {values.shape} with a mask of shape {inside.shape}"
        raise InputRefused("features", problem, "give both on the same grid")
    if centres.size and (centres.min() < 0 or (centres >= values.shape).any()):
        raise InputRefused("features", "a centre lies outside the image", "give voxel indices")
