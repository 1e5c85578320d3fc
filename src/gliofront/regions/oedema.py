"""Oedema: bright FLAIR about the tumour."""

from __future__ import annotations

import numpy as np

from gliofront.image.volume import BoolArray, Volume
from gliofront.regions.midplane import Plane
from gliofront.regions.morphology import bounding_box, dilate, hysteresis, opened, smooth
from gliofront.regions.settings import OedemaSettings


def find_oedema(
    flair: Volume,
    brain: BoolArray,
    enhancing: BoolArray,
    *,
    plane: Plane | None = None,
    csf: BoolArray | None = None,
    settings: OedemaSettings | None = None,
) -> BoolArray:
    """Outline oedema: abnormally bright FLAIR connected to the tumour's surroundings.

    Parameters
    ----------
    flair : in units of white matter (robust z).
    brain, csf : (X, Y, Z) bool; fluid is never oedema.
    enhancing : enhancing tumour with necrosis; not part of the result.
    plane : with it, oedema must also exceed a high quantile of the hemisphere with less tumour,
        so that bright grey matter is not called oedema.

    Thin bridges (cortex, ventricular caps) are cut by an opening before the connected part is
    taken. Empty where there is none, or no tumour.
    """
    settings = settings or OedemaSettings()
    result = np.zeros(brain.shape, dtype=bool)
    if not enhancing.any():
        return result
    box = bounding_box(brain, 1)
    spacing = flair.grid.spacing
    image = smooth(np.nan_to_num(flair.data[box].astype(np.float64)), 1.0, spacing)
    inside = brain[box] & ~enhancing[box]
    if csf is not None:
        inside &= ~csf[box]
    low = settings.low_z
    if plane is not None:
        opposite = _opposite(plane, flair, enhancing)[box] & inside
        if opposite.any():
            low = max(low, float(np.quantile(image[opposite], settings.normal_quantile)))
    near = dilate(enhancing[box], settings.reach_mm, spacing)
    tumour = enhancing[box]
    solid = opened((inside & (image > low)) | tumour, settings.opening_mm, spacing) & inside
    high = settings.high_z + low - settings.low_z
    result[box] = hysteresis(solid & near & (image > high), solid)
    return result


def _opposite(plane: Plane, flair: Volume, enhancing: BoolArray) -> BoolArray:
    """Return the hemisphere with less of the tumour."""
    signed = plane.signed_over(flair.grid)
    on_right = np.mean(signed[enhancing] > 0) >= 0.5
    return np.asarray((signed < 0) if on_right else (signed > 0))
