"""A perfusion series, from its frames to its maps."""

from __future__ import annotations

from typing import Any

import numpy as np

from gliofront.foundation.errors import InputRefused
from gliofront.image.series import Series
from gliofront.image.volume import BoolArray, Float32Array
from gliofront.maps.perfusion.acquisition import (
    checked_echo_ms,
    checked_echo_pair_ms,
    checked_repetition_s,
)
from gliofront.maps.perfusion.aif import choose_arterial_input
from gliofront.maps.perfusion.bolus import Bolus
from gliofront.maps.perfusion.frames import (
    EarlyEcho,
    aligned_frames,
    chosen_brain,
    early_signal,
    mean_before,
)
from gliofront.maps.perfusion.leakage import reference_voxels
from gliofront.maps.perfusion.maps import PerfusionMaps, mapped, placed
from gliofront.maps.perfusion.quality import (
    artery_quality,
    bolus_quality,
    motion_quality,
    signal_to_noise,
)
from gliofront.maps.perfusion.relaxivity import delta_r2star, dual_echo_delta_r2star
from gliofront.maps.perfusion.saturation import empty_voxels, saturated_voxels, saturation_findings
from gliofront.maps.perfusion.settings import PerfusionSettings
from gliofront.maps.perfusion.voxelwise import blocks, voxel_table

_FEWEST_REFERENCE = 50  # voxels


def perfusion_maps(
    series: Series,
    brain: BoolArray | None,
    te_ms: float | None,
    tr_s: float | None,
    settings: PerfusionSettings | None = None,
    *,
    early_echo: EarlyEcho | None = None,
    reference: BoolArray | None = None,
) -> PerfusionMaps:
    """Make maps from a bolus series.

    Parameters
    ----------
    series : (X, Y, Z, N) gradient-echo signal; of two echoes, the later.
    brain : (X, Y, Z) bool on the grid of the series; None: found, roughly, in its first frames.
    te_ms, tr_s : echo time of the series in ms, time between frames in s.
    early_echo : the earlier echo of a dual-echo series: dR2* is then free of T1.
    reference : (X, Y, Z) bool, brain that does not enhance; None: found from the curves.

    Raises
    ------
    InputRefused
        If echo or repetition time is missing, implausible or in the wrong unit; if masks or
        echoes do not match; if no bolus is seen, it comes too early, or the series ends before
        it has half passed.
    """
    settings = settings or PerfusionSettings()
    subject = series.quantity
    tr = checked_repetition_s(tr_s, subject)
    echoes = _echoes(te_ms, early_echo, subject)
    _refuse_mismatch(series, brain, early_echo, reference)
    brain = chosen_brain(series, brain)
    aligned = aligned_frames(series, brain, tr, settings)
    bolus = aligned.bolus
    signal = aligned.frames.data[brain]
    early = early_signal(early_echo, brain, aligned.motion, settings)
    curves = _curves(signal, early, bolus, echoes, settings)
    saturated, noise = saturated_voxels(signal, bolus, settings)
    curves[empty_voxels(signal, bolus, noise, settings)] = np.nan
    artery, doubts = choose_arterial_input(
        curves, bolus, saturated, echoes[-1], settings.aif, subject
    )
    trusted = artery.curve if artery is not None and not doubts else None
    chosen = _reference(curves, brain, reference, bolus, settings, subject)
    course = curves[chosen].mean(axis=0, dtype=np.float64)
    table = voxel_table(signal, curves, course, trusted, bolus, settings)
    percent = 100 * float(saturated.mean())
    cut = saturation_findings(percent, settings.most_saturated_percent, subject)
    quality = {
        **bolus_quality(bolus),
        **motion_quality(aligned.motion),
        **artery_quality(artery),
        "saturated_percent": percent,
        "baseline_signal_to_noise": signal_to_noise(signal, bolus, noise),
        "reference_percent": 100 * float(chosen.mean()),
        "undefined_percent": 100 * float(np.isnan(table["cbv"]).mean()),
    }
    volumes: dict[str, Any] = mapped(series.grid, brain, table, absolute=trusted is not None)
    return PerfusionMaps(
        **volumes,
        baseline=mean_before(aligned.frames, bolus),
        brain=brain,
        reference=placed(brain, chosen),
        artery=placed(brain, artery.voxels) if artery else np.zeros_like(brain),
        reference_curve=course,
        artery_curve=artery.curve if artery else None,
        bolus=bolus,
        motions=aligned.motion.motions if aligned.motion else None,
        quality=quality,
        findings=[*aligned.findings, *doubts, *cut],
    )


def _echoes(te_ms: float | None, early: EarlyEcho | None, subject: str) -> tuple[float, ...]:
    if early is None:
        return (checked_echo_ms(te_ms, subject),)
    return checked_echo_pair_ms(early.te_ms, te_ms, subject)


def _refuse_mismatch(
    series: Series,
    brain: BoolArray | None,
    early: EarlyEcho | None,
    reference: BoolArray | None,
) -> None:
    for mask, name in ((brain, "brain mask"), (reference, "reference mask")):
        if mask is not None and (mask.shape != series.grid.shape or not mask.any()):
            problem = f"a {name} of shape {mask.shape} for {series.grid.describe()}, or it is empty"
            raise InputRefused(series.quantity, problem, "resample the mask onto the series")
    if early is None:
        return
    same = early.series.grid.matches(series.grid) and len(early.series) == len(series)
    if not same:
        problem = "the two echoes have different grids or numbers of frames"
        raise InputRefused(series.quantity, problem, "give the echoes of one acquisition")


def _curves(
    signal: Float32Array,
    early: Float32Array | None,
    bolus: Bolus,
    echoes: tuple[float, ...],
    settings: PerfusionSettings,
) -> Float32Array:
    """Return dR2* of the brain, (V, N) float32, by blocks to save memory."""
    curves = np.empty(signal.shape, dtype=np.float32)
    for part in blocks(len(signal), settings.block_voxels):
        if early is None:
            curves[part] = delta_r2star(signal[part], bolus.baseline, echoes[0])
        else:
            pair = (echoes[0], echoes[1])
            curves[part] = dual_echo_delta_r2star(early[part], signal[part], bolus.baseline, pair)
    return curves


def _reference(
    curves: Float32Array,
    brain: BoolArray,
    given: BoolArray | None,
    bolus: Bolus,
    settings: PerfusionSettings,
    subject: str,
) -> BoolArray:
    """Return the voxels of the reference curve, (V,) bool, all of them defined."""
    defined = np.isfinite(curves).all(axis=1)
    chosen = reference_voxels(curves, bolus, settings) if given is None else given[brain]
    chosen = chosen & defined
    if np.count_nonzero(chosen) < _FEWEST_REFERENCE:
        problem = "too few voxels of non-enhancing brain for a reference curve"
        raise InputRefused(subject, problem, "check the brain mask, or give a reference mask")
    return np.asarray(chosen)
