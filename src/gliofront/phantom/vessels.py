"""Vessels that take up contrast, so that bright on T1C does not always mean tumour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.image.grid import Grid
from gliofront.phantom.fields import smooth_field

FloatArray = NDArray[np.float64]

VEIN_SCALE_MM = 14.0
VEIN_WIDTH = 0.10
SINUS_DEPTH_MM = 5.0
SINUS_MM = 3.5
DEEP_MM = 14.0


def vessel_density(
    rng: np.random.Generator,
    grid: Grid,
    places: FloatArray,
    fluid: FloatArray,
    depth: FloatArray,
) -> FloatArray:
    """Draw cortical veins, the superior sagittal sinus and choroid plexus.

    Veins are the curves on which two smooth fields vanish together, kept where there is
    subarachnoid fluid. The sinus runs along the midline under the vault. The plexus fills part
    of the lateral ventricles' atria.

    Parameters
    ----------
    rng : the generator.
    grid : the patient's grid.
    places : position in the template, RAS+ mm, (X, Y, Z, 3).
    fluid : share of fluid, 0 to 1, (X, Y, Z).
    depth : distance to the outside of the brain, mm, (X, Y, Z).

    Returns
    -------
    Share of the voxel that is vessel, 0 to 1, (X, Y, Z).
    """
    x, y, z = np.moveaxis(places, -1, 0)
    first, second, third = (
        smooth_field(rng, grid.shape, grid.spacing, scale)
        for scale in (VEIN_SCALE_MM,) * 2 + (8.0,)
    )
    tubes = np.exp(-(first**2 + second**2) / (2 * VEIN_WIDTH**2))
    near_surface = fluid * (depth < DEEP_MM)
    veins = 0.9 * tubes * np.clip(3 * near_surface, 0, 1)
    top = (depth < SINUS_DEPTH_MM) & (z > 0) & (abs(x) < SINUS_MM)
    sinus = 0.7 * top * np.clip(2 * fluid, 0, 1)
    atrium = (depth > DEEP_MM) & (abs(y + 38) < 12) & (abs(z - 8) < 14) & (abs(x) > 12)
    plexus = 0.6 * atrium * fluid * (third > 0.2)
    return np.asarray(np.clip(ndimage.gaussian_filter(veins + sinus + plexus, 0.4), 0, 1))
