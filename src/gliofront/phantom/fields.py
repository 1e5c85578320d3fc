"""Smooth random fields, the source of all spatial variation in a virtual patient."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def _kernel(size: int, spacing_mm: float, scale_mm: float) -> FloatArray:
    """Gaussian weights (size, knots), rows of unit length so that the variance is 1 everywhere."""
    pitch = 0.7 * scale_mm
    half = (size - 1) * spacing_mm / 2
    reach = int(np.ceil((half + 3 * scale_mm) / pitch))
    knots = np.arange(-reach, reach + 1) * pitch
    places = np.arange(size) * spacing_mm - half
    weights = np.exp(-(((places[:, None] - knots[None]) / scale_mm) ** 2))
    return np.asarray(weights / np.linalg.norm(weights, axis=1, keepdims=True))


def smooth_field(
    rng: np.random.Generator, shape: Sequence[int], spacing: FloatArray, scale_mm: float
) -> FloatArray:
    """Draw a Gaussian random field of mean 0 and variance 1.

    Parameters
    ----------
    rng : the generator.
    shape : (X, Y, Z).
    spacing : voxel size along each axis, mm, (3,).
    scale_mm : correlation length; two points this far apart correlate by about exp(-1/2).

    Returns
    -------
    (X, Y, Z) float64.

    >>> spacing = np.full(3, 2.0)
    >>> field = smooth_field(np.random.default_rng(0), (40, 40, 40), spacing, 6.0)
    >>> bool(abs(field.std() - 1) < 0.2), field.shape
    (True, (40, 40, 40))
    """
    kernels = [_kernel(n, float(h), scale_mm) for n, h in zip(shape, spacing, strict=True)]
    field = rng.standard_normal([k.shape[1] for k in kernels])
    for kernel in kernels:
        field = np.asarray(np.tensordot(field, kernel, axes=(0, 1)), dtype=np.float64)
    return field


def lognormal_field(
    rng: np.random.Generator,
    shape: Sequence[int],
    spacing: FloatArray,
    scale_mm: float,
    sigma: float,
) -> FloatArray:
    """Draw a positive field of median 1: exp(sigma f), f a `smooth_field`, (X, Y, Z)."""
    return np.asarray(np.exp(sigma * smooth_field(rng, shape, spacing, scale_mm)))
