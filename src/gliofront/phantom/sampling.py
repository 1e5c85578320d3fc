"""From tissue on the T1C grid to the voxels of a raw series, and to the numbers of its file."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.image.grid import Grid
from gliofront.phantom.scanner import sequence_grid

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]

WHITE_STORED = 800.0
"""Number that stands for white matter in a file; images are stored as whole numbers."""
_COARSER = 1.5
_FWHM_PER_SIGMA = float(np.sqrt(8 * np.log(2)))


def raw_grid(t1c: Grid, voxels_mm: tuple[float, float, float], flipped: bool) -> Grid:
    """Return a grid over the same head with voxels of a size, but none finer than t1c's."""
    x, y, z = np.maximum(np.array(voxels_mm) / t1c.spacing, 1.0)
    return sequence_grid(t1c, (float(x), float(y), float(z)), flipped)


def moved_signal(
    t1c: Grid,
    signal: FloatArray,
    grid: Grid,
    pull: FloatArray,
    sources: FloatArray,
    axis: int,
) -> FloatArray:
    """Return what a series shows of a head that has moved and is distorted, (X, Y, Z).

    One linear interpolation for motion and distortion together; 0 outside t1c's grid.

    Parameters
    ----------
    signal : (X, Y, Z) on t1c.
    pull : (4, 4), T1C world to the series' world, RAS+ mm.
    sources : index along the axis that each voxel's signal came from, (X, Y, Z) on grid.
    """
    through = np.linalg.inv(t1c.affine) @ np.linalg.inv(pull) @ grid.affine
    step = np.linalg.norm(through[:3, :3], axis=1)
    if step.max() > _COARSER:
        sigma = np.sqrt(np.maximum(step**2 - 1, 0)) / _FWHM_PER_SIGMA * (step > _COARSER)
        signal = ndimage.gaussian_filter(signal, sigma)
    index = list(np.ogrid[: grid.shape[0], : grid.shape[1], : grid.shape[2]])
    index[axis] = sources
    places = [a * index[0] + b * index[1] + c * index[2] + d for a, b, c, d in through[:3]]
    return np.asarray(ndimage.map_coordinates(signal, places, order=1, mode="constant"))


def noisy_numbers(
    rng: np.random.Generator, signal: NDArray[np.floating], scale: float, sigma: float
) -> Float32Array:
    """Return whole numbers of a file: magnitudes with Rician noise, times the scale.

    Gudbjartsson and Patz, Magn Reson Med 34:910-914, 1995. Shaped as the signal; a sigma of 0
    leaves it as it is, not rounded.

    Parameters
    ----------
    sigma : standard deviation of either channel, in the signal's unit.
    """
    stored = np.asarray(signal, dtype=np.float32) * np.float32(scale)
    if not sigma:
        return stored
    spread = np.float32(scale * sigma)
    real = stored + spread * rng.standard_normal(stored.shape, dtype=np.float32)
    other = spread * rng.standard_normal(stored.shape, dtype=np.float32)
    return np.asarray(np.rint(np.hypot(real, other)), dtype=np.float32)
