"""The arterial input: voxels that are early, high and narrow, and their mean curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.findings import Finding, Level
from gliofront.image.grid import FloatArray
from gliofront.image.volume import BoolArray
from gliofront.maps.perfusion.bolus import Bolus
from gliofront.maps.perfusion.gamma_variate import fit_gamma_variate
from gliofront.maps.perfusion.settings import AifSettings

Curves = NDArray[np.floating]
Indices = NDArray[np.intp]

_LEAST_AGREEMENT = 0.9  # correlation of a voxel's first pass with the mean of the chosen


@dataclass(frozen=True)
class ArterialInput:
    """An arterial input function.

    Parameters
    ----------
    curve : (N,) dR2*, 1/s, mean of the chosen voxels.
    voxels : (V,) bool, which were averaged.
    peak : its height, 1/s.
    peak_frame : frame of the peak.
    width_s : full width at half height, s.
    """

    curve: FloatArray
    voxels: BoolArray
    peak: float
    peak_frame: int
    width_s: float


@dataclass(frozen=True)
class _Shape:
    """Height, 1/s, first moment and width, s, of every first pass, (V,) each."""

    height: FloatArray
    moment_s: FloatArray
    width_s: FloatArray


def half_width_s(curves: Curves, tr_s: float) -> FloatArray:
    """Return the full width at half height around the peak, linear between frames, s, (V,).

    >>> float(half_width_s(np.array([[0.0, 0.0, 2.0, 0.0, 0.0]]), 1.5)[0])
    1.5
    """
    rows, frames = np.arange(len(curves)), curves.shape[1]
    peak = curves.argmax(axis=1)
    half = 0.5 * curves[rows, peak]
    width = np.zeros(len(curves))
    for step in (-1, 1):
        at, open_ = peak.copy(), np.ones(len(curves), dtype=bool)
        for _ in range(frames):
            beyond = np.clip(at + step, 0, frames - 1)
            falls = open_ & ((curves[rows, beyond] <= half) | (beyond == at))
            width[falls] += _crossing(curves, rows, at, beyond, half)[falls]
            open_ &= ~falls
            if not open_.any():
                break
            at = np.where(open_, beyond, at)
            width[open_] += 1
    return width * tr_s


def _crossing(
    curves: Curves, rows: Indices, at: Indices, beyond: Indices, half: Curves
) -> FloatArray:
    """Return the part of a frame, from `at` to `beyond`, after which half height is crossed."""
    fall = curves[rows, at] - curves[rows, beyond]
    above = curves[rows, at] - half
    return np.where(fall > 0, np.clip(above / np.where(fall > 0, fall, 1), 0, 1), 0)


def _shapes(curves: Curves, bolus: Bolus) -> _Shape:
    window = bolus.window("first-pass")
    passing = np.maximum(curves[:, window], 0)
    total = np.maximum(passing.sum(axis=1), 1e-12)
    moment = passing @ np.arange(passing.shape[1]) * bolus.tr_s / total
    return _Shape(passing.max(axis=1), moment, half_width_s(passing, bolus.tr_s))


def _ranks(values: Curves) -> FloatArray:
    """Return ranks from 0 (lowest) to 1; ties by position, so the result is repeatable."""
    ranks = np.empty(values.size)
    ranks[np.argsort(values, kind="stable")] = np.linspace(0, 1, values.size)
    return ranks


def choose_arterial_input(
    curves: Curves,
    bolus: Bolus,
    saturated: BoolArray,
    te_ms: float,
    settings: AifSettings,
    subject: str = "perfusion",
) -> tuple[ArterialInput | None, list[Finding]]:
    """Choose arterial voxels and average them.

    Among the voxels of the brain with the highest first passes, those that do not touch the
    noise floor and peak no later than the brain are ranked by height, first moment and width
    (the criteria of Rempp et al. 1994, Radiology 193:637); voxels unlike the mean of the best
    are left out.

    Parameters
    ----------
    curves : (V, N) dR2*, 1/s, of the brain, not corrected for leakage.
    saturated : (V,) voxels whose signal reaches the noise floor: their peak is cut.
    te_ms : echo time at which the signal was seen, ms.

    Returns
    -------
    input : None if no voxel is fit.
    findings : warning ``"no-arterial-input"`` or ``"arterial-input-implausible"``.
    """
    defined = np.isfinite(curves).all(axis=1)
    # Little else in a voxel than its artery is left to see once that has gone dark.
    deep = curves[:, bolus.window("first-pass")].max(axis=1) > _deepest(settings, te_ms)
    usable = np.flatnonzero(defined & ~saturated & ~deep)
    if usable.size < settings.voxels:
        return None, [_none(subject)]
    shape = _shapes(curves[usable], bolus)
    limit = np.percentile(shape.height, 100 - settings.candidates_percent)
    late = curves[usable].argmax(axis=1) > bolus.peak
    wide = shape.width_s > np.median(shape.width_s)
    fit = np.flatnonzero((shape.height >= limit) & ~late & ~wide & (shape.width_s > 0))
    if fit.size < settings.voxels:
        return None, [_none(subject)]
    score = _ranks(shape.height[fit]) - _ranks(shape.moment_s[fit]) - _ranks(shape.width_s[fit])
    best = usable[fit[np.argsort(-score, kind="stable")[: settings.voxels]]]
    chosen = _alike(curves, best, bolus)
    curve = curves[chosen].mean(axis=0, dtype=np.float64)
    if settings.gamma_variate:
        curve = fit_gamma_variate(curve, bolus)
    found = _described(curve, np.isin(np.arange(len(curves)), chosen), bolus)
    return found, _doubts(found, float(np.median(shape.height)), bolus, settings, subject)


def _deepest(settings: AifSettings, te_ms: float) -> float:
    """Return the dR2*, 1/s, at which the signal has fallen as far as it may."""
    left = 1 - settings.most_fall_percent / 100
    return float("inf") if left <= 0 else -float(np.log(left)) / (te_ms / 1000)


def _alike(curves: Curves, best: Indices, bolus: Bolus) -> Indices:
    """Return those of the best voxels whose first pass follows their mean."""
    passing = curves[best][:, bolus.window("first-pass")]
    mean = passing.mean(axis=0)
    centred = passing - passing.mean(axis=1, keepdims=True)
    size = np.linalg.norm(centred, axis=1) * np.linalg.norm(mean - mean.mean())
    agreement = centred @ (mean - mean.mean()) / np.maximum(size, 1e-12)
    kept = best[agreement >= _LEAST_AGREEMENT]
    return kept if kept.size >= 3 else best


def _described(curve: FloatArray, voxels: BoolArray, bolus: Bolus) -> ArterialInput:
    window = bolus.window("first-pass")
    frame = window.start + int(curve[window].argmax())
    width = float(half_width_s(curve[None, window], bolus.tr_s)[0])
    return ArterialInput(curve, voxels, float(curve[frame]), frame, width)


def _none(subject: str) -> Finding:
    problem = "no arterial voxels were found, so flow and absolute blood volume are left out"
    return Finding(Level.WARNING, "no-arterial-input", subject, problem, "check the brain mask")


def _doubts(
    found: ArterialInput, typical: float, bolus: Bolus, settings: AifSettings, subject: str
) -> list[Finding]:
    """Return a finding for an input that is low, late or wide."""
    seen = []
    if found.peak < settings.least_gain * typical:
        seen.append(f"its peak is {found.peak / max(typical, 1e-12):.1f} times the brain's median")
    if found.peak_frame > bolus.peak:
        seen.append("it peaks after the brain")
    if found.width_s > settings.most_width_s:
        seen.append(f"it is {found.width_s:.0f} s wide")
    if not seen:
        return []
    problem = f"the arterial input is not plausible: {', '.join(seen)}"
    mend = "do not use flow and absolute blood volume of this series; ratios are unharmed"
    return [Finding(Level.WARNING, "arterial-input-implausible", subject, problem, mend)]
