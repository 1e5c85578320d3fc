"""What a tensor's eigenvalues say: ADC, FA, p, q and the colours of its direction."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from gliofront.image.grid import FloatArray


def mean_diffusivity(eigenvalues: ArrayLike) -> FloatArray:
    """Return the mean of the eigenvalues (..., 3), in their unit, (...).

    >>> mean_diffusivity([1.5e-3, 0.6e-3, 0.3e-3]).round(6).item()
    0.0008
    """
    return np.asarray(np.asarray(eigenvalues, dtype=np.float64).mean(axis=-1))


def isotropic_p(eigenvalues: ArrayLike) -> FloatArray:
    """Return p = sqrt(3) MD of eigenvalues (..., 3), in their unit, (...).

    The length of the isotropic part of the tensor (Pena et al., Br J Radiol 79:101, 2006).
    """
    return p_from_adc(mean_diffusivity(eigenvalues))


def anisotropic_q(eigenvalues: ArrayLike) -> FloatArray:
    """Return q = sqrt(sum (lambda_i - MD)^2) of eigenvalues (..., 3), in their unit, (...).

    The length of the anisotropic part (Pena et al., 2006), so p^2 + q^2 = sum lambda_i^2.

    >>> anisotropic_q([3.0, 0.0, 0.0]).round(4).item()
    2.4495
    """
    values = np.asarray(eigenvalues, dtype=np.float64)
    return np.asarray(np.linalg.norm(values - values.mean(axis=-1, keepdims=True), axis=-1))


def p_from_adc(adc: ArrayLike) -> FloatArray:
    """Return p = sqrt(3) ADC, in the ADC's unit."""
    return np.asarray(np.sqrt(3.0) * np.asarray(adc, dtype=np.float64))


def fractional_anisotropy(eigenvalues: ArrayLike) -> FloatArray:
    """Return FA of eigenvalues (..., 3), 0 to 1; NaN where all are 0.

    sqrt(3/2) q / |lambda| (Basser and Pierpaoli, J Magn Reson B 111:209, 1996).

    >>> fractional_anisotropy([[1.0, 1, 1], [1, 0, 0]]).round(3).tolist()
    [0.0, 1.0]
    """
    values = np.asarray(eigenvalues, dtype=np.float64)
    size = np.linalg.norm(values, axis=-1)
    anisotropic = anisotropic_q(values)
    nothing = np.full(size.shape, np.nan)
    return np.asarray(np.sqrt(1.5) * np.divide(anisotropic, size, out=nothing, where=size > 0))


def colour(fa: ArrayLike, principal: ArrayLike) -> FloatArray:
    """Return colour FA (..., 3), 0 to 1: red left-right, green front-back, blue foot-head.

    Parameters
    ----------
    fa : (...); principal : (..., 3) unit vectors in world RAS+, of either sign.

    >>> colour(0.5, [-1.0, 0.0, 0.0]).tolist()
    [0.5, 0.0, 0.0]
    """
    fa = np.asarray(fa, dtype=np.float64)[..., None]
    return np.asarray(np.clip(fa, 0, 1) * np.abs(np.asarray(principal, dtype=np.float64)))
