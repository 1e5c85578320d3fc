"""Voxels whose signal reaches the noise floor while the bolus passes: their peak is cut."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.findings import Finding, Level
from gliofront.image.volume import BoolArray
from gliofront.maps.perfusion.bolus import Bolus
from gliofront.maps.perfusion.relaxivity import frame_noise
from gliofront.maps.perfusion.settings import PerfusionSettings


def saturated_voxels(
    signal: NDArray[np.floating], bolus: Bolus, settings: PerfusionSettings
) -> tuple[BoolArray, float]:
    """Tell which voxels fall to the noise floor in the first pass.

    The noise is the median, over voxels, of the standard deviation before the bolus: background
    air is often set to 0, so it is not looked at.

    Parameters
    ----------
    signal : (V, N) any positive unit.

    Returns
    -------
    saturated : (V,) bool.
    noise : standard deviation of a frame, in the unit of the signal.
    """
    noise = float(np.nanmedian(frame_noise(signal, bolus.baseline)))
    lowest = signal[:, bolus.window("first-pass")].min(axis=1)
    return np.asarray(lowest < settings.floor_sigmas * noise), noise


def empty_voxels(
    signal: NDArray[np.floating], bolus: Bolus, noise: float, settings: PerfusionSettings
) -> BoolArray:
    """Tell which voxels hold noise alone before the bolus, (V,) bool: bone, air, lost signal."""
    before = signal[:, bolus.baseline].mean(axis=1, dtype=np.float64)
    return np.asarray(before < settings.floor_sigmas * noise)


def saturation_findings(percent: float, limit: float, subject: str) -> list[Finding]:
    """Return a warning if more of the brain than the limit, in percent, is saturated."""
    if percent <= limit:
        return []
    problem = f"{percent:.1f} % of the brain falls to the noise floor while the bolus passes"
    mend = "blood volume there is too low; a shorter echo time or a smaller dose avoids it"
    return [Finding(Level.WARNING, "first-pass-saturated", subject, problem, mend)]
