"""What a diffusion series and its fit are worth, in figures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gliofront.image.grid import FloatArray
from gliofront.image.series import Series
from gliofront.image.volume import BoolArray, Float32Array
from gliofront.maps.diffusion.gradients import Gradients
from gliofront.maps.diffusion.motion import MotionCorrected
from gliofront.maps.diffusion.tensor import TensorFit, noise

_FEWEST = 50  # mask voxels of a slice that counts
_OUTLIER_Z = 4.0
_UNKNOWNS = 7  # of a tensor and S0
_LEAST_DROP = 0.05  # of the signal: a smaller loss is no drop-out, however unusual


def outlier_slices(
    series: Series, gradients: Gradients, mask: BoolArray, *, slice_axis: int = 2
) -> BoolArray:
    """Find slices whose signal dropped out, as motion during the weighting makes it.

    A slice's mean log signal is linear in its mean tensor. The image that fits least (studentised
    residual) is predicted from the others (residual over 1 - leverage). It is an outlier if it
    lies below the prediction by 4 robust standard deviations of all slices and by 5 %, and is
    then left out before the next is judged, or it would spoil the others' predictions.

    Parameters
    ----------
    mask : (X, Y, Z); voxels with a signal that is not positive do not count.
    slice_axis : voxel axis of the slices; those of under 50 voxels are not judged.

    Returns
    -------
    (slices, N) bool; no slice is judged where no more than seven images are left.
    """
    means = _mean_logs(series, mask, slice_axis)
    design = _design(gradients)
    found = np.zeros(means.shape, dtype=bool)
    judged = np.flatnonzero(np.isfinite(means).all(axis=1))
    if not judged.size or len(design) <= _UNKNOWNS:
        return found
    first = np.stack([_residuals(means[n], design)[1] for n in judged])
    limit = max(1.4826 * _OUTLIER_Z * float(np.median(np.abs(first))), -np.log(1 - _LEAST_DROP))
    for n in judged:
        found[n, _dropped(means[n], design, ~gradients.is_b0, limit)] = True
    return found


def _mean_logs(series: Series, mask: BoolArray, slice_axis: int) -> FloatArray:
    """Return the mean log signal of every slice (slices, N); NaN where too few voxels are known."""
    signals = series.data[mask]
    positive = (signals > 0).all(axis=1)  # false for NaN
    slices = np.nonzero(mask)[slice_axis][positive]
    size = mask.shape[slice_axis]
    counts = np.bincount(slices, minlength=size)[:, None]
    logs = np.log(signals[positive].astype(np.float64))
    sums = np.stack([np.bincount(slices, values, size) for values in logs.T], axis=1)
    return np.where(counts >= _FEWEST, sums / np.maximum(counts, 1), np.nan)


def _design(gradients: Gradients) -> FloatArray:
    """Return what log signals (N,) are a linear function of, (N, 7)."""
    x, y, z = gradients.directions.T
    rows = np.stack([x * x, y * y, z * z, x * y, x * z, y * z], axis=1)
    return np.column_stack([gradients.b_values[:, None] * rows / 1000, np.ones(len(rows))])


def _residuals(values: FloatArray, design: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return studentised residuals (N,), and those of the predictions from the other images.

    Both are 0 where an image alone determines a part of the tensor.
    """
    hat = design @ np.linalg.pinv(design)
    left = 1 - np.diag(hat)
    known = left > 1e-6
    left = np.where(known, left, 1.0)
    residual = np.where(known, values - hat @ values, 0.0)
    return residual / np.sqrt(left), residual / left


def _dropped(
    values: FloatArray, design: FloatArray, weighted: np.ndarray, limit: float
) -> list[int]:
    """Return the images (N,) of a slice that dropped out."""
    kept = np.arange(len(values))
    while len(kept) > _UNKNOWNS:
        studentised, deleted = _residuals(values[kept], design[kept])
        worst = int(np.argmax(np.abs(studentised)))
        if deleted[worst] > -limit or not weighted[kept[worst]]:
            break
        kept = np.delete(kept, worst)
    return [n for n in range(len(values)) if n not in kept]


def fit_quality(
    series: Series, gradients: Gradients, mask: BoolArray, fit: TensorFit
) -> Mapping[str, float]:
    """Return figures of a fit within its mask; NaN where undefined.

    residual_percent: median over voxels of the root mean square residual, % of S0. b0_snr:
    median S0 over the noise, from repeated b0s where there are, else from the residuals.
    unfitted_percent, not_physical_percent: of the mask. outlier_slices_percent: of the slices of
    weighted images. directions_condition: see `Gradients.condition_number`, 1.58 at best.
    """
    signals, s0 = series.data[mask], fit.s0[mask]
    residual = np.sqrt(np.mean((signals - fit.predicted) ** 2, axis=1)) / s0
    known = residual[np.isfinite(residual)]
    outliers = outlier_slices(series, gradients, mask)
    brain_slices = int((mask.sum(axis=(0, 1)) >= _FEWEST).sum())
    weighted = int((~gradients.is_b0).sum())
    sigma = _b0_noise(signals[:, gradients.is_b0])
    sigma = noise(signals, fit.predicted) if np.isnan(sigma) else sigma
    level = float(np.nanmedian(s0)) if len(known) else float("nan")
    return {
        "residual_percent": 100 * float(np.median(known)) if len(known) else float("nan"),
        "b0_snr": level / sigma if sigma > 0 else float("nan"),
        "unfitted_percent": 100 * float(fit.unfitted[mask].mean()),
        "not_physical_percent": 100 * float(fit.not_physical[mask].mean()),
        "outlier_slices_percent": 100 * float(outliers.sum()) / max(brain_slices * weighted, 1),
        "directions_condition": gradients.condition_number(),
        "directions": float(weighted),
    }


def _b0_noise(b0s: Float32Array) -> float:
    """Return the median over voxels of the standard deviation of repeated b0s (V, B)."""
    if b0s.shape[1] < 2:
        return float("nan")
    return float(np.nanmedian(b0s.std(axis=1, ddof=1)))


def motion_quality(motion: MotionCorrected) -> Mapping[str, float]:
    """Return the largest and the mean displacement (mm), and the largest rotation (degrees)."""
    return {
        "motion_most_mm": float(motion.displacement_mm.max()),
        "motion_mean_mm": float(motion.displacement_mm.mean()),
        "motion_most_degrees": float(motion.degrees.max()),
    }
