"""Grids made from grids: orthogonal, isotropic, cropped. Lengths in mm, world RAS+."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import FloatArray, Grid
from gliofront.image.orientation import canonical_grid

# A field of view that overshoots the last voxel by less than this share of it needs no other.
_SLACK_VOXELS = 1e-3


def box_corners(grid: Grid) -> FloatArray:
    """Return the corners of the field of view, (8, 3) RAS+ mm: outer edges of the corner voxels."""
    ends = np.array([[-0.5, n - 0.5] for n in grid.shape])
    picks = np.stack(np.meshgrid(*ends, indexing="ij"), -1).reshape(8, 3)
    return grid.to_world(picks)


def nearest_rotation(direction: FloatArray) -> FloatArray:
    """Return the orthogonal matrix nearest to the direction (polar decomposition), (3, 3)."""
    left, _, right = np.linalg.svd(direction)
    return np.asarray(left @ right)


def orthogonal_grid(reference: Grid, spacing_mm: ArrayLike) -> Grid:
    """Return a grid of right-angled axes, nearest to the reference's, over its whole field of view.

    Parameters
    ----------
    reference : the grid to cover; it may be sheared.
    spacing_mm : voxel size, a number or (3,), mm, along the reference's axes.

    The field of view runs between the outer edges of the outermost voxels. The new one has the
    same centre and is larger by less than a voxel along each axis where it cannot be equal.
    """
    spacing = np.broadcast_to(np.asarray(spacing_mm, dtype=np.float64), (3,))
    if not (np.isfinite(spacing).all() and spacing.min() > 0):
        raise InputRefused("spacing", f"{spacing} mm is not a voxel size", "give it above 0 mm")
    axes = nearest_rotation(reference.direction)
    along = box_corners(reference) @ axes
    low, high = along.min(0), along.max(0)
    counts = np.maximum(np.ceil((high - low) / spacing - _SLACK_VOXELS), 1).astype(int)
    first = (low + high) / 2 - (counts - 1) / 2 * spacing
    affine = np.eye(4)
    affine[:3, :3] = axes * spacing
    affine[:3, 3] = axes @ first
    return Grid(affine, (int(counts[0]), int(counts[1]), int(counts[2])))


def working_grid(reference: Grid, spacing_mm: float) -> Grid:
    """Return an isotropic grid along the reference's canonical axes, over its field of view.

    A reference that already has this spacing is returned as its canonical self, so that
    resampling onto it loses nothing.

    >>> thick = Grid(np.diag([-0.9, 0.9, 5.5, 1.0]), (256, 224, 26))
    >>> working_grid(thick, 1.0).shape, working_grid(thick, 1.0).axis_codes
    ((231, 202, 143), 'RAS')
    """
    turned = canonical_grid(reference)
    made = orthogonal_grid(turned, spacing_mm)
    return turned if made.matches(turned, 1e-3) else made


def crop_grid(grid: Grid, mask: NDArray[np.bool_], margin_mm: float) -> Grid:
    """Return the part of the grid that holds the mask and a margin, cut at the grid's own bounds.

    Parameters
    ----------
    mask : (X, Y, Z) bool on the grid.
    margin_mm : kept around the mask on every side, 0 or more; rounded up to whole voxels.

    Raises
    ------
    InputRefused
        If the mask is empty or has another shape.
    """
    if mask.shape != grid.shape:
        raise InputRefused("mask", f"shape {mask.shape} on a grid of {grid.shape}", "resample it")
    if not mask.any():
        raise InputRefused("mask", "the mask is empty, so nothing can be cut out", "give another")
    margin = np.ceil(margin_mm / grid.spacing - _SLACK_VOXELS).astype(int)
    filled = [np.flatnonzero(mask.any(axis=other)) for other in ((1, 2), (0, 2), (0, 1))]
    start = np.array([where[0] for where in filled]) - margin
    stop = np.array([where[-1] for where in filled]) + 1 + margin
    start, stop = np.maximum(start, 0), np.minimum(stop, grid.shape)
    affine = grid.affine.copy()
    affine[:3, 3] = grid.to_world(start)
    size = (stop - start).tolist()
    return Grid(affine, (size[0], size[1], size[2]))
