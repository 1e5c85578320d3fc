"""Volumes from arrays of any number type."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from gliofront.image.grid import Grid
from gliofront.image.volume import BoolArray, Volume


def volume_of(grid: Grid, data: ArrayLike, quantity: str, unit: str) -> Volume:
    """Return a volume of values (X, Y, Z), rounded to float32."""
    return Volume(grid, np.asarray(data, dtype=np.float32), quantity, unit)


def share_of(grid: Grid, mask: BoolArray) -> Volume:
    """Return a mask (X, Y, Z) as a volume of 0 and 1, to be resampled to shares."""
    return volume_of(grid, mask, "mask", "share")
