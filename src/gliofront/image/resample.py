"""Volumes and labels from one grid to another, through an affine of the world.

The grids to resample onto are made in `gliofront.image.framing`; `working_grid` and `crop_grid`
are offered here too, beside what uses them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from gliofront.foundation.errors import InputRefused
from gliofront.image.framing import crop_grid, orthogonal_grid, working_grid
from gliofront.image.grid import FloatArray, Grid
from gliofront.image.volume import BoolArray, Float32Array, LabelVolume, Volume

__all__ = ["crop_grid", "orthogonal_grid", "resample_labels", "resample_volume", "working_grid"]

# Coarser sampling than this many source voxels a step aliases visibly: smooth first.
_COARSER = 1.5
# Less than half of the interpolation weight on defined voxels: the result is undefined.
_LEAST_WEIGHT = 0.5
_FWHM_PER_SIGMA = float(np.sqrt(8 * np.log(2)))


def _voxel_map(source: Grid, target: Grid, pull: ArrayLike | None) -> FloatArray:
    """Return (4, 4) from target voxels to source voxels, exact where it is nearly whole."""
    through = np.eye(4) if pull is None else np.asarray(pull, dtype=np.float64)
    if through.shape != (4, 4) or not np.isfinite(through).all():
        raise InputRefused("pull", "the transform is not a finite 4 x 4 matrix", "align again")
    matrix = np.linalg.inv(source.affine) @ through @ target.affine
    whole = np.rint(matrix)
    return np.where(np.abs(matrix - whole) < 1e-6, whole, matrix)


def _inside(matrix: FloatArray, source: tuple[int, ...], target: tuple[int, ...]) -> BoolArray:
    """Tell which target voxels' centres lie in the source's field of view, (X, Y, Z) bool."""
    i, j, k = np.ogrid[: target[0], : target[1], : target[2]]
    inside = np.ones(target, dtype=bool)
    for (a, b, c, start), size in zip(matrix[:3], source, strict=True):
        along = a * i + b * j + c * k + start
        inside &= (along >= -0.5 - 1e-6) & (along <= size - 0.5 + 1e-6)
    return inside


def _smoothing(matrix: FloatArray) -> FloatArray:
    """Return the anti-alias sigma along each source axis, in source voxels, (3,).

    The Gaussian adds in quadrature what takes a width of one source voxel to one target step
    (Cardoso et al., Scale factor point spread function matching, MICCAI 2015); 0 where the
    target's step is at most 1.5 source voxels.
    """
    step = np.linalg.norm(matrix[:3, :3], axis=1)
    widened = np.sqrt(np.maximum(step**2 - 1, 0)) / _FWHM_PER_SIGMA
    return np.where(step > _COARSER, widened, 0.0)


def _fill_with_nearest(data: Float32Array, defined: BoolArray) -> Float32Array:
    where = ndimage.distance_transform_edt(~defined, return_distances=False, return_indices=True)
    return np.asarray(data[tuple(where)])


def _sample(
    data: Float32Array, matrix: FloatArray, shape: tuple[int, ...], order: int
) -> Float32Array:
    """Interpolate a defined array at the mapped voxels; beyond the outermost centres, clamp."""
    return np.asarray(
        ndimage.affine_transform(
            data, matrix[:3, :3], matrix[:3, 3], shape, np.float32, order, mode="nearest"
        )
    )


def _sample_defined(
    data: Float32Array, matrix: FloatArray, shape: tuple[int, ...], order: int
) -> Float32Array:
    """Smooth where the target is coarser, then interpolate over the defined voxels alone."""
    sigma = _smoothing(matrix) if order else np.zeros(3)
    defined = ~np.isnan(data)
    if defined.all():
        smooth = ndimage.gaussian_filter(data, sigma, mode="nearest") if sigma.any() else data
        return _sample(smooth, matrix, shape, order)
    if not defined.any():
        return np.full(shape, np.nan, dtype=np.float32)
    weight = defined.astype(np.float32)
    value = np.where(defined, data, np.float32(0))
    if sigma.any():
        value = ndimage.gaussian_filter(value, sigma, mode="nearest")
        spread = ndimage.gaussian_filter(weight, sigma, mode="nearest")
        value = np.where(defined, value / np.maximum(spread, 1e-6), np.float32(0))
    share = _sample(weight, matrix, shape, min(order, 1))
    if order > 1:
        # A spline reaches further than its weights say: continue the values into the gaps instead.
        result = _sample(_fill_with_nearest(value, defined), matrix, shape, order)
    else:
        result = _sample(value, matrix, shape, order) / np.maximum(share, 1e-6)
    return np.where(share >= _LEAST_WEIGHT, result, np.float32(np.nan)).astype(np.float32)


def resample_volume(
    volume: Volume,
    grid: Grid,
    *,
    pull: ArrayLike | None = None,
    order: int = 1,
    fill: float = np.nan,
) -> Volume:
    """Return the volume on another grid.

    Parameters
    ----------
    volume : the source, any orientation.
    grid : the target grid.
    pull : (4, 4) from target-world RAS+ mm to source-world RAS+ mm; None is the identity.
    order : 0 nearest, 1 linear, 2 to 5 spline.
    fill : value beyond the source's field of view, which ends half a voxel outside the outermost
        voxel centres (within that half voxel the outermost value holds).

    Undefined (NaN) source voxels have no weight; where they hold more than half of it the result
    is NaN. A target step above 1.5 source voxels smooths the source first, along that axis.
    """
    matrix = _voxel_map(volume.grid, grid, pull)
    data = _sample_defined(volume.data, matrix, grid.shape, order)
    data[~_inside(matrix, volume.grid.shape, grid.shape)] = fill
    return replace(volume, grid=grid, data=data)


def _linear_labels(
    data: NDArray[np.unsignedinteger], matrix: FloatArray, shape: tuple[int, ...]
) -> NDArray[np.uint16]:
    best = np.zeros(shape, dtype=np.float32)
    total = np.zeros(shape, dtype=np.float32)
    chosen = np.zeros(shape, dtype=np.uint16)
    for value in np.unique(data[data > 0]):
        share = _sample_defined((data == value).astype(np.float32), matrix, shape, 1)
        total += share
        chosen[share > best] = value
        np.maximum(best, share, out=best)
    chosen[total < 0.5 - 1e-6] = 0
    return chosen


def resample_labels(
    labels: LabelVolume,
    grid: Grid,
    *,
    pull: ArrayLike | None = None,
    method: Literal["linear", "nearest"] = "linear",
) -> LabelVolume:
    """Return the labels on another grid; beyond the source's field of view is background.

    Parameters
    ----------
    grid, pull : as in `resample_volume`.
    method : ``"linear"`` interpolates each label on its own; a voxel whose labels together hold
        at least half of it takes the largest one (the lower value in a tie). So touching labels
        leave no gap between them, and one label is cut at 0.5. ``"nearest"`` copies the nearest.
    """
    matrix = _voxel_map(labels.grid, grid, pull)
    if method == "linear":
        data = _linear_labels(labels.data, matrix, grid.shape)
    else:
        picked = ndimage.affine_transform(
            labels.data, matrix[:3, :3], matrix[:3, 3], grid.shape, order=0, mode="nearest"
        )
        data = np.asarray(picked, dtype=np.uint16)
    data[~_inside(matrix, labels.grid.shape, grid.shape)] = 0
    return replace(labels, grid=grid, data=data)
