"""Sampling along one voxel axis, as EPI distortion moves signal along the phase encoding alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.image.grid import FloatArray
from gliofront.image.volume import Float32Array

_LEAST_WEIGHT = 0.5  # of defined voxels, as in gliofront.image.resample


def unwarp(data: Float32Array, field_mm: FloatArray, axis: int, spacing_mm: float) -> Float32Array:
    """Return I(x + f) (1 + df/dx): signal put back where it came from, and thinned or piled up.

    The factor is the field's Jacobian: what was squeezed into few voxels is spread again
    (Jezzard and Balaban, MRM 34:65, 1995).

    Parameters
    ----------
    data : (X, Y, Z); NaN where undefined.
    field_mm : (X, Y, Z) from the true place to where the image shows it, along the voxel axis.
    axis : 0, 1 or 2; spacing_mm : along it.

    Returns
    -------
    (X, Y, Z) by a cubic spline, at least 0; NaN where the source is undefined or outside.

    >>> line = np.zeros((5, 1, 1), dtype=np.float32)
    >>> line[3] = 1
    >>> unwarp(line, np.full((5, 1, 1), 2.0), 0, 2.0).ravel().round(3).tolist()[:4]
    [0.0, 0.0, 1.0, 0.0]
    """
    lines = np.moveaxis(data, axis, -1)
    shift = np.moveaxis(field_mm, axis, -1) / spacing_mm
    defined = ~np.isnan(lines)
    filled = np.where(defined, lines, np.float32(0))
    slope = np.gradient(shift, axis=-1) if shift.shape[-1] > 1 else np.zeros_like(shift)
    moved = _cubic(filled, shift) * (1 + slope)
    share = linear(defined.astype(np.float32), shift)
    where = np.arange(lines.shape[-1]) + shift
    seen = (where >= -0.5) & (where <= lines.shape[-1] - 0.5) & (share >= _LEAST_WEIGHT)
    result = np.where(seen, np.maximum(moved, 0), np.nan).astype(np.float32)
    return np.ascontiguousarray(np.moveaxis(result, -1, axis))


def linear(lines: NDArray[np.floating[Any]], shift: FloatArray) -> FloatArray:
    """Return lines (..., n) read at index + shift (..., n), linearly; the ends hold beyond."""
    low, share = _places(lines.shape[-1], shift)
    left = np.take_along_axis(lines, low, -1)
    right = np.take_along_axis(lines, np.minimum(low + 1, lines.shape[-1] - 1), -1)
    return np.asarray(left + share * (right - left))


def _places(size: int, shift: FloatArray) -> tuple[np.ndarray, FloatArray]:
    where = np.clip(np.arange(size, dtype=shift.dtype) + shift, 0, size - 1)
    low = np.minimum(where.astype(np.intp), max(size - 2, 0))
    return low, where - low


def _cubic(lines: NDArray[np.floating[Any]], shift: FloatArray) -> FloatArray:
    """Return lines (..., n) read at index + shift by a cubic B-spline, mirrored at the ends."""
    size = lines.shape[-1]
    if size < 4:
        return linear(lines, shift)
    weights = ndimage.spline_filter1d(lines, 3, axis=-1, mode="mirror")
    low, t = _places(size, shift)
    basis = (
        (1 - t) ** 3 / 6,
        (4 - 6 * t**2 + 3 * t**3) / 6,
        (1 + 3 * t + 3 * t**2 - 3 * t**3) / 6,
        t**3 / 6,
    )
    total = np.zeros(np.broadcast_shapes(lines.shape, shift.shape))
    for step, share in zip((-1, 0, 1, 2), basis, strict=True):
        index = np.abs(low + step)
        index = np.where(index > size - 1, 2 * (size - 1) - index, index)
        total += share * np.take_along_axis(weights, index, -1)
    return total
