"""What the surgeon takes and what is left."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gliofront.phantom.anatomy import Anatomy
from gliofront.phantom.fields import smooth_field
from gliofront.phantom.tumour import Tumour

BoolArray = NDArray[np.bool_]

LEFT_SHARES = (0.03, 0.25)
"""Assumed."""


def resect(rng: np.random.Generator, anatomy: Anatomy, tumour: Tumour, complete: bool) -> BoolArray:
    """Return what surgery leaves of the core: nothing, or 3-25 % on one side of it, (X, Y, Z)."""
    if complete:
        return np.zeros_like(tumour.core)
    share = rng.uniform(*LEFT_SHARES)
    slope = rng.standard_normal(3)
    away = anatomy.template @ (slope / np.linalg.norm(slope))
    rough = away + 4 * smooth_field(rng, tumour.core.shape, anatomy.grid.spacing, 10.0)
    return np.asarray(tumour.core & (rough > np.quantile(rough[tumour.core], 1 - share)))
