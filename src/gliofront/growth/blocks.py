"""Blocks of voxels: a coarser grid for growth, and the way back to the voxels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Blocks:
    """Whole blocks of voxels over a box of a grid; the last block of an axis may reach beyond it.

    Parameters
    ----------
    box : the voxels that are covered.
    factors : voxels in a block along each axis.
    spacing : size of a block, mm, (3,).
    """

    box: tuple[slice, slice, slice]
    factors: tuple[int, int, int]
    spacing: FloatArray

    def mean(self, values: NDArray[np.generic]) -> FloatArray:
        """Average covered voxels (x, y, z) over each block; what lies beyond the box counts as 0.

        >>> pairs = Blocks((slice(1, 4), slice(0, 1), slice(0, 1)), (2, 1, 1), np.ones(3))
        >>> pairs.mean(np.array([1.0, 3, 5]).reshape(3, 1, 1)).ravel().tolist()
        [2.0, 2.5]
        """
        beyond = [(0, -n % f) for n, f in zip(values.shape, self.factors, strict=True)]
        padded = np.pad(values, beyond).astype(np.float64, copy=False)
        split = [m for n, f in zip(padded.shape, self.factors, strict=True) for m in (n // f, f)]
        return np.asarray(padded.reshape(split).mean(axis=(1, 3, 5)))

    def to_voxels(self, values: FloatArray, known: BoolArray) -> FloatArray:
        """Interpolate between the centres of known blocks, linearly, at the covered voxels.

        Unknown blocks have no weight, so that nothing is read across them; a voxel with none but
        unknown blocks about it gets 0.

        Parameters
        ----------
        values, known : one a block.
        """
        held = np.where(known, values, 0.0)
        if max(self.factors) == 1:
            return held
        weight = self._between(known.astype(np.float64))
        total = self._between(held)
        return np.divide(total, weight, out=np.zeros_like(total), where=weight > 1e-9)

    def _between(self, values: FloatArray) -> FloatArray:
        """Interpolate between the centres of all blocks at the covered voxels."""
        finer = ndimage.zoom(values, self.factors, order=1, mode="nearest", grid_mode=True)
        x, y, z = (s.stop - s.start for s in self.box)
        return np.asarray(finer[:x, :y, :z])


def blocks_around(mask: BoolArray, spacing: FloatArray, working_mm: float) -> Blocks:
    """Return blocks near a size, never finer than the voxels, over the mask's bounding box.

    Parameters
    ----------
    mask : (X, Y, Z), not empty.
    spacing : size of its voxels, mm, (3,).
    working_mm : wanted size of the blocks.
    """
    across, along, up = ndimage.find_objects(mask.astype(np.uint8))[0]
    a, b, c = (max(1, round(working_mm / float(s))) for s in spacing)
    return Blocks((across, along, up), (a, b, c), np.asarray(spacing * np.array([a, b, c])))
