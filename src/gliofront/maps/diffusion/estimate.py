"""From a raw diffusion series to its maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from dipy.denoise.localpca import mppca

from gliofront.foundation.findings import Finding, Level
from gliofront.image.series import Series
from gliofront.image.volume import BoolArray, Volume
from gliofront.maps.diffusion.brain import mask_from_b0
from gliofront.maps.diffusion.distortion import correct_distortion
from gliofront.maps.diffusion.gradients import Gradients, check_tensor
from gliofront.maps.diffusion.maps import DiffusionMaps, FittedMaps
from gliofront.maps.diffusion.motion import MotionCorrected, correct_motion, mean_b0
from gliofront.maps.diffusion.quality import fit_quality, motion_quality
from gliofront.maps.diffusion.settings import DiffusionSettings
from gliofront.maps.diffusion.tensor import fit_tensor
from gliofront.maps.diffusion.tensor_maps import (
    anisotropic_q,
    colour,
    fractional_anisotropy,
    mean_diffusivity,
    p_from_adc,
)
from gliofront.maps.diffusion.volumes import volume_of


def diffusion_maps(
    series: Series,
    gradients: Gradients,
    brain_mask: BoolArray | None = None,
    settings: DiffusionSettings | None = None,
    *,
    pe_axis: int | None = None,
    reverse_b0: Volume | None = None,
    t1c_on_b0: Volume | None = None,
) -> DiffusionMaps:
    """Denoise (if asked), correct motion and distortion, and fit the tensor.

    Parameters
    ----------
    series : raw images in their file's voxel axes. gradients : see `parse_gradients`.
    brain_mask : (X, Y, Z); found on the corrected b0 where not given.
    pe_axis, reverse_b0, t1c_on_b0 : see `correct_distortion`; without an axis and one of the
        partners the distortion stays, and a finding says so.

    Raises
    ------
    InputRefused
        As the stages do.
    """
    settings = settings or DiffusionSettings()
    check_tensor(gradients, series.quantity)
    raw = denoised(series) if settings.denoise else series
    motion = correct_motion(raw, gradients, brain_mask, settings)
    straight = _straightened(motion, brain_mask, settings, pe_axis, reverse_b0, t1c_on_b0)
    b0 = straight.b0
    brain = mask_from_b0(b0) if brain_mask is None else brain_mask
    maps = fit_maps(straight.series, motion.gradients, brain, settings)
    return DiffusionMaps(
        maps,
        b0,
        brain,
        motion.gradients,
        motion.pulls,
        straight.field,
        {**motion_quality(motion), **straight.quality, **maps.quality},
        [*motion.findings, *straight.findings, *maps.findings],
    )


@dataclass(frozen=True, eq=False)
class _Straight:
    series: Series
    b0: Volume
    field: Volume | None
    quality: Mapping[str, float]
    findings: tuple[Finding, ...]


def _straightened(
    motion: MotionCorrected,
    brain_mask: BoolArray | None,
    settings: DiffusionSettings,
    axis: int | None,
    reverse_b0: Volume | None,
    t1c_on_b0: Volume | None,
) -> _Straight:
    """Correct the distortion if that is asked for and possible."""
    series, b0 = motion.series, motion.b0
    if not settings.distortion:
        return _Straight(series, b0, None, {}, ())
    if axis is None or (reverse_b0 is None and t1c_on_b0 is None):
        return _Straight(series, b0, None, {}, (_no_partner(series.quantity),))
    found = correct_distortion(
        series,
        b0,
        axis=axis,
        reverse_b0=reverse_b0,
        t1c_on_b0=t1c_on_b0,
        brain_mask=brain_mask,
        settings=settings,
    )
    return _Straight(found.series, found.b0, found.field, found.quality, found.findings)


def fit_maps(
    series: Series,
    gradients: Gradients,
    brain_mask: BoolArray | None = None,
    settings: DiffusionSettings | None = None,
) -> FittedMaps:
    """Fit the tensor of a corrected series and make its maps.

    Images above ``b_max`` are left out, with a note: there the signal decays more slowly than a
    tensor says.

    Raises
    ------
    InputRefused
        As `fit_tensor` and `check_tensor` do, after images above ``b_max`` are left out.
    """
    settings = settings or DiffusionSettings()
    kept, findings = gradients.b_values <= settings.b_max, []
    if not kept.all():
        findings.append(_left_out(series.quantity, gradients, settings.b_max))
        series, gradients = series.with_data(series.data[..., kept]), gradients.select(kept)
        check_tensor(gradients, series.quantity)
    brain = mask_from_b0(mean_b0(series, gradients)) if brain_mask is None else brain_mask
    fit = fit_tensor(series, gradients, brain, settings)
    values = fit.eigenvalues
    adc, fa = mean_diffusivity(values), fractional_anisotropy(values)
    return FittedMaps(
        volume_of(series.grid, adc, "ADC", "mm2/s"),
        volume_of(series.grid, fa, "FA", "ratio"),
        volume_of(series.grid, p_from_adc(adc), "p", "mm2/s"),
        volume_of(series.grid, anisotropic_q(values), "q", "mm2/s"),
        colour(fa, fit.principal).astype(np.float32),
        fit.principal,
        fit_quality(series, gradients, brain, fit),
        tuple(findings),
    )


def denoised(series: Series) -> Series:
    """Denoise by MP-PCA in neighbourhoods of 5 x 5 x 5 (Veraart et al., NeuroImage 142, 2016)."""
    clean = mppca(np.nan_to_num(series.data), patch_radius=2, suppress_warning=True)
    return series.with_data(np.where(np.isnan(series.data), np.nan, np.maximum(clean, 0)))


def _no_partner(subject: str) -> Finding:
    return Finding(
        Level.NOTE,
        "distortion-not-looked-for",
        subject,
        "the EPI distortion was not corrected: the phase-encoding axis, or an image to correct "
        "it by, is not given",
        "give PhaseEncodingDirection in the sidecar",
    )


def _left_out(subject: str, gradients: Gradients, b_max: float) -> Finding:
    high = gradients.b_values > b_max
    return Finding(
        Level.NOTE,
        "high-b-left-out",
        subject,
        f"{int(high.sum())} of {len(gradients)} images, above b = {b_max:g} s/mm2, were left out "
        "of the tensor",
    )
