"""Head motion and eddy-current distortion between the images of a diffusion series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level
from gliofront.image.grid import FloatArray, Grid
from gliofront.image.resample import resample_volume, working_grid
from gliofront.image.series import Series
from gliofront.image.volume import BoolArray, Float32Array, Volume
from gliofront.maps.diffusion.brain import mask_from_b0, widened
from gliofront.maps.diffusion.gradients import Gradients
from gliofront.maps.diffusion.linear import (
    degrees_of,
    displacement_mm,
    register_linear,
    rotation_of,
)
from gliofront.maps.diffusion.refine import refine_rigid
from gliofront.maps.diffusion.settings import DiffusionSettings
from gliofront.maps.diffusion.volumes import share_of, volume_of

_REACH_MM = 10.0  # around the brain: the edge that tells where it is
_LARGE_MM = 5.0
_POINTS = 5000


@dataclass(frozen=True, eq=False)
class MotionCorrected:
    """A series whose images lie on one another.

    Parameters
    ----------
    series : resampled once, by a cubic spline; NaN beyond the field of view.
    gradients : directions turned with the head.
    b0 : mean of the images without weighting.
    pulls : (N, 4, 4) from the mean b0's world to each image's, RAS mm.
    displacement_mm : (N,) mean displacement of the brain.
    degrees : (N,) rotation.
    """

    series: Series
    gradients: Gradients
    b0: Volume
    pulls: FloatArray
    displacement_mm: FloatArray
    degrees: FloatArray
    findings: tuple[Finding, ...] = ()


def correct_motion(
    series: Series,
    gradients: Gradients,
    brain_mask: BoolArray | None = None,
    settings: DiffusionSettings | None = None,
) -> MotionCorrected:
    """Register every image to the mean b0, resample it and turn its gradient.

    The b0s are registered rigidly to the first and averaged. Every weighted image is registered
    rigidly to that mean by mutual information, then affinely (eddy currents shift, scale and
    shear) to the mean of the weighted images so aligned: it has their contrast, and an affine
    fit between contrasts shrinks the brain, since its rim of fluid is bright in one and dark in
    the other. What is left between both means is common to all and found last. Gradients turn
    by the affine's rotation (Leemans and Jones, MRM 61:1336, 2009).

    Parameters
    ----------
    brain_mask : (X, Y, Z) on the series' grid; found on the first b0 where not given.
    settings : with ``motion`` off, the series is handed back as it is, with its mean b0.

    Raises
    ------
    InputRefused
        If the gradients are of another number than the images, or none is a b0.
    """
    settings = settings or DiffusionSettings()
    _check(series, gradients)
    if not settings.motion:
        still = np.tile(np.eye(4), (len(series), 1, 1))
        return _described(series, series, gradients, still, np.zeros((1, 3)))
    mask = mask_from_b0(_first_b0(series, gradients)) if brain_mask is None else brain_mask
    near = widened(mask, series.grid.spacing, _REACH_MM)
    coarse = working_grid(series.grid, settings.motion_mm)
    pulls = _register(series, gradients, coarse, _on(near, series.grid, coarse), mask)
    moved = np.stack(
        [_resampled(series.image(n), series.grid, pull, order=3) for n, pull in enumerate(pulls)],
        axis=-1,
    )
    corrected = series.with_data(np.maximum(moved, 0))  # a spline may swing below; NaN stays
    voxels = np.argwhere(mask)
    points = series.grid.to_world(voxels[:: max(1, len(voxels) // _POINTS)])
    return _described(series, corrected, gradients, pulls, points)


def mean_b0(series: Series, gradients: Gradients) -> Volume:
    """Return the mean of the images without weighting; undefined where one is."""
    images = series.data[..., gradients.is_b0]
    return Volume(series.grid, images.mean(axis=-1, dtype=np.float64), "b0", series.unit)


def _check(series: Series, gradients: Gradients) -> None:
    if len(series) != len(gradients):
        problem = f"{len(gradients)} gradients for {len(series)} images"
        raise InputRefused(series.quantity, problem, "give the gradients of this series")
    if not gradients.is_b0.any():
        problem = "there is no image without diffusion weighting (b0)"
        raise InputRefused(series.quantity, problem, "give the series with its b0")


def _first_b0(series: Series, gradients: Gradients) -> Volume:
    return series.image(int(np.argmax(gradients.is_b0)))


def _on(mask: BoolArray, grid: Grid, coarse: Grid) -> BoolArray:
    share = resample_volume(share_of(grid, mask), coarse, fill=0.0)
    return np.asarray(share.data >= 0.5)


def _resampled(volume: Volume, grid: Grid, pull: FloatArray, order: int = 1) -> Float32Array:
    return resample_volume(volume, grid, pull=pull, order=order).data


def _register(
    series: Series, gradients: Gradients, coarse: Grid, near: BoolArray, mask: BoolArray
) -> FloatArray:
    """Return the pull of every image, (N, 4, 4)."""
    pulls = np.tile(np.eye(4), (len(series), 1, 1))
    b0s, weighted = np.flatnonzero(gradients.is_b0), np.flatnonzero(~gradients.is_b0)
    first = resample_volume(series.image(int(b0s[0])), coarse)
    for n in b0s[1:]:
        pulls[n] = register_linear(first, _coarsened(series, n, coarse), near, "Rigid")
    fixed = first.with_data(_mean(series, b0s, coarse, pulls))
    for n in weighted:
        pulls[n] = register_linear(fixed, _coarsened(series, n, coarse), near, "Rigid")
    if not len(weighted):
        return pulls
    alike = first.with_data(_mean(series, weighted, coarse, pulls))
    for n in weighted:
        moving = first.with_data(_resampled(series.image(int(n)), coarse, pulls[n]))
        pulls[n] = pulls[n] @ register_linear(alike, moving, near, "Affine")
    pulls[weighted] = pulls[weighted] @ _link(series, b0s, weighted, pulls, mask)
    return pulls


def _link(
    series: Series, b0s: np.ndarray, weighted: np.ndarray, pulls: FloatArray, mask: BoolArray
) -> FloatArray:
    """Return what is left between the mean b0 and the mean weighted image, (4, 4)."""
    fixed, moving = (
        volume_of(series.grid, _mean(series, images, series.grid, pulls), "mean", "arbitrary")
        for images in (b0s, weighted)
    )
    return refine_rigid(fixed, moving, mask)


def _coarsened(series: Series, index: int, coarse: Grid) -> Volume:
    return resample_volume(series.image(int(index)), coarse)


def _mean(series: Series, images: np.ndarray, coarse: Grid, pulls: FloatArray) -> FloatArray:
    """Return the mean of some images on the coarse grid, where all are defined."""
    made = [_resampled(series.image(int(n)), coarse, pulls[n]) for n in images]
    return np.asarray(np.mean(made, axis=0, dtype=np.float64))


def _described(
    series: Series, corrected: Series, gradients: Gradients, pulls: FloatArray, points: FloatArray
) -> MotionCorrected:
    # A head turned by R carries the gradient g, which stands, to R' g in its own frame.
    turned = gradients.rotate(np.stack([rotation_of(pull).T for pull in pulls]))
    far = np.array([displacement_mm(pull, points) for pull in pulls])
    findings = [_moved_far(series.quantity, far)] if far.max() > _LARGE_MM else []
    return MotionCorrected(
        corrected,
        turned,
        mean_b0(corrected, gradients),
        pulls,
        far,
        np.array([degrees_of(pull) for pull in pulls]),
        tuple(findings),
    )


def _moved_far(subject: str, far: FloatArray) -> Finding:
    return Finding(
        Level.WARNING,
        "large-head-motion",
        subject,
        f"the brain moved by up to {far.max():.1f} mm between the images (image "
        f"{int(far.argmax())}, counted from 0)",
        "look at the maps; slices acquired during the motion stay wrong",
    )
