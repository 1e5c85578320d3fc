"""Whether an image is already skull-stripped, and then its brain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.image.volume import BoolArray, Float32Array, Volume
from gliofront.maps.settings import BrainSettings

# Of the range of the image: what a constant background may vary by after conversion to floats.
_SAME = 1e-4


def stripped_mask(volume: Volume, settings: BrainSettings | None = None) -> BoolArray | None:
    """Return the brain of an image that is already skull-stripped, or None.

    An image is stripped when one value, which may be negative or NaN, fills most of its outermost
    voxels, and what that value does not surround is a single piece with the volume of a brain.
    A head in front of air that was set to a constant is larger than a brain.

    Parameters
    ----------
    volume : any contrast; NaN counts as background.

    Returns
    -------
    (X, Y, Z) bool
        The largest piece, with the holes inside it filled; None if the image is not stripped.
    """
    settings = settings or BrainSettings()
    background = _background(volume.data)
    border = _border(background)
    if border.mean() < settings.least_border:
        return None
    foreground = ~_reached_from_border(background)
    total_ml = np.count_nonzero(foreground) * volume.grid.voxel_ml
    if not settings.least_ml <= total_ml <= settings.most_ml:
        return None
    pieces, _ = ndimage.label(foreground)
    sizes = np.bincount(pieces.ravel())[1:]
    if sizes.max() < settings.least_in_one * sizes.sum():
        return None
    return np.asarray(pieces == 1 + sizes.argmax())


def _border(data: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return the outermost voxels, once for each face they lie on, (N,)."""
    faces = [data[0], data[-1], data[:, 0], data[:, -1], data[:, :, 0], data[:, :, -1]]
    return np.concatenate([face.ravel() for face in faces])


def _background(data: Float32Array) -> BoolArray:
    """Tell where the image has the commonest value of its outermost voxels, or none."""
    undefined = ~np.isfinite(data)
    border = _border(data)
    border = border[np.isfinite(border)]
    if not border.size:
        return undefined
    values, counts = np.unique(border, return_counts=True)
    constant = values[counts.argmax()]
    spread = float(np.abs(data[~undefined] - constant).max())
    return np.asarray(undefined | (np.abs(data - constant) <= _SAME * spread))


def _reached_from_border(background: BoolArray) -> BoolArray:
    """Return the background that hangs together with that on the outermost voxels."""
    pieces, count = ndimage.label(background)
    outer = np.zeros(count + 1, dtype=bool)
    outer[np.unique(_border(pieces))] = True
    outer[0] = False
    return np.asarray(outer[pieces])
