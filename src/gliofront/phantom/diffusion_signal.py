"""Diffusion tensors of tissue, and the gradients that measure them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

DIRECTIONS = 12
"""Weighted images: with the one without weighting, the 13 of Yan et al. 2020."""
_ROUNDS = 300


def axial_tensor(mean: FloatArray, fa: FloatArray, axis: FloatArray) -> FloatArray:
    """Return tensors that are round about an axis: xx, yy, zz, xy, xz, yz in mean's unit, (..., 6).

    Eigenvalues mean (1 + 2 d) along and mean (1 - d) across, with d = FA / sqrt(3 - 2 FA2).

    Parameters
    ----------
    mean : mean diffusivity, (...).
    fa : fractional anisotropy, 0 to 1, (...).
    axis : (..., 3) unit vectors.

    >>> tensor = axial_tensor(np.array(1e-3), np.array(1.0), np.array([0.0, 1.0, 0.0]))
    >>> (1e3 * tensor).round(6).tolist()
    [0.0, 3.0, 0.0, 0.0, 0.0, 0.0]
    """
    apart = mean * fa / np.sqrt(3 - 2 * fa**2)
    x, y, z = np.moveaxis(axis, -1, 0)
    products = (x * x, y * y, z * z, x * y, x * z, y * z)
    tensor = np.stack([3 * apart * product for product in products], axis=-1)
    tensor[..., :3] += (mean - apart)[..., None]
    return tensor


def spread_directions(count: int = DIRECTIONS) -> FloatArray:
    """Return unit vectors that push each other and their opposites apart, (count, 3).

    Electrostatic repulsion (Jones, Horsfield and Simmons, Magn Reson Med 42:515-525, 1999), from
    a spiral, so the same every time.
    """
    rank = np.arange(count) + 0.5
    z, turn = 1 - rank / count, np.pi * (1 + np.sqrt(5)) * rank
    points = np.stack([np.sqrt(1 - z**2) * np.cos(turn), np.sqrt(1 - z**2) * np.sin(turn), z], 1)
    for _ in range(_ROUNDS):
        both = np.concatenate([points, -points])
        away = points[:, None] - both[None]
        far = np.linalg.norm(away, axis=-1, keepdims=True)
        push = np.divide(away, far**3, out=np.zeros_like(away), where=far > 1e-9)
        points = points + 0.02 * push.sum(1)
        points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points


def attenuation(tensor: FloatArray, b_value: float, direction: FloatArray) -> FloatArray:
    """Return exp(-b g'Dg), (...), of tensors (..., 6), mm2/s, for a unit vector in their world."""
    x, y, z = direction
    weights = np.array([x * x, y * y, z * z, 2 * x * y, 2 * x * z, 2 * y * z])
    return np.asarray(np.exp(-b_value * (tensor @ weights)))


def fractional_anisotropy(tensor: FloatArray) -> FloatArray:
    """Return FA, 0 to 1, (...), of tensors (..., 6); 0 where a tensor is 0."""
    mean = tensor[..., :3].mean(-1, keepdims=True)
    square = (tensor**2 * np.array([1, 1, 1, 2, 2, 2])).sum(-1)
    apart = np.maximum(square - 3 * mean[..., 0] ** 2, 0)
    share = np.divide(apart, square, out=np.zeros_like(apart), where=square > 0)
    return np.asarray(np.sqrt(1.5 * share))
