"""Rigid registration of frames: under a smooth gain, and with the bolus foreseen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.image.grid import FloatArray
from gliofront.maps.perfusion.bolus import Bolus
from gliofront.maps.perfusion.motion_reference import Reference, smooth, steepness_of
from gliofront.maps.perfusion.rigid import displacement_mm, in_voxels, parameters_of, rigid_matrix
from gliofront.maps.perfusion.settings import MotionSettings

_STEEPEST = 0.6  # share of the points, those of the steepest edges, used in refinement
_TUKEY = 4.685  # robust standard deviations beyond which a voxel does not count
_SIGMA_PER_MAD = 1.4826


@dataclass(frozen=True)
class Target:
    """What a frame should look like: values at picked points and their change, (P,) and (P, 6)."""

    picks: NDArray[np.intp]
    values: FloatArray
    steepness: FloatArray


def _expected(sampled: FloatArray, reference: Reference) -> FloatArray:
    """Return the reference with the frame's own smooth gain, at the points in use, (P,)."""
    product = np.zeros(reference.image.shape)
    product[reference.inside] = sampled * reference.image[reference.inside]
    gain = smooth(product, reference.sigma) / reference.power
    return np.asarray((gain * reference.image)[reference.inside])


def _tukey(residual: FloatArray) -> FloatArray:
    """Return weights that leave out vessels and whatever else changes by itself."""
    scale = _SIGMA_PER_MAD * float(np.median(np.abs(residual)))
    if scale == 0:
        return np.ones_like(residual)
    return np.asarray(np.maximum(1 - (residual / (_TUKEY * scale)) ** 2, 0) ** 2)


def sampled(
    spline: FloatArray, motion: FloatArray, reference: Reference, picks: slice | NDArray[np.intp]
) -> FloatArray:
    """Return a frame, as it lies after the motion, at the picked points in use, (P,)."""
    matrix = in_voxels(motion, reference.spacing, reference.centre_mm)
    where = matrix[:3, :3] @ reference.voxels[:, picks] + matrix[:3, 3:]
    return np.asarray(
        ndimage.map_coordinates(spline, where, order=3, mode="nearest", prefilter=False)
    )


def register(
    spline: FloatArray,
    reference: Reference,
    start: FloatArray,
    settings: MotionSettings,
    target: Target | None = None,
) -> FloatArray:
    """Return the (4, 4) motion of a frame, by inverse-compositional Gauss-Newton steps.

    Without a target the frame is compared with the reference under a smooth gain.
    """
    motion = start
    picks = slice(None) if target is None else target.picks
    steep = reference.steepness if target is None else target.steepness
    for _ in range(settings.iterations):
        seen = sampled(spline, motion, reference, picks)
        expected = _expected(seen, reference) if target is None else target.values
        weighted = _tukey(seen - expected)[:, None] * steep
        step = np.linalg.lstsq(weighted.T @ steep, weighted.T @ (seen - expected), rcond=None)[0]
        moved = rigid_matrix(step)
        motion = motion @ np.linalg.inv(moved)
        if displacement_mm(moved, reference.hull_mm) < settings.tolerance_mm:
            break
    return motion if displacement_mm(motion, reference.hull_mm) <= settings.most_mm else start


def outside_bolus(
    splines: list[FloatArray], reference: Reference, bolus: Bolus, settings: MotionSettings
) -> FloatArray:
    """Register the frames before and after the first pass; interpolate over the pass, (N, 4, 4)."""
    frames = [*range(bolus.arrival), *range(bolus.first_pass_end + 1, len(splines))]
    found, last = [], np.eye(4)
    for index in frames:
        last = register(splines[index], reference, last, settings)
        found.append(parameters_of(last))
    table = np.array(found)
    every = np.arange(len(splines))
    between = [np.interp(every, frames, column) for column in table.T]
    return np.stack([rigid_matrix(row) for row in np.stack(between, axis=1)])


def refine(
    splines: list[FloatArray],
    motions: FloatArray,
    reference: Reference,
    courses: FloatArray,
    settings: MotionSettings,
) -> FloatArray:
    """Register every frame with what the bolus should have made of the aligned series."""
    samples = np.stack(
        [
            sampled(spline, motion, reference, slice(None))
            for spline, motion in zip(splines, motions, strict=True)
        ]
    )
    images = np.linalg.pinv(courses) @ samples
    picks = _steepest(reference)
    changes = np.stack([steepness_of(image, reference)[picks] for image in images])
    refined = []
    for course, spline, motion in zip(courses, splines, motions, strict=True):
        steep = np.tensordot(course, changes, axes=1)
        target = Target(picks, course @ images[:, picks], steep)
        refined.append(register(spline, reference, motion, settings, target))
    return np.stack(refined)


def _steepest(reference: Reference) -> NDArray[np.intp]:
    """Return the points at the steepest edges: they say nearly all there is about motion."""
    slope = np.linalg.norm(reference.steepness[:, 3:], axis=1)
    return np.flatnonzero(slope >= np.quantile(slope, 1 - _STEEPEST))
