"""Rigid motion between the frames of a bolus series, told apart from the bolus itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from gliofront.foundation.findings import Finding, Level
from gliofront.image.grid import FloatArray
from gliofront.image.series import Series
from gliofront.image.volume import BoolArray
from gliofront.maps.perfusion.bolus import Bolus
from gliofront.maps.perfusion.motion_calm import bolus_courses, calmest
from gliofront.maps.perfusion.motion_reference import make_reference, prepared
from gliofront.maps.perfusion.motion_steps import outside_bolus, refine
from gliofront.maps.perfusion.rigid import (
    degrees_of,
    displacement_mm,
    in_voxels,
    parameters_of,
    rigid_matrix,
)
from gliofront.maps.perfusion.settings import MotionSettings


@dataclass(frozen=True)
class Motion:
    """Motion of every frame against the reference.

    Parameters
    ----------
    motions : (N, 4, 4) from a point of the reference, in mm along the index axes about the
        centre of the mask, to where it lies in the frame.
    displaced_mm : (N,) greatest displacement in the mask.
    rotated_degrees : (N,) rotation angle.
    moved : (N,) bool, frames that were resampled.
    centre_mm : (3,) the centre of the mask along the index axes, from voxel 0.
    """

    motions: FloatArray
    displaced_mm: FloatArray
    rotated_degrees: FloatArray
    moved: BoolArray
    centre_mm: FloatArray


def estimate_motion(
    series: Series, bolus: Bolus, mask: BoolArray, settings: MotionSettings | None = None
) -> Motion:
    """Estimate how the head lies in every frame against the mean of the frames before the bolus.

    The passing agent turns the contrast of tissue round, which must not be taken for motion. So
    frames outside the first pass are registered with the baseline (under a smooth gain), motion
    is interpolated over the pass, and then every frame is compared with what time courses of
    the bolus alone make of the aligned series. Motion that comes and goes exactly with the bolus
    cannot be told from it and is left in.

    Parameters
    ----------
    series : the frames; undefined voxels count as 0.
    bolus : of the mean curve.
    mask : (X, Y, Z) the brain.
    """
    settings = settings or MotionSettings()
    data = np.nan_to_num(series.data) if np.isnan(series.data).any() else series.data
    reference = make_reference(
        data[..., bolus.baseline].mean(axis=-1), mask, series.grid.spacing, settings
    )
    splines = [
        ndimage.spline_filter(prepared(data[..., i], reference.factors), 3, mode="nearest")
        for i in range(len(series))
    ]
    first = motions = outside_bolus(splines, reference, bolus, settings)
    courses = bolus_courses(bolus, data[mask].mean(axis=0, dtype=np.float64))
    for _ in range(settings.refinements):
        refined = refine(splines, motions, reference, courses, settings)
        motions = calmest(refined, first, courses)
        motions = motions @ np.linalg.inv(_middle_motion(motions[bolus.baseline]))
    displaced = np.array([displacement_mm(m, reference.hull_mm) for m in motions])
    turned = np.array([degrees_of(m) for m in motions])
    # The centre of a block of f voxels lies (f - 1) / 2 voxels beyond its first.
    shift = (np.array(reference.factors) - 1) / 2 * series.grid.spacing
    return Motion(
        motions, displaced, turned, displaced >= settings.least_mm, reference.centre_mm + shift
    )


def _middle_motion(motions: FloatArray) -> FloatArray:
    """Return the median of small motions (M, 4, 4)."""
    return rigid_matrix(np.median([parameters_of(motion) for motion in motions], axis=0))


def resample_frames(series: Series, motion: Motion) -> Series:
    """Bring the frames that moved back onto the reference, by one cubic interpolation each.

    What lies beyond the slab is taken from its nearest slice.
    """
    if not motion.moved.any():
        return series
    data = np.array(series.data)
    for index in np.flatnonzero(motion.moved):
        matrix = in_voxels(motion.motions[index], series.grid.spacing, motion.centre_mm)
        data[..., index] = ndimage.affine_transform(
            np.nan_to_num(data[..., index]), matrix[:3, :3], matrix[:3, 3], order=3, mode="nearest"
        )
    return series.with_data(np.maximum(data, 0, out=data))


def motion_findings(motion: Motion, spacing: FloatArray, subject: str) -> list[Finding]:
    """Return a warning if a frame moved by more than the longest side of a voxel."""
    most = float(motion.displaced_mm.max())
    if most <= float(spacing.max()):
        return []
    frame = int(motion.displaced_mm.argmax())
    problem = f"the head moved by up to {most:.1f} mm (frame {frame})"
    mend = "look at the maps there; motion of this size is only partly undone"
    return [Finding(Level.WARNING, "perfusion-motion", subject, problem, mend)]
