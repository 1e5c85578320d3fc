"""What every frame is compared with, on the coarse grid on which motion is estimated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.image.grid import FloatArray
from gliofront.image.volume import BoolArray, Float32Array
from gliofront.maps.perfusion.settings import MotionSettings

_AROUND_MM = 6.0  # of the mask: the edge of the brain says most about its place


@dataclass(frozen=True)
class Reference:
    """What does not change from frame to frame, on the working grid."""

    factors: tuple[int, int, int]
    spacing: FloatArray
    image: FloatArray
    inside: BoolArray
    voxels: FloatArray  # (3, P) indices of the points in use
    nearest: NDArray[np.intp]  # (X, Y, Z) position of the nearest point in use
    about_mm: FloatArray  # (P, 3) the same about the centre of the mask
    steepness: FloatArray  # (P, 6) change of the image by each parameter
    sigma: FloatArray  # voxels, of the gain's smoothness
    power: FloatArray  # smooth image ** 2
    centre_mm: FloatArray
    hull_mm: FloatArray  # (Q, 3) points of the mask about its centre


def _averaged(data: Float32Array, factors: tuple[int, int, int]) -> FloatArray:
    """Return means of blocks of voxels, the rest at the far ends left out."""
    shape = [n // f for n, f in zip(data.shape, factors, strict=True)]
    cut = data[tuple(slice(n * f) for n, f in zip(shape, factors, strict=True))]
    split = [side for pair in zip(shape, factors, strict=True) for side in pair]
    return np.asarray(cut.reshape(split).mean(axis=(1, 3, 5), dtype=np.float64))


def prepared(data: Float32Array, factors: tuple[int, int, int]) -> FloatArray:
    """Return a frame on the working grid, a little smoothed so that its noise leads nowhere."""
    coarse = _averaged(data, factors)
    return np.asarray(ndimage.gaussian_filter(coarse, 0.6, mode="nearest", truncate=3.0))


def make_reference(
    baseline: Float32Array, mask: BoolArray, spacing: FloatArray, settings: MotionSettings
) -> Reference:
    """Prepare the mean of the frames before the bolus (X, Y, Z), with the brain and voxel size."""
    x, y, z = (max(round(settings.working_mm / side), 1) for side in spacing)
    factors = (x, y, z)
    coarse = spacing * factors
    image = prepared(baseline, factors)
    share = _averaged(mask.astype(np.float32), factors)
    within = share >= min(0.5, float(share.max()))
    far = ndimage.distance_transform_edt(~within, sampling=coarse)
    inside = np.asarray(far <= _AROUND_MM)
    hull = np.argwhere(within & ~ndimage.binary_erosion(within)) * coarse
    centre = hull.mean(axis=0)
    voxels = np.argwhere(inside).T.astype(np.float64)
    about = voxels.T * coarse - centre
    sigma = settings.gain_mm / coarse
    power = smooth(np.where(inside, image**2, 0), sigma)
    return Reference(
        factors,
        coarse,
        image,
        inside,
        voxels,
        _nearest(inside),
        about,
        _changes(image, inside, coarse, about),
        sigma,
        np.maximum(power, 1e-9 * power.max()),
        centre,
        hull[:: max(len(hull) // 400, 1)] - centre,
    )


def _nearest(inside: BoolArray) -> NDArray[np.intp]:
    position = np.zeros(inside.shape, dtype=np.intp)
    position[inside] = np.arange(np.count_nonzero(inside))
    where = ndimage.distance_transform_edt(~inside, return_distances=False, return_indices=True)
    return np.asarray(position[tuple(where)])


def _changes(
    image: FloatArray, inside: BoolArray, spacing: FloatArray, about_mm: FloatArray
) -> FloatArray:
    """Return how an image changes at its points by rotation and translation, (P, 6)."""
    slopes = zip(np.gradient(image), spacing, strict=True)
    slope = np.stack([gradient[inside] / side for gradient, side in slopes], axis=-1)
    return np.concatenate([np.cross(about_mm, slope), slope], axis=1)


def steepness_of(values: FloatArray, reference: Reference) -> FloatArray:
    """Return the same of values (P,) at the points in use, which are continued beyond them."""
    image = values[reference.nearest]
    return _changes(image, reference.inside, reference.spacing, reference.about_mm)


def smooth(values: FloatArray, sigma: FloatArray) -> FloatArray:
    """Return values (X, Y, Z) smoothed by a Gaussian of so many voxels, 0 beyond the edges."""
    return np.asarray(ndimage.gaussian_filter(values, sigma, mode="constant", truncate=2.5))
