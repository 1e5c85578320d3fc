"""A rough brain mask from an image without diffusion weighting."""

from __future__ import annotations

import numpy as np
from dipy.segment.mask import median_otsu
from scipy import ndimage

from gliofront.foundation.errors import InputRefused
from gliofront.image.resample import resample_volume, working_grid
from gliofront.image.volume import BoolArray, Volume
from gliofront.maps.diffusion.volumes import share_of

_WORKING_MM = 4.0
_RADIUS = 2  # of the median filter, working voxels
_BRIGHT = 90  # percentile of the image at which fluid and fat are clipped
_LEAST_ML = 50.0
_OPENING = 2  # working voxels: what cuts scalp and eyes off


def mask_from_b0(b0: Volume) -> BoolArray:
    """Find the brain on a b0 image by a median filter and Otsu's threshold at 4 mm.

    Parameters
    ----------
    b0 : (X, Y, Z) the mean image without weighting; NaN where undefined.

    Returns
    -------
    mask : (X, Y, Z) one piece without holes, on the b0's grid.

    Raises
    ------
    InputRefused
        If nothing of 50 mL or more is found.
    """
    grid = working_grid(b0.grid, _WORKING_MM)
    coarse = np.nan_to_num(resample_volume(b0, grid, fill=0.0).data)
    positive = coarse[coarse > 0]
    if not positive.size:
        raise InputRefused(b0.quantity, "the b0 image is empty", "check the series")
    clipped = np.minimum(coarse, np.percentile(positive, _BRIGHT))
    _, found = median_otsu(clipped, median_radius=_RADIUS, numpass=2)
    mask = _largest(np.asarray(found, dtype=bool))
    if mask.sum() * grid.voxel_ml < _LEAST_ML:
        raise InputRefused(b0.quantity, "no brain is found on the b0 image", "give a brain mask")
    smooth = share_of(grid, mask)
    return np.asarray(resample_volume(smooth, b0.grid, fill=0.0).data >= 0.5)


def widened(mask: BoolArray, spacing: np.ndarray, reach_mm: float) -> BoolArray:
    """Return a mask (X, Y, Z) and what lies within a reach of it; spacing (3,) in mm."""
    return np.asarray(ndimage.distance_transform_edt(~mask, sampling=spacing) <= reach_mm)


def _largest(mask: BoolArray) -> BoolArray:
    """Return the largest piece after an opening, filled."""
    ball = ndimage.iterate_structure(ndimage.generate_binary_structure(3, 1), _OPENING)
    opened = ndimage.binary_opening(np.pad(mask, _OPENING, mode="edge"), ball)
    inner = (slice(_OPENING, -_OPENING),) * 3
    labels, count = ndimage.label(opened[inner])
    if not count:
        return np.zeros_like(mask)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray(ndimage.binary_fill_holes(labels == sizes.argmax()))
