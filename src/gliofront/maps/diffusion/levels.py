"""Coarser grids whose voxel axes stay those of the image, since distortion follows one of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gliofront.image.grid import FloatArray, Grid
from gliofront.image.resample import resample_volume
from gliofront.image.volume import Volume


def coarser(grid: Grid, spacing_mm: float) -> Grid:
    """Return a grid over the same field of view and axes, of voxels of at least about a size.

    An axis that is coarser already stays as it is.

    >>> coarser(Grid(np.diag([-2.0, 2.0, 5.0, 1.0]), (64, 64, 20)), 4.0).describe()[:40]
    '32 x 32 x 20 voxels of 4 x 4 x 5 mm, axe'
    """
    extent = grid.spacing * grid.shape
    sizes = np.minimum(np.maximum(np.rint(extent / spacing_mm), 1), grid.shape).astype(int)
    step = np.array(grid.shape) / sizes
    affine = grid.affine.copy()
    affine[:3, :3] = grid.affine[:3, :3] * step
    affine[:3, 3] = grid.to_world((step - 1) / 2)
    return Grid(affine, (int(sizes[0]), int(sizes[1]), int(sizes[2])))


def held_onto(field: Volume, grid: Grid) -> FloatArray:
    """Put a smooth field on a grid (X, Y, Z); beyond its ends the outermost values hold."""
    padded = np.pad(field.data, 1, mode="edge")
    affine = field.grid.affine.copy()
    affine[:3, 3] = field.grid.to_world([-1, -1, -1])
    wide = replace(field, grid=Grid(affine, padded.shape), data=padded)
    return resample_volume(wide, grid, fill=0.0).data.astype(np.float64)


def along_last(numbers: FloatArray, axis: int) -> FloatArray:
    """Return three numbers of the axes in the order in which one axis is moved to the end.

    >>> along_last(np.array([1.0, 2.0, 3.0]), 0).tolist()
    [2.0, 3.0, 1.0]
    """
    return np.append(np.delete(numbers, axis), numbers[axis])
