"""Frames made ready: a brain, the bolus, no motion, smooth if wanted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, refuse_errors
from gliofront.image.series import Series
from gliofront.image.volume import BoolArray, Float32Array, Volume
from gliofront.maps.perfusion.bolus import Bolus, find_bolus
from gliofront.maps.perfusion.brain_mask import rough_brain
from gliofront.maps.perfusion.motion import (
    Motion,
    estimate_motion,
    motion_findings,
    resample_frames,
)
from gliofront.maps.perfusion.settings import PerfusionSettings
from gliofront.maps.perfusion.smoothing import smooth_frames


@dataclass(frozen=True)
class EarlyEcho:
    """The first echo of a dual-echo series: its frames, on the grid of the second, and its TE."""

    series: Series
    te_ms: float | None


@dataclass(frozen=True)
class Aligned:
    """Frames on each other, smoothed; their motion, bolus, and what was seen of both."""

    frames: Series
    motion: Motion | None
    bolus: Bolus
    findings: list[Finding]


def chosen_brain(series: Series, brain: BoolArray | None) -> BoolArray:
    """Return the given brain, or a rough one from the first frames, (X, Y, Z) bool."""
    if brain is not None:
        return brain.astype(bool)
    first = series.data[..., 1:5] if len(series) > 5 else series.data
    return rough_brain(Volume(series.grid, first.mean(axis=-1), series.quantity, series.unit))


def _bolus(
    series: Series, brain: BoolArray, tr_s: float, settings: PerfusionSettings
) -> tuple[Bolus, list[Finding]]:
    mean = np.nanmean(series.data[brain], axis=0, dtype=np.float64)
    bolus, findings = find_bolus(mean, tr_s, settings, series.quantity)
    refuse_errors(findings)
    if bolus is None:
        raise InputRefused(series.quantity, "no bolus is seen", "leave perfusion out")
    return bolus, findings


def aligned_frames(
    series: Series, brain: BoolArray, tr_s: float, settings: PerfusionSettings
) -> Aligned:
    """Bring the frames onto each other, and find the bolus in them."""
    bolus, findings = _bolus(series, brain, tr_s, settings)
    frames, motion = series, None
    if settings.motion.enabled:
        motion = estimate_motion(series, bolus, brain, settings.motion)
        frames = resample_frames(series, motion)
        # What was seen of the bolus in frames that moved no longer counts.
        bolus, findings = _bolus(frames, brain, tr_s, settings)
        findings += motion_findings(motion, series.grid.spacing, series.quantity)
    return Aligned(smooth_frames(frames, brain, settings.smoothing_mm), motion, bolus, findings)


def early_signal(
    early: EarlyEcho | None, brain: BoolArray, motion: Motion | None, settings: PerfusionSettings
) -> Float32Array | None:
    """Return the first echo in the brain, (V, N), moved as the second was."""
    if early is None:
        return None
    frames = early.series if motion is None else resample_frames(early.series, motion)
    return np.asarray(smooth_frames(frames, brain, settings.smoothing_mm).data[brain])


def mean_before(frames: Series, bolus: Bolus) -> Volume:
    """Return the mean image before the bolus."""
    data = frames.data[..., bolus.baseline].mean(axis=-1)
    return Volume(frames.grid, data, f"{frames.quantity} baseline", frames.unit)
