"""Contralateral normal-appearing white matter (NAWM): the reference of every intensity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level
from gliofront.image.grid import FloatArray, Grid
from gliofront.image.volume import BoolArray, LabelVolume, Volume
from gliofront.regions.midplane import Plane
from gliofront.regions.morphology import depth_in, dilate, distance_to, erode, smooth
from gliofront.regions.settings import NawmSettings
from gliofront.regions.tissue import tidy

Side = Literal["left", "right", "both"]


@dataclass(frozen=True, eq=False)
class Nawm:
    """Normal-appearing white matter and how it was come by.

    Parameters
    ----------
    mask : (X, Y, Z) bool.
    side : hemisphere it lies in.
    findings : what had to be given up, if anything.
    """

    mask: BoolArray
    side: Side
    findings: tuple[Finding, ...]


def contralateral_nawm(
    tissue: LabelVolume,
    brain: BoolArray,
    tumour: BoolArray,
    plane: Plane,
    *,
    abnormal: BoolArray | None = None,
    flair: Volume | None = None,
    settings: NawmSettings | None = None,
    subject: str = "white matter",
) -> Nawm:
    """Find white matter in the hemisphere opposite to the tumour.

    White matter is eroded, away from the midplane and the brain's edge, and outside oedema.
    Where too little is left, erosion is given up first, then the edge's distance, then the
    hemisphere: white matter of both sides far from the tumour. Each step back is a finding.

    Parameters
    ----------
    tissue : with a label "white".
    tumour : (X, Y, Z) bool, enhancing tumour with necrosis; decides the side by its volume.
    abnormal : oedema or any abnormal tissue to stay out of (5 mm away).
    flair : any unit; voxels bright against the candidate white matter itself are left out.

    Raises
    ------
    InputRefused
        If the tumour is empty, or no step leaves the minimum volume.
    """
    settings = settings or NawmSettings()
    grid = tissue.grid
    if not tumour.any():
        raise InputRefused(subject, "no tumour, so no opposite side", "give a tumour mask")
    signed = plane.signed_over(grid)
    side, unclear = _opposite_side(tumour, signed)
    sound = _sound_white(tissue, tumour, abnormal)
    depth = depth_in(brain, grid.spacing)
    for step, (erosion, edge, both) in enumerate(_steps(settings)):
        region = _region(side, both, signed, tumour, grid, settings) & (depth > edge)
        mask = erode(sound, erosion, grid.spacing) & region
        mask = mask if flair is None else _without_bright(mask, flair, settings.flair_z)
        if np.count_nonzero(mask) * grid.voxel_ml >= settings.minimum_ml:
            found: Side = "both" if both else side
            steps_back = [] if step == 0 else [_step_back(subject, erosion, edge, both)]
            warnings = [_unclear_side(subject)] if unclear else []
            return Nawm(mask, found, tuple(warnings + steps_back))
    raise InputRefused(
        subject,
        f"less than {settings.minimum_ml:g} mL of normal-appearing white matter is left",
        "check the brain mask, the tumour mask and the T1C contrast, or lower nawm.minimum_ml",
    )


def _steps(settings: NawmSettings) -> list[tuple[float, float, bool]]:
    """Return erosion in mm, distance from the edge in mm, both hemispheres; strictest first."""
    erosion, edge = settings.erosion_mm, settings.edge_mm
    return [
        (erosion, edge, False),
        (erosion / 2, edge, False),
        (0.0, edge / 2, False),
        (erosion / 2, edge, True),
        (0.0, edge / 2, True),
    ]


def _opposite_side(tumour: BoolArray, signed_mm: FloatArray) -> tuple[Side, bool]:
    """Return the side with less tumour, and whether the tumour is on both (above 30 % there)."""
    right = float(np.mean(signed_mm[tumour] > 0))
    return ("left" if right >= 0.5 else "right"), min(right, 1 - right) > 0.3


def _sound_white(tissue: LabelVolume, tumour: BoolArray, abnormal: BoolArray | None) -> BoolArray:
    """Return white matter without specks, 5 mm away from the tumour and abnormal tissue."""
    white = tidy(tissue.mask("white"), tissue.grid.spacing)
    ill = tumour if abnormal is None else tumour | abnormal
    return white & ~dilate(ill, 5.0, tissue.grid.spacing)


def _region(
    side: Side,
    both: bool,
    signed_mm: FloatArray,
    tumour: BoolArray,
    grid: Grid,
    settings: NawmSettings,
) -> BoolArray:
    """Return where white matter may lie, by side and distance from midplane or tumour."""
    off_plane = np.abs(signed_mm) >= settings.midplane_mm
    if both:
        return np.asarray(off_plane & (distance_to(tumour, grid.spacing) > settings.lesion_mm))
    return np.asarray(off_plane & ((signed_mm > 0) == (side == "right")))


def _without_bright(mask: BoolArray, flair: Volume, limit_z: float) -> BoolArray:
    """Return the mask without voxels whose smoothed FLAIR is far above the mask's median."""
    if not mask.any():
        return mask
    image = smooth(np.nan_to_num(flair.data.astype(np.float64)), 1.0, flair.grid.spacing)
    centre = np.median(image[mask])
    spread = 1.4826 * np.median(np.abs(image[mask] - centre))
    return np.asarray(mask & (image <= centre + limit_z * spread))


def _step_back(subject: str, erosion: float, edge: float, both: bool) -> Finding:
    place = "both hemispheres, away from the tumour" if both else "the opposite hemisphere"
    problem = f"white matter from {place}, eroded {erosion:g} mm, {edge:g} mm from the brain's edge"
    level = Level.WARNING if both else Level.NOTE
    return Finding(level, "nawm-step-back", subject, problem, "look at the NAWM mask")


def _unclear_side(subject: str) -> Finding:
    problem = "the tumour lies in both hemispheres; the side with less of it was taken"
    return Finding(Level.WARNING, "nawm-unclear-side", subject, problem, "look at the NAWM mask")
