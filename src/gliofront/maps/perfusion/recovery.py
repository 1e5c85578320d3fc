"""Summary maps of the curve: how deep it falls, and how far the signal recovers."""

from __future__ import annotations

import numpy as np

from gliofront.image.grid import FloatArray
from gliofront.maps.perfusion.bolus import Bolus

_LEAST_FALL = 3.0  # standard deviations of a frame's noise


def peak_height(curves: FloatArray, bolus: Bolus) -> FloatArray:
    """Return the greatest dR2* of the first pass, 1/s, (V,)."""
    return np.asarray(curves[:, bolus.window("first-pass")].max(axis=1))


def signal_recovery(signal: FloatArray, bolus: Bolus, tail_s: float) -> FloatArray:
    """Return percentage signal recovery, (V,): 100 is back at the baseline, above it T1 leakage.

    100 (S of the last seconds - S at the trough) / (S before - S at the trough); Cha et al. 2007,
    AJNR 28:1078. NaN where the signal does not clearly fall.

    Parameters
    ----------
    signal : (V, N) any positive unit.
    """
    before = signal[:, bolus.baseline].mean(axis=1)
    noise = signal[:, bolus.baseline].std(axis=1, ddof=1)
    trough = signal[:, bolus.window("first-pass")].min(axis=1)
    fall = before - trough
    after = signal[:, bolus.tail(tail_s)].mean(axis=1)
    clear = fall > np.maximum(_LEAST_FALL * noise, 1e-6 * np.abs(before))
    return np.where(clear, 100 * (after - trough) / np.where(clear, fall, 1.0), np.nan)
