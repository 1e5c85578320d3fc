"""Fields and displacements brought from one grid to another, and displacements undone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.image.grid import Grid

FloatArray = NDArray[np.float64]

INVERSIONS = 4


def onto(coarse: Grid, grid: Grid, values: FloatArray, blur: bool = True) -> FloatArray:
    """Sample a field of a grid on a coarser one, averaged over its voxels unless told not to."""
    sigma = 0.4 * coarse.spacing[0] / grid.spacing
    smooth = ndimage.gaussian_filter(values, sigma) if blur else values
    places = coarse.to_world(np.moveaxis(np.indices(coarse.shape), 0, -1))
    voxels = np.moveaxis(grid.to_voxel(places), -1, 0)
    return np.asarray(ndimage.map_coordinates(smooth, voxels, order=1, mode="nearest"))


def inverted(grid: Grid, pull: FloatArray, guess: FloatArray) -> FloatArray:
    """Return the displacement that undoes pull, from a near guess, by Newton's method.

    Both are interpolated linearly, so none undoes the other at every place; what is left is
    shared evenly between pull after push and push after pull.

    Parameters
    ----------
    grid : the grid of both.
    pull, guess : (X, Y, Z, 3), RAS+ mm.
    """
    moving = (np.abs(pull).max(-1) + np.abs(guess).max(-1)) > 0
    to_voxel = np.linalg.inv(grid.affine[:3, :3])
    slope = np.eye(3) + np.stack(np.gradient(guess, axis=(0, 1, 2)), axis=-1)[moving] @ to_voxel
    start, push = np.argwhere(moving), guess[moving]
    for _ in range(INVERSIONS):
        left = push + _at(pull, start + push @ to_voxel.T)
        push = push - np.einsum("nij,nj->ni", slope, left)
    whole = np.zeros_like(pull)
    whole[moving] = push
    other_way = np.zeros_like(pull)
    other_way[moving] = pull[moving] + _at(whole, start + pull[moving] @ to_voxel.T)
    whole[moving] -= _at(other_way, start + push @ to_voxel.T) / 2
    return whole


def _at(field: FloatArray, voxels: FloatArray) -> FloatArray:
    """Sample a vector field (X, Y, Z, 3) at fractional voxels (n, 3), (n, 3)."""
    parts = [
        ndimage.map_coordinates(field[..., a], voxels.T, order=1, mode="nearest") for a in range(3)
    ]
    return np.stack(parts, axis=-1)
