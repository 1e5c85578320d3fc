"""Removal of the receive coils' smooth shading.

N4 (Tustison et al., IEEE TMI 29:1310, 2010) on an isotropic grid of a few millimetres: the field
is smooth, so nothing is lost, and slices of any thickness are treated alike.
"""

from __future__ import annotations

import numpy as np

from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level
from gliofront.image.ants_arrays import data_from_ants, to_ants
from gliofront.image.resample import resample_volume, working_grid
from gliofront.image.volume import BoolArray, Float32Array, Volume
from gliofront.maps.settings import BiasSettings

# isort: split
# After ants_arrays, which sets ANTs' seed and its single thread: both are read when it is loaded.
import ants

_TINY = 1e-3  # of the median in the brain: the least value whose logarithm is taken


def correct_bias(
    volume: Volume, mask: BoolArray, settings: BiasSettings | None = None
) -> tuple[Volume, list[Finding]]:
    """Divide an image by its shading.

    Parameters
    ----------
    volume : intensities; NaN where undefined.
    mask : (X, Y, Z) the brain: the field is estimated there.

    Returns
    -------
    volume : corrected everywhere; outside the brain by a field held within its range inside. The
        field's geometric mean in the brain is 1, so the unit stays. NaN stays NaN.
    findings : a note where the image was left as it is, because more than a small share of the
        brain is not positive: a z-normalised image no longer is tissue times shading.

    Raises
    ------
    InputRefused
        If the mask is empty, or the image is undefined or constant in it.
    """
    settings = settings or BiasSettings()
    inside = volume.data[mask] if mask.shape == volume.grid.shape else volume.data[:0]
    inside = inside[np.isfinite(inside)]
    if not inside.size or inside.min() == inside.max():
        problem = "there is nothing to correct: the brain is empty, undefined or constant"
        raise InputRefused(volume.quantity, problem, "check the image and its brain mask")
    not_positive = float(np.mean(inside <= 0))
    if not_positive > settings.most_not_positive:
        return volume, [_left_alone(volume.quantity, not_positive)]
    field = _estimate_field(volume, mask, settings)
    return volume.with_data(volume.data / field), []


def _left_alone(quantity: str, share: float) -> Finding:
    return Finding(
        Level.NOTE,
        "bias-not-corrected",
        quantity,
        f"{share:.1%} of the brain is not positive, so its shading was not corrected (the image "
        "seems to be normalised already)",
        "give the image as it was acquired, if there is one",
    )


def _estimate_field(volume: Volume, mask: BoolArray, settings: BiasSettings) -> Float32Array:
    """Return the shading on the volume's grid (X, Y, Z), positive and finite."""
    grid = working_grid(volume.grid, settings.working_mm)
    brain = volume.with_data(np.where(mask, volume.data, np.nan))
    coarse = resample_volume(brain, grid)
    defined = np.isfinite(coarse.data)
    floor = np.float32(_TINY * np.median(coarse.data[defined]))
    positive = np.where(defined, np.maximum(coarse.data, floor), floor)
    field = data_from_ants(
        ants.n4_bias_field_correction(
            to_ants(coarse.with_data(positive)),
            mask=to_ants(coarse.with_data(defined)),
            shrink_factor=1,
            convergence={
                "iters": [settings.iterations] * settings.levels,
                "tol": settings.tolerance,
            },
            spline_param=settings.spline_mm,
            return_bias_field=True,
        )
    )
    log_field = np.log(field)
    log_field -= log_field[defined].mean()
    low, high = log_field[defined].min(), log_field[defined].max()
    held = coarse.with_data(np.clip(log_field, low, high))
    on_volume = resample_volume(held, volume.grid, fill=0.0)
    return np.asarray(np.exp(on_volume.data), dtype=np.float32)
