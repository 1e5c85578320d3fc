"""Pseudo-progression: enhancement that radiochemotherapy brings, and that is no tumour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.phantom.anatomy import Anatomy
from gliofront.phantom.fields import smooth_field
from gliofront.phantom.radiotherapy import dose_share
from gliofront.phantom.tumour import FLUID_LIMIT

BoolArray = NDArray[np.bool_]

HIGH_DOSE = 0.9
"""It lies where the dose was high: in the region of 90 % of the prescription or more: assumed."""
MEDIAN_ML, SPREAD = 10.0, 0.5
"""Log-normal: assumed."""
FALL_MM = 8.0
PATCH_MM = 10.0


def draw_pseudo_progression(
    rng: np.random.Generator, anatomy: Anatomy, core: BoolArray
) -> BoolArray:
    """Draw where treated tissue enhances without tumour, outside the former core, (X, Y, Z).

    Broken barrier after radiochemotherapy (Brandsma et al., Lancet Oncol 9:453-461, 2008): one
    patch or a few at the cavity's wall, of a drawn volume, whatever cells lie there.

    Parameters
    ----------
    rng : the generator.
    anatomy : the head.
    core : the enhancing region before surgery, (X, Y, Z).
    """
    spacing = anatomy.grid.spacing
    distance = ndimage.distance_transform_edt(~core, sampling=spacing)
    tissue = anatomy.brain & (anatomy.fluid < FLUID_LIMIT) & ~anatomy.falx & ~core
    allowed = tissue & (dose_share(anatomy, core) >= HIGH_DOSE)
    liking = 1.5 * smooth_field(rng, core.shape, spacing, PATCH_MM) - distance / FALL_MM
    liking += 0.5 * anatomy.white
    wanted_ml = MEDIAN_ML * float(np.exp(SPREAD * rng.standard_normal()))
    share = wanted_ml / anatomy.grid.voxel_ml / max(int(np.count_nonzero(allowed)), 1)
    if not allowed.any():
        return np.zeros_like(core)
    return np.asarray(allowed & (liking >= np.quantile(liking[allowed], max(0.0, 1 - share))))
