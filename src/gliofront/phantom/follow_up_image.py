"""The contrast-enhanced T1 image of the treated head, before it is moved and sampled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.phantom.anatomy import Anatomy
from gliofront.phantom.course import Course
from gliofront.phantom.fields import lognormal_field
from gliofront.phantom.sites import Protocol, spin_signal
from gliofront.phantom.tissue_signals import (
    BLOOD_WITH_AGENT,
    FLUID,
    GREY,
    OEDEMA,
    SOLID_TUMOUR,
    VARIATION,
    WHITE,
    TissueSignal,
)
from gliofront.phantom.tumour import FLUID_LIMIT

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

PROTOCOL = Protocol(450, 10, 0, (0.5, 0.5, 2.5), 22, 420)
"""A spin echo at 1.5 T as many hospitals use for follow-up: assumed."""
T1_AT_LOWER_FIELD = 0.5 ** (1 / 3)
"""T1 of tissue grows with about the third root of the field, Bottomley et al., Med Phys
11:425-448, 1984; fluid's does not, and T2 hardly."""
TREATED_UPTAKE = 0.8
"""Contrast uptake of pseudo-progression as a share of the tumour's: assumed."""
SCAR_UPTAKE, SCAR_MM = 0.2, 2.0
"""Faint uptake at the cavity's wall as a share of the tumour's, and its width: assumed."""
NEW_OEDEMA_MM = 6.0
OEDEMA_LEFT = (0.2, 0.7)
"""Share of the oedema before surgery that is left: assumed."""


def image_after(
    rng: np.random.Generator, anatomy: Anatomy, course: Course, oedema: FloatArray
) -> FloatArray:
    """Return the signal of the treated head at 1.5 T, on the pre-operative grid, (X, Y, Z).

    Healthy tissue, fluid in the cavity, a faint scar on its wall, what is left of the oedema and
    what is new about the enhancement, enhancing tumour or pseudo-progression, vessels.

    Parameters
    ----------
    rng : the generator, for oedema left and variation of the uptake.
    anatomy : the head before surgery.
    course : what became of the patient.
    oedema : swelling before surgery, 0 to 1, (X, Y, Z).
    """
    spacing = anatomy.grid.spacing
    uneven = lognormal_field(rng, oedema.shape, spacing, VARIATION.scale_mm, VARIATION.uptake)
    empty = np.maximum(_soft(course.cavity), 0) * anatomy.brain
    tissue = 1 - np.maximum(anatomy.fluid, empty)
    solid = _soft(course.enhancing & ~course.pseudo) * tissue
    treated = _soft(course.pseudo) * tissue * (1 - solid)
    wet = float(rng.uniform(*OEDEMA_LEFT)) * oedema
    wet = np.maximum(wet, _about(course.enhancing, spacing)) * (anatomy.fluid < FLUID_LIMIT)
    healthy = np.clip(tissue - solid - treated, 0, 1)
    white = anatomy.white / np.maximum(anatomy.white + anatomy.grey, 1e-6)
    scar = SCAR_UPTAKE * _wall(course.cavity, spacing)
    broken = SOLID_TUMOUR.uptake * uneven
    parts = [
        (WHITE, healthy * (1 - wet) * white, WHITE.uptake + scar * broken),
        (GREY, healthy * (1 - wet) * (1 - white), GREY.uptake + scar * broken),
        (OEDEMA, healthy * wet, OEDEMA.uptake + scar * broken),
        (SOLID_TUMOUR, solid, broken),
        (OEDEMA, treated, TREATED_UPTAKE * broken),
    ]
    signal = sum(
        (share * _signal(kind, uptake) for kind, share, uptake in parts),
        (1 - tissue) * _signal(FLUID, 0),
    )
    vessels = anatomy.vessels * (1 - empty) * (1 - solid)
    blood = _signal(BLOOD_WITH_AGENT, BLOOD_WITH_AGENT.uptake)
    return np.asarray(((1 - vessels) * signal + vessels * blood) * anatomy.brain)


def white_signal() -> float:
    """Return the signal of white matter, by which noise is scaled."""
    return float(_signal(WHITE, WHITE.uptake))


def _signal(kind: TissueSignal, uptake: FloatArray | float) -> FloatArray:
    """Signal of a pure tissue at 1.5 T with so much uptake of contrast agent (1/s)."""
    if kind is not FLUID:
        kind = replace(kind, t1_ms=kind.t1_ms * T1_AT_LOWER_FIELD)
    return spin_signal(kind.water, 1000 / kind.t1_ms + uptake, 1000 / kind.t2_ms, PROTOCOL)


def _soft(mask: BoolArray) -> FloatArray:
    return np.asarray(ndimage.gaussian_filter(mask.astype(np.float64), 0.5))


def _about(mask: BoolArray, spacing: FloatArray) -> FloatArray:
    """Fall from 1 at a region to 0 far from it, (X, Y, Z)."""
    if not mask.any():
        return np.zeros(mask.shape)
    away = ndimage.distance_transform_edt(~mask, sampling=spacing)
    return np.asarray(np.exp(-away / NEW_OEDEMA_MM))


def _wall(cavity: BoolArray, spacing: FloatArray) -> FloatArray:
    """1 at the cavity's wall, falling over the width of a scar, (X, Y, Z)."""
    if not cavity.any():
        return np.zeros(cavity.shape)
    away = ndimage.distance_transform_edt(~cavity, sampling=spacing)
    return np.asarray(np.exp(-((away / SCAR_MM) ** 2)))
