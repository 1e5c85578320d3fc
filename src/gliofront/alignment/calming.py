"""What is believed of a movement that was found: smooth, known from tissue that is there, local."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from gliofront.alignment.displacement import Displacement
from gliofront.image.grid import FloatArray
from gliofront.image.volume import BoolArray

_LEAST_WEIGHT = 1e-3


def calmed(
    move: Displacement,
    trusted: BoolArray,
    away_mm: FloatArray,
    smooth_mm: float,
    local_mm: tuple[float, float],
) -> Displacement:
    """Smooth a movement over the tissue that was matched, and let it fade far from the tumour.

    A brain yields over centimetres; what changes from voxel to voxel is the images' noise. Where
    nothing could be matched (tumour, cavity), the movement about it is carried on. Far away two
    scans of one head differ by less than a non-linear search errs.

    Parameters
    ----------
    move : as found.
    trusted : (X, Y, Z), where both images show the same tissue.
    away_mm : (X, Y, Z), distance from the tumour.
    smooth_mm : standard deviation of the Gaussian; 0 for none.
    local_mm : whole up to the first distance, none from the second on.
    """
    sigma = smooth_mm / move.grid.spacing
    weight = ndimage.gaussian_filter(trusted.astype(np.float32), sigma)
    kept = fading(away_mm, local_mm) / np.maximum(weight, _LEAST_WEIGHT)
    smooth = [ndimage.gaussian_filter(move.data[..., n] * trusted, sigma) for n in range(3)]
    return Displacement(move.grid, np.stack([kept * part for part in smooth], axis=-1))


def fading(away_mm: FloatArray, local_mm: tuple[float, float]) -> FloatArray:
    """Return 1 up to the first distance and 0 from the second on, smooth between.

    >>> fading(np.array([0.0, 30.0, 45.0, 60.0, 99.0]), (30.0, 60.0)).tolist()
    [1.0, 1.0, 0.5, 0.0, 0.0]
    """
    near, far = local_mm
    left = np.clip((far - away_mm) / (far - near), 0.0, 1.0)
    return np.asarray(left**2 * (3 - 2 * left))
