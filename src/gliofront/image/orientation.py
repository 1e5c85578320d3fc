"""Lossless turning of volumes and grids to the nearest RAS+ axes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from gliofront.image.grid import Grid
from gliofront.image.volume import LabelVolume, Volume

VolumeT = TypeVar("VolumeT", Volume, LabelVolume)


def _turned(grid: Grid, turns: NDArray[np.float64]) -> Grid:
    """Return the grid whose axes are permuted and flipped as in nibabel's orientation table."""
    affine = grid.affine @ nib.orientations.inv_ornt_aff(turns, grid.shape)
    order = np.argsort(turns[:, 0])
    shape = (grid.shape[order[0]], grid.shape[order[1]], grid.shape[order[2]])
    return Grid(affine, shape)


def canonical_grid(grid: Grid) -> Grid:
    """Return the same voxels with index axes permuted and flipped to the nearest RAS+.

    >>> canonical_grid(Grid(np.diag([-1.0, -1.0, 2.0, 1.0]), (4, 5, 6))).axis_codes
    'RAS'
    """
    return _turned(grid, nib.io_orientation(grid.affine))


def canonical(volume: VolumeT) -> VolumeT:
    """Return the volume with its axes permuted and flipped to the nearest RAS+.

    Every voxel keeps its value and its place in the world; nothing is interpolated, so an
    oblique volume stays oblique.
    """
    turns = nib.io_orientation(volume.grid.affine)
    data: Any = nib.apply_orientation(volume.data, turns)
    return replace(volume, grid=_turned(volume.grid, turns), data=data)
