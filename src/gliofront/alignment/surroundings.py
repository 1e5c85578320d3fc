"""The brain and a margin around it."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt

from gliofront.image.grid import Grid
from gliofront.image.volume import BoolArray


def widened(mask: BoolArray, grid: Grid, margin_mm: float) -> BoolArray:
    """Return a mask with all voxels within a distance of it.

    Parameters
    ----------
    mask : (X, Y, Z) bool, on the grid, not empty.
    margin_mm : between voxel centres, 0 or more.

    >>> mask = np.zeros((7, 7, 3), dtype=bool)
    >>> mask[3, 3, 1] = True
    >>> int(widened(mask, Grid(np.diag([1.0, 1, 4, 1]), mask.shape), 1.0).sum())
    5
    """
    if margin_mm == 0:
        return mask
    reach = np.ceil(margin_mm / grid.spacing).astype(int)
    found = np.argwhere(mask)
    low = np.maximum(found.min(axis=0) - reach, 0)
    high = found.max(axis=0) + reach + 1
    box = tuple(slice(a, b) for a, b in zip(low.tolist(), high.tolist(), strict=True))
    result = np.zeros(mask.shape, dtype=bool)
    result[box] = distance_transform_edt(~mask[box], grid.spacing) <= margin_mm
    return result
