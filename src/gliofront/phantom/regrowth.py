"""What is left to grow after treatment, and what of it anyone would call a recurrence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.growth.fisher_kpp import Tissue
from gliofront.phantom.anatomy import Anatomy
from gliofront.phantom.tumour import Tumour, ball

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SHELLS_MM = 20.0
"""Outermost shell about the core; a distant focus grows beyond it."""


def treated_tissue(rng: np.random.Generator, before: Tissue, cavity: BoolArray) -> Tissue:
    """Return what the survivors meet: no tissue in the cavity, slower division elsewhere.

    Chemotherapy leaves 0.2 to 0.6 of the net proliferation: assumed, so that progression comes
    after months (medians of 262 and 181 days in Yan et al. 2020, Table 1).
    """
    slowed = float(rng.uniform(0.2, 0.6))
    return replace(
        before,
        diffusivity=np.where(cavity, 0, before.diffusivity),
        proliferation=np.where(cavity, 0, before.proliferation * slowed),
    )


def distant_focus(
    rng: np.random.Generator, anatomy: Anatomy, tumour: Tumour, final_ml: float
) -> FloatArray:
    """Sow a small focus in white matter from which final_ml grow beyond the shells, (X, Y, Z).

    Where no place is far enough, the farthest are taken.
    """
    distance = ndimage.distance_transform_edt(~tumour.core, sampling=anatomy.grid.spacing)
    radius = 10 * (3 * final_ml / (4 * np.pi)) ** (1 / 3)
    far = min(SHELLS_MM + 1.3 * radius, float(np.quantile(distance[anatomy.seeds], 0.95)))
    allowed = np.flatnonzero(anatomy.seeds & (distance >= far))
    centre = np.array(np.unravel_index(rng.choice(allowed), anatomy.grid.shape))
    return 0.1 * ball(anatomy.grid.shape, anatomy.grid.spacing, centre, 3.0)


def large_foci(seen: BoolArray, fewest: float) -> BoolArray:
    """Drop specks that nobody would call progression."""
    labels, _ = ndimage.label(seen, np.ones((3, 3, 3)))
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray((sizes >= fewest)[labels])
