"""Cavity and enhancement on a scan after treatment, by our own outline near the former tumour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from gliofront.image.grid import FloatArray, Grid
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
    before: Volume | None = None,
    settings: TreatedSettings | None = None,
) -> Treated:
    """Outline the resection cavity and the enhancing tissue of a treated brain.

    The cavity is dark as fluid on T1C and touches where the tumour was. What enhances is brighter
    than white matter on T1C, and brighter than on T1 where that is there, in bodies that are no
    vessels, at a stated distance from the former tumour at most. Fluid and brightness that were
    there before, outside the tumour, are ventricles, vessels and dura.

    Parameters
    ----------
    t1c : bias-corrected, any unit.
    brain : (X, Y, Z).
    tumour : (X, Y, Z), the enhancing tumour before surgery, put here by the rigid alignment.
    t1 : on the same grid.
    before : T1C before surgery, put here likewise; NaN where it is undefined.

    Raises
    ------
    InputRefused
        If the brain is nearly empty or constant on T1C.
    """
    settings = settings or TreatedSettings()
    spacing = t1c.grid.spacing
    strength = _strength(t1c, brain)
    dark, bright = brain.copy(), brain.copy()
    if before is not None:
        was = _strength(before, brain)
        outside = ~dilate(tumour, settings.tolerance_mm, spacing)
        fluid = settings.fluid_share * _fluid(was, brain, settings)
        dark &= ~dilate((was < fluid) & outside & brain, settings.tolerance_mm, spacing)
        bright &= ~dilate((was > settings.low_z) & outside & brain, settings.tolerance_mm, spacing)
    if t1 is not None:
        bright &= strength - _strength(t1, brain, like=t1c) > settings.uptake_z
    cavity = _cavity(strength, brain, dark, tumour, t1c.grid, settings)
    enhancing = _enhancing(strength, bright & ~cavity, tumour, t1c.grid, settings)
    return Treated(cavity, enhancing)


def _strength(volume: Volume, brain: BoolArray, like: Volume | None = None) -> FloatArray:
    """Return an image in z of its rough white matter, or of another's; 0 where undefined."""
    white = rough_white(like or volume, brain & np.isfinite(volume.data))
    return np.nan_to_num(rough_white_units(volume, white).data.astype(np.float64))


def _fluid(strength: FloatArray, brain: BoolArray, settings: TreatedSettings) -> float:
    return float(np.percentile(strength[brain], settings.fluid_percentile))


def _cavity(
    strength: FloatArray,
    brain: BoolArray,
    allowed: BoolArray,
    tumour: BoolArray,
    grid: Grid,
    settings: TreatedSettings,
) -> BoolArray:
    """Return fluid within reach of the former tumour, in bodies that overlap it."""
    near = allowed & dilate(tumour, settings.cavity_reach_mm, grid.spacing)
    dark = near & (strength < settings.fluid_share * _fluid(strength, brain, settings))
    found = np.zeros_like(brain)
    for body in _bodies(dark, grid, settings):
        if np.mean(tumour[body]) >= settings.cavity_overlap:
            found |= body
    return np.asarray(ndimage.binary_fill_holes(found))


def _enhancing(
    strength: FloatArray,
    allowed: BoolArray,
    tumour: BoolArray,
    grid: Grid,
    settings: TreatedSettings,
) -> BoolArray:
    """Return bright bodies near the former tumour that are thicker than vessels."""
    near = allowed & dilate(tumour, settings.enhancing_reach_mm, grid.spacing)
    bright = hysteresis(near & (strength > settings.high_z), near & (strength > settings.low_z))
    found = np.zeros_like(near)
    for body in _bodies(bright, grid, settings):
        found |= body
    return found


def _bodies(mask: BoolArray, grid: Grid, settings: TreatedSettings) -> list[BoolArray]:
    least = int(np.ceil(settings.smallest_ml / grid.voxel_ml))
    return parts(opened(mask, settings.opening_mm, grid.spacing), least)
