"""The brain and a margin around it."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import maximum_filter1d

from gliofront.image.grid import Grid
from gliofront.image.volume import BoolArray


def widened(mask: BoolArray, grid: Grid, margin_mm: float) -> BoolArray:
    """Return a mask with all voxels within a distance of it along each axis (a box, not a ball).

    What takes part in a search need not end at a sharp distance, and a box needs no distances.

    Parameters
    ----------
    mask : (X, Y, Z) bool, on the grid.
    margin_mm : between voxel centres, 0 or more.

    >>> mask = np.zeros((7, 7, 3), dtype=bool)
    >>> mask[3, 3, 1] = True
    >>> int(widened(mask, Grid(np.diag([1.0, 1, 4, 1]), mask.shape), 1.0).sum())
    9
    """
    wide = mask.astype(np.uint8)
    for axis, reach in enumerate((margin_mm / grid.spacing).astype(int).tolist()):
        wide = maximum_filter1d(wide, 2 * reach + 1, axis=axis, mode="constant")
    return wide.astype(bool)
