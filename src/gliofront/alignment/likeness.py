"""How alike two images are, voxel by voxel about each place: local correlation."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from gliofront.image.grid import FloatArray
from gliofront.image.volume import BoolArray, Volume

_FLAT = 1e-6


def local_likeness(one: Volume, other: Volume, where: BoolArray, window_mm: float = 4.0) -> float:
    """Return the mean squared local correlation of two images over a region, 0 to 1.

    Each correlation is over a Gaussian window, so neither shading nor contrast counts (Avants et
    al., Med Image Anal 12:26-41, 2008). NaN if the region is empty.

    Parameters
    ----------
    one, other : on one grid; voxels undefined in either count nowhere.
    where : (X, Y, Z), the region.
    window_mm : standard deviation of the window.
    """
    known = np.isfinite(one.data) & np.isfinite(other.data)
    if not (where & known).any():
        return float("nan")
    sigma = window_mm / one.grid.spacing
    share = np.maximum(ndimage.gaussian_filter(known.astype(np.float64), sigma), _FLAT)

    def mean(values: FloatArray) -> FloatArray:
        return np.asarray(ndimage.gaussian_filter(np.where(known, values, 0), sigma) / share)

    first, second = (_scaled(volume, known) for volume in (one, other))
    middle, middle_other = mean(first), mean(second)
    spread = mean(first**2) - middle**2
    spread_other = mean(second**2) - middle_other**2
    together = mean(first * second) - middle * middle_other
    square = together**2 / np.maximum(spread * spread_other, _FLAT**2)
    return float(np.clip(square[where & known], 0, 1).mean())


def _scaled(volume: Volume, known: BoolArray) -> FloatArray:
    """Bring values to mean 0 and spread 1, so that no window loses its digits."""
    values = volume.data.astype(np.float64)
    spread = float(values[known].std()) or 1.0
    return np.asarray((values - values[known].mean()) / spread)
