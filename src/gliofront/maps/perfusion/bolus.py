"""When the bolus comes, peaks and has passed, from the mean signal of the brain."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

import numpy as np
from numpy.typing import ArrayLike

from gliofront.foundation.findings import Finding, Level
from gliofront.image.grid import FloatArray
from gliofront.maps.perfusion.settings import CbvWindow, PerfusionSettings

_SIGMA_PER_MAD = 1.4826
_MOST_DISCARDED = 10  # frames: longitudinal magnetisation is steady after a few repetitions
_FOOT = 0.1  # of the peak: below it the curve is still, or again, at its baseline
_HALF = 0.5
_LEAST_CONTRAST = 5.0  # standard deviations of the mean signal that a bolus must fall by
_FLAT = 0.015  # of the peak, 1/s: a slower fall is recirculation, leakage or drift


@dataclass(frozen=True)
class Bolus:
    """The passage of a bolus; frames are counted from 0.

    Parameters
    ----------
    discarded : first frames before the steady state.
    arrival : first frame in which the bolus is seen.
    peak : frame of the deepest mean signal.
    first_pass_end : last frame of the first pass.
    frames : number of frames of the series.
    tr_s : time between frames, s.
    drop_percent : fall of the mean signal at the peak.
    contrast_to_noise : fall over the standard deviation of the mean signal before the bolus.
    """

    discarded: int
    arrival: int
    peak: int
    first_pass_end: int
    frames: int
    tr_s: float
    drop_percent: float
    contrast_to_noise: float

    @property
    def baseline(self) -> slice:
        """Frames before the bolus, the last left out where enough remain (it may touch it)."""
        guard = 1 if self.arrival - self.discarded > 5 else 0
        return slice(self.discarded, self.arrival - guard)

    @property
    def baseline_frames(self) -> int:
        """Number of frames before the bolus."""
        return int(self.baseline.stop - self.baseline.start)

    def window(self, kind: CbvWindow) -> slice:
        """Return the frames of an integral, from the one before arrival on."""
        stop = self.first_pass_end + 1 if kind == "first-pass" else self.frames
        return slice(max(self.arrival - 1, 0), stop)

    def tail(self, seconds: float) -> slice:
        """Return the last frames, so many seconds of them, none from within the first pass."""
        wanted = self.frames - max(round(seconds / self.tr_s), 1)
        return slice(min(max(wanted, self.first_pass_end + 1), self.frames - 1), self.frames)

    @property
    def tail_length_s(self) -> float:
        """Time after the first pass, s."""
        return (self.frames - 1 - self.first_pass_end) * self.tr_s


def find_bolus(
    signal: ArrayLike, tr_s: float, settings: PerfusionSettings, subject: str = "perfusion"
) -> tuple[Bolus | None, list[Finding]]:
    """Find the bolus in the mean signal of the brain.

    The arrival is where the fall first stays above a tenth of its peak and three standard
    deviations of the baseline; the first pass ends where dR2*, below half of its peak, falls by
    less than 1.5 % of the peak a second (recirculation takes over), or is below a tenth.

    Parameters
    ----------
    signal : (N,) mean of the brain in every frame, any positive unit.
    tr_s : time between frames, s.

    Returns
    -------
    bolus : None if there is none that can be used.
    findings : ``"no-bolus"``, ``"bolus-too-early"`` (errors), ``"bolus-tail-truncated"`` (an
        error if not even half of the peak is recovered, else a warning).

    >>> curve = 100 - np.array([0] * 10 + [5, 20, 30, 15, 6, 2, 1, 2, 2] + [1] * 20)
    >>> bolus, findings = find_bolus(curve, 1.5, PerfusionSettings())
    >>> bolus.arrival, bolus.peak, bolus.first_pass_end, findings
    (10, 12, 15, [])
    """
    mean = np.asarray(signal, dtype=np.float64)
    if mean.size < 8 or not np.isfinite(mean).all() or mean.min() <= 0:
        return None, [_no_bolus(subject, "the mean signal is too short, undefined or not positive")]
    discarded = _discarded(mean, settings)
    peak = discarded + int(mean[discarded:].argmin())
    level, spread, arrival = _rise(mean, discarded, peak)
    drop = (level - mean[peak]) / level
    noise = max(spread, 1e-12 * level)
    figures = (float(100 * drop), float(drop * level / noise))
    refusal = _refusal(*figures, arrival - discarded, settings, subject)
    if refusal is not None:
        return None, [refusal]
    end = _first_pass_end(-np.log(mean / level), peak, tr_s)
    if end is None:
        return None, [_truncated(Level.ERROR, subject, "before the bolus has half passed")]
    bolus = Bolus(discarded, arrival, peak, end, mean.size, tr_s, *figures)
    if bolus.tail_length_s >= settings.least_tail_s:
        return bolus, []
    late = f"{bolus.tail_length_s:.0f} s after the first pass ({settings.least_tail_s:g} s wanted)"
    return bolus, [_truncated(Level.WARNING, subject, late)]


def _refusal(
    drop_percent: float,
    contrast_to_noise: float,
    before: int,
    settings: PerfusionSettings,
    subject: str,
) -> Finding | None:
    """Return why the fall is no bolus that can be used, None if it is one."""
    if drop_percent >= settings.least_drop_percent and before < settings.least_baseline_frames:
        return _too_early(subject, before)
    if drop_percent < settings.least_drop_percent or contrast_to_noise < _LEAST_CONTRAST:
        return _no_bolus(subject, f"the mean signal falls by {drop_percent:.2g} % at most")
    return None


def _discarded(mean: FloatArray, settings: PerfusionSettings) -> int:
    """Count the first frames that are brighter than those up to the bolus."""
    if settings.discard_frames is not None:
        return min(settings.discard_frames, mean.size - 4)
    before = mean[: int(mean.argmin())]
    if before.size < 6:
        return 0
    level, spread = _level(before)
    limit = level + max(5 * spread, 0.01 * level)
    return sum(1 for _ in takewhile(lambda value: value > limit, before[:_MOST_DISCARDED]))


def _level(values: FloatArray) -> tuple[float, float]:
    """Return the median and the robust standard deviation."""
    level = float(np.median(values))
    return level, _SIGMA_PER_MAD * float(np.median(np.abs(values - level)))


def _rise(mean: FloatArray, discarded: int, peak: int) -> tuple[float, float, int]:
    """Return baseline level, its standard deviation, and the frame of arrival."""
    arrival = peak
    before = mean[discarded : max(peak, discarded + 1)]
    # With a short baseline the falling frames would draw the level down.
    level, spread = _level(before[before >= (np.percentile(before, 90) + mean[peak]) / 2])
    for _ in range(2):
        fall = level - mean
        limit = max(_FOOT * fall[peak], 3 * spread)
        arrival = peak
        while arrival > discarded and fall[arrival - 1] > limit:
            arrival -= 1
        if arrival - discarded < 2:
            break
        before = mean[discarded:arrival]
        level, spread = float(before.mean()), float(before.std())
    return level, spread, arrival


def _first_pass_end(curve: FloatArray, peak: int, tr_s: float) -> int | None:
    """Return the frame in which the first pass has ended, None if it is not in the series."""
    height = curve[peak]
    for frame in range(peak + 1, curve.size):
        ahead = curve[frame + 1 : frame + 3]
        fall = (curve[frame] - ahead.mean()) / (tr_s * (ahead.size + 1) / 2) if ahead.size else 0.0
        level = fall < _FLAT * height and curve[frame] < _HALF * height
        if level or curve[frame] <= _FOOT * height:
            return frame
    return None


def _no_bolus(subject: str, seen: str) -> Finding:
    mend = "check that the series is the contrast bolus and complete, or leave perfusion out"
    return Finding(Level.ERROR, "no-bolus", subject, f"no bolus is seen: {seen}", mend)


def _too_early(subject: str, frames: int) -> Finding:
    problem = f"only {frames} usable frames lie before the bolus, so the baseline is unknown"
    mend = "give the series with its first frames, or lower perfusion.least_baseline_frames"
    return Finding(Level.ERROR, "bolus-too-early", subject, problem, mend)


def _truncated(level: Level, subject: str, when: str) -> Finding:
    problem = f"the series ends {when}"
    mend = "give all frames; blood volume and leakage of a cut series are less certain"
    return Finding(level, "bolus-tail-truncated", subject, problem, mend)
