"""The diffusion tensor of every voxel, fitted by DIPY."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from dipy.core.gradients import GradientTable, gradient_table
from dipy.reconst.dti import TensorModel
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import FloatArray
from gliofront.image.series import Series
from gliofront.image.volume import BoolArray, Float32Array
from gliofront.maps.diffusion.gradients import Gradients, check_tensor
from gliofront.maps.diffusion.settings import DiffusionSettings

_NUMBERS = 13  # of a voxel's fit: 3 eigenvalues, 9 of the eigenvectors, S0
# DIPY clips eigenvalues at 1e-6 / b: what lies there was negative.
_CLIPPED = 2e-6


@dataclass(frozen=True, eq=False)
class TensorFit:
    """Tensors of a mask's voxels.

    Parameters
    ----------
    eigenvalues : (X, Y, Z, 3) mm2/s, descending; NaN outside the mask and where not physical.
    principal : (X, Y, Z, 3) unit vector of the largest, world RAS+; NaN likewise.
    s0 : (X, Y, Z) fitted signal without weighting; NaN where there is no fit.
    predicted : (V, N) the fit's signal in the mask's voxels, in C order; NaN likewise.
    unfitted : (X, Y, Z) voxels of the mask with a signal that is undefined or not positive.
    not_physical : (X, Y, Z) voxels whose fit has an eigenvalue at or below 0 or beyond water's.
    """

    eigenvalues: Float32Array
    principal: Float32Array
    s0: Float32Array
    predicted: Float32Array
    unfitted: BoolArray
    not_physical: BoolArray


def fit_tensor(
    series: Series,
    gradients: Gradients,
    mask: BoolArray,
    settings: DiffusionSettings | None = None,
) -> TensorFit:
    """Fit S = S0 exp(-b g'Dg) in every voxel of a mask.

    Weighted least squares on log signals, weights from ordinary least squares (Chung et al.,
    NeuroImage 33:531, 2006), or RESTORE (Chang et al., MRM 53:1088, 2005) with the noise
    estimated from the residuals of the former, because scanners often blank the background and
    most protocols have a single b0.

    A voxel is left undefined where a signal is not positive, an eigenvalue is not above 0 or the
    largest exceeds ``most_mm2_s``.

    Raises
    ------
    InputRefused
        If the gradients do not determine a tensor, are of another number than the images, or the
        mask is empty or of another shape.
    """
    settings = settings or DiffusionSettings()
    _check(series, gradients, mask)
    signals = series.data[mask]
    usable = np.all(np.isfinite(signals) & (signals > 0), axis=1)
    table = gradient_table(
        gradients.b_values, bvecs=gradients.directions, b0_threshold=settings.b0_threshold
    )
    numbers = np.full((len(signals), _NUMBERS), np.nan)
    numbers[usable] = _fit(signals[usable], table, "WLS", None, settings.block)
    if settings.fit == "restore":
        sigma = noise(signals, predict(numbers, gradients))
        numbers[usable] = _fit(signals[usable], table, "RESTORE", sigma, settings.block)
    weakest = _CLIPPED / gradients.b_values.max()
    sound = np.asarray((numbers[:, 2] > weakest) & (numbers[:, 0] <= settings.most_mm2_s))
    predicted = predict(numbers, gradients)
    physical = np.where(sound[:, None], numbers, np.nan)
    return TensorFit(
        _spread(physical[:, :3], mask),
        _spread(physical[:, 3:12].reshape(-1, 3, 3)[:, :, 0], mask),
        _spread(numbers[:, 12], mask),
        predicted,
        _where(mask, ~usable),
        _where(mask, usable & ~sound),
    )


def predict(numbers: FloatArray, gradients: Gradients) -> Float32Array:
    """Return the signal (V, N) of fits (V, 13): eigenvalues, eigenvectors as columns, S0."""
    vectors = numbers[:, 3:12].reshape(-1, 3, 3)
    along = np.einsum("vik,ni->vkn", vectors, gradients.directions, optimize=True)
    diffusion = np.einsum("vk,vkn->vn", numbers[:, :3], along**2, optimize=True)
    return np.asarray(
        numbers[:, 12, None] * np.exp(-gradients.b_values * diffusion), dtype=np.float32
    )


def noise(signals: Float32Array, predicted: Float32Array) -> float:
    """Return the robust standard deviation of the residuals (V, N) of a fit of 7 unknowns.

    1.4826 times the median of their sizes, times sqrt(N / (N - 7)); NaN where N is 7.
    """
    count = signals.shape[1]
    if count <= 7:
        return float("nan")
    sizes = np.abs(signals - predicted)
    return float(1.4826 * np.nanmedian(sizes) * np.sqrt(count / (count - 7)))


def _check(series: Series, gradients: Gradients, mask: BoolArray) -> None:
    check_tensor(gradients, series.quantity)
    if len(series) != len(gradients):
        problem = f"{len(gradients)} gradients for {len(series)} images"
        raise InputRefused(series.quantity, problem, "give the gradients of this series")
    if mask.shape != series.grid.shape or not mask.any():
        problem = f"an empty brain mask or one of shape {mask.shape}"
        raise InputRefused(series.quantity, problem, "give the brain mask of this series")


def _blocks(count: int, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, count, size))


def _fit(
    signals: Float32Array, table: GradientTable, method: str, sigma: float | None, block: int
) -> FloatArray:
    """Return DIPY's fit of positive signals (V, N), (V, 13)."""
    result = np.full((len(signals), _NUMBERS), np.nan)
    if not len(signals):
        return result
    # One floor for all blocks; with positive signals it changes none of them.
    options: dict[str, object] = {"min_signal": float(signals.min()), "return_S0_hat": True}
    if method == "RESTORE":
        options["sigma"] = sigma if sigma is not None and np.isfinite(sigma) else None
    build: Any = TensorModel  # DIPY has no types
    model = build(table, fit_method=method, **options)
    with warnings.catch_warnings():
        # RESTORE says here that some voxels fell back to least squares: as good as it can be.
        warnings.simplefilter("ignore", UserWarning)
        for part in _blocks(len(signals), block):
            fit = model.fit(signals[part].astype(np.float64))
            result[part, :12] = fit.model_params
            result[part, 12] = np.ravel(fit.S0_hat)
    return result


def _spread(values: FloatArray, mask: BoolArray) -> Float32Array:
    """Put the mask's values (V, ...) on its grid, (X, Y, Z, ...), NaN elsewhere."""
    full = np.full(mask.shape + values.shape[1:], np.nan, dtype=np.float32)
    full[mask] = values
    return full


def _where(mask: BoolArray, chosen: NDArray[np.bool_]) -> BoolArray:
    full = np.zeros(mask.shape, dtype=bool)
    full[mask] = chosen
    return full
