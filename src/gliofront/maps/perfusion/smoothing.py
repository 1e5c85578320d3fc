"""Smoothing of every frame within the brain, so that nothing bleeds in from outside."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from gliofront.image.series import Series
from gliofront.image.volume import BoolArray

_SIGMA_PER_FWHM = 1 / 2.3548


def smooth_frames(series: Series, mask: BoolArray, width_mm: float) -> Series:
    """Return the series smoothed by a Gaussian of so much full width at half maximum.

    Values outside the mask have no weight and stay as they are.
    """
    if width_mm <= 0:
        return series
    sigma = _SIGMA_PER_FWHM * width_mm / series.grid.spacing
    weight = ndimage.gaussian_filter(mask.astype(np.float32), sigma, mode="constant")
    data = np.array(series.data)
    for index in range(len(series)):
        inside = np.where(mask, np.nan_to_num(data[..., index]), 0)
        smooth = ndimage.gaussian_filter(inside, sigma, mode="constant")
        data[mask, index] = smooth[mask] / np.maximum(weight[mask], 1e-6)
    return series.with_data(data)
