"""What each voxel is made of: healthy tissue, oedema, enhancing tumour, necrosis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.phantom.anatomy import Anatomy
from gliofront.phantom.tissue_signals import (
    GREY,
    INFILTRATION,
    NECROSIS,
    OEDEMA,
    SOLID_TUMOUR,
    WHITE,
    TissueSignal,
)
from gliofront.phantom.tumour import Tumour

FloatArray = NDArray[np.float64]

EDGE = 0.04
"""Width, in density, over which the blood-brain barrier gives way at the tumour's edge."""
PERIVENTRICULAR_MM = 5.0


def tumour_shares(tumour: Tumour) -> tuple[FloatArray, FloatArray]:
    """Shares that are necrosis and enhancing tumour, with soft edges."""
    dead = ndimage.gaussian_filter(tumour.necrosis.astype(np.float64), 0.5)
    above = (tumour.density - tumour.kinetics.visible) / EDGE
    broken = 1 / (1 + np.exp(-np.clip(above, -30, 30)))
    return dead, np.clip(broken, 0, 1) * (1 - dead)


def _periventricular(anatomy: Anatomy) -> FloatArray:
    """Faint caps of age in the white matter about the ventricles, 0 to 1."""
    deep = ndimage.distance_transform_edt(anatomy.brain, sampling=anatomy.grid.spacing) > 18
    ventricles = (anatomy.fluid > 0.5) & deep
    if not ventricles.any():
        return np.zeros(anatomy.grid.shape)
    away = ndimage.distance_transform_edt(~ventricles, sampling=anatomy.grid.spacing)
    return np.asarray(0.3 * np.exp(-away / PERIVENTRICULAR_MM) * anatomy.white)


def tissue_shares(
    anatomy: Anatomy, wet: FloatArray, solid: FloatArray, dead: FloatArray
) -> list[tuple[TissueSignal, FloatArray]]:
    """Shares of the solid part of each voxel; they sum to 1 in the brain."""
    tissue = anatomy.white + anatomy.grey
    white = np.divide(anatomy.white, tissue, out=np.zeros_like(tissue), where=tissue > 0)
    healthy = 1 - solid - dead
    return [
        (WHITE, white * (1 - wet) * healthy),
        (GREY, (1 - white) * (1 - wet) * healthy),
        (OEDEMA, wet * healthy),
        (SOLID_TUMOUR, solid),
        (NECROSIS, dead),
    ]


def wetness(anatomy: Anatomy, density: FloatArray, vasogenic: FloatArray) -> FloatArray:
    """Swelling from vasogenic oedema, from cells and from age together, 0 to 1."""
    brought = INFILTRATION.water_pull * np.clip(density / INFILTRATION.water_full, 0, 1)
    return np.asarray(1 - (1 - vasogenic) * (1 - brought) * (1 - _periventricular(anatomy)))
