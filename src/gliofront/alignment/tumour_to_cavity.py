"""The first stage of two: the removed tumour onto the cavity that it left, kept near both.

The paper registers the tumour to the cavity linearly (van der Hoorn, Yan et al., NMR Biomed, 2016).
Taken for the whole head such a matrix wrecks the rest of the brain, so it fades with the distance
from the tumour.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from gliofront.alignment.displacement import Displacement, all_places, smallest_jacobian
from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import FloatArray, Grid
from gliofront.image.volume import BoolArray

_SCALES = (0.5, 1.2)
_LEAST_JACOBIAN = 0.2
_WEAKER = 0.8


def tumour_to_cavity(
    tumour: BoolArray, cavity: BoolArray, grid: Grid, reach_mm: float = 12.0
) -> Displacement:
    """Move the tumour's region onto the cavity: its centre and its size, nothing else.

    Shift and scale follow from the centres and volumes of the two regions; a scale is held within
    0.5 to 1.2. At a distance d outside the tumour exp(-(d / reach)^2) of it is left. Where that
    would fold tissue, or press it below a fifth, the whole is weakened.

    Parameters
    ----------
    tumour : (X, Y, Z), enhancing with necrosis before surgery.
    cavity : (X, Y, Z), cavity and tumour left in it at follow-up, after rigid alignment.
    grid : of both.
    reach_mm : how far from the tumour tissue still follows.

    Raises
    ------
    InputRefused
        If a region is empty.
    """
    for name, region in (("tumour", tumour), ("cavity", cavity)):
        if not region.any():
            raise InputRefused(name, "the region is empty", "align the brain alone")
    away = ndimage.distance_transform_edt(~tumour, sampling=grid.spacing)
    whole = np.exp(-((away / reach_mm) ** 2))[..., None] * _linear(tumour, cavity, grid)
    strength, move = 1.0, Displacement(grid, whole.astype(np.float32))
    everywhere = np.ones(grid.shape, dtype=bool)
    while smallest_jacobian(move, everywhere) < _LEAST_JACOBIAN:
        strength *= _WEAKER
        move = Displacement(grid, (strength * whole).astype(np.float32))
    return move


def _linear(tumour: BoolArray, cavity: BoolArray, grid: Grid) -> FloatArray:
    """Return the displacement of shift and scale everywhere, (X, Y, Z, 3), mm."""
    start, end = (grid.to_world(np.argwhere(region)).mean(0) for region in (tumour, cavity))
    ratio = np.count_nonzero(cavity) / np.count_nonzero(tumour)
    scale = float(np.clip(np.cbrt(ratio), *_SCALES))
    places = all_places(grid)
    return np.asarray(scale * (places - start) + end - places)
