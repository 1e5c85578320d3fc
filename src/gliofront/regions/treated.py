"""Cavity and enhancement on a scan after treatment, by our own outline near the former tumour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from gliofront.image.volume import BoolArray, Volume
from gliofront.regions.morphology import dilate, hysteresis, opened, parts
from gliofront.regions.rough_white import rough_white, rough_white_units
from gliofront.regions.treated_settings import TreatedSettings


@dataclass(frozen=True, eq=False)
class Treated:
    """What treatment left, on the grid of the scan, (X, Y, Z) bool each."""

    cavity: BoolArray
    enhancing: BoolArray


def outline_treated(
    t1c: Volume,
    brain: BoolArray,
    tumour: BoolArray,
    *,
    t1: Volume | None = None,
    settings: TreatedSettings | None = None,
) -> Treated:
    """Outline the resection cavity and the enhancing tissue of a treated brain.

    The cavity is dark as fluid on T1C and touches where the tumour was. What enhances is brighter
    than white matter on T1C, and brighter than on T1 where that is there, in bodies that are no
    vessels, at a stated distance from the former tumour at most.

    Parameters
    ----------
    t1c : bias-corrected, any unit.
    brain : (X, Y, Z).
    tumour : (X, Y, Z), the enhancing tumour before surgery, put here by the rigid alignment.
    t1 : on the same grid.

    Raises
    ------
    InputRefused
        If the brain is nearly empty or constant on T1C.
    """
    settings = settings or TreatedSettings()
    white = rough_white(t1c, brain)
    strength = rough_white_units(t1c, white).data.astype(np.float64)
    strength = np.where(np.isfinite(strength), strength, 0.0)
    cavity = _cavity(strength, brain, tumour, t1c.grid.spacing, settings)
    taken_up = np.ones(brain.shape, dtype=bool)
    if t1 is not None:
        plain = rough_white_units(t1, white).data
        taken_up = np.nan_to_num(strength - plain) > settings.uptake_z
    enhancing = _enhancing(strength, brain & taken_up & ~cavity, tumour, t1c, settings)
    return Treated(cavity, enhancing)


def _cavity(
    strength: np.ndarray,
    brain: BoolArray,
    tumour: BoolArray,
    spacing: np.ndarray,
    settings: TreatedSettings,
) -> BoolArray:
    """Return fluid within reach of the former tumour, in bodies that overlap it."""
    fluid = float(np.percentile(strength[brain], settings.fluid_percentile))
    near = brain & dilate(tumour, settings.cavity_reach_mm, spacing)
    dark = near & (strength < settings.fluid_share * fluid)
    least = int(np.ceil(settings.smallest_ml * 1000 / float(np.prod(spacing))))
    bodies = parts(opened(dark, settings.opening_mm, spacing), least)
    found = np.zeros_like(brain)
    for body in bodies:
        if np.mean(tumour[body]) >= settings.cavity_overlap:
            found |= body
    return np.asarray(ndimage.binary_fill_holes(found))


def _enhancing(
    strength: np.ndarray,
    allowed: BoolArray,
    tumour: BoolArray,
    t1c: Volume,
    settings: TreatedSettings,
) -> BoolArray:
    """Return bright bodies near the former tumour that are thicker than vessels."""
    spacing = t1c.grid.spacing
    near = allowed & dilate(tumour, settings.enhancing_reach_mm, spacing)
    bright = hysteresis(near & (strength > settings.high_z), near & (strength > settings.low_z))
    least = int(np.ceil(settings.smallest_ml / t1c.grid.voxel_ml))
    found = np.zeros_like(near)
    for body in parts(opened(bright, settings.opening_mm, spacing), least):
        found |= body
    return found
