"""How much faster cells move along fibres than across them, from water's diffusion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

MOST_ALONG = 12.0
"""Largest ratio of diffusivities along and across fibres, which bounds the stencil's reach."""


def ratio_along(fa: FloatArray, factor: float) -> FloatArray:
    """Return the cells' diffusivity along fibres over that across them.

    Water's axially symmetric tensor of that FA has eigenvalues in the ratio k. Jbabdi et al.
    (Magn Reson Med 54:616-624, 2005) multiply its first one by r c_l + c_s, with Westin's linear
    and spherical parts c_l = (k - 1) / (k + 2), c_s = 1 - c_l and the anisotropy factor r, so
    that r = 1 leaves water's tensor as it is. At most 12.

    Parameters
    ----------
    fa : fractional anisotropy of water, 0 to below 1, any shape.
    factor : r, 1 or more.

    >>> np.round(ratio_along(np.array([0.0, 0.1, 0.7]), 1.0), 2).tolist()
    [1.0, 1.18, 3.91]
    """
    square = np.clip(fa, 0, 0.99) ** 2
    water = (1 + np.sqrt(1 - (1 - square) * (1 - 2 * square))) / (1 - square)
    linear = (water - 1) / (water + 2)
    return np.asarray(np.minimum(water * (1 + (factor - 1) * linear), MOST_ALONG))
