"""Radiotherapy: where the dose goes and which cells outlive it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.phantom.anatomy import Anatomy
from gliofront.phantom.fields import lognormal_field

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

EFFECTIVE_DOSE_GY = 72.0
"""Biologically effective dose of 60 Gy in 30 fractions at alpha / beta 10 Gy."""
MARGIN_MM = 20.0
PENUMBRA_MM = 3.0


def dose_share(anatomy: Anatomy, core: BoolArray) -> FloatArray:
    """Return the dose as a share of the prescribed one, 0 to 1, (X, Y, Z).

    It covers the core and a margin of 20 mm (Niyazi et al., Radiother Oncol 118:35-42, 2016) and
    falls off over a few millimetres (a penumbra of 3 mm: assumed).
    """
    distance = ndimage.distance_transform_edt(~core, sampling=anatomy.grid.spacing)
    return np.asarray(1 / (1 + np.exp((distance - MARGIN_MM) / PENUMBRA_MM)))


def survival(rng: np.random.Generator, anatomy: Anatomy, core: BoolArray) -> FloatArray:
    """Share of cells that outlive radiochemotherapy, (X, Y, Z), 0 to 1.

    exp(-alpha BED) with 60 Gy in 30 fractions and alpha / beta 10 Gy, so BED 72 Gy (Rockne et
    al., Phys Med Biol 55:3271-3285, 2010; alpha 0.03 /Gy on average, log-normal between
    patients). How sensitive the cells are varies from place to place (log-normal, sigma 0.5 over
    10 mm: assumed); this is what no image shows.
    """
    dose = EFFECTIVE_DOSE_GY * dose_share(anatomy, core)
    alpha = 0.03 * np.exp(0.3 * rng.standard_normal())
    local = lognormal_field(rng, core.shape, anatomy.grid.spacing, 10.0, 0.5)
    return np.asarray(np.exp(-alpha * local * dose))
