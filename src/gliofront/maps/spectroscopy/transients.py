"""Alignment of the repetitions of a measurement in frequency and phase, and their average."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
Complex = NDArray[np.complex128]

_ROUNDS = 3
_FINER = 16  # values of the search for each resolved frequency


@dataclass(frozen=True, eq=False)
class Aligned:
    """Repetitions brought into step.

    Parameters
    ----------
    mean : (..., points) of the aligned repetitions.
    shifts_hz, phases : (..., repetitions) what each was off by, Hz and rad, about their medians.
    """

    mean: Complex
    shifts_hz: FloatArray
    phases: FloatArray


def align_transients(
    fids: ArrayLike, dwell_s: float, most_hz: float = 20.0, used_s: float = 0.2
) -> Aligned:
    """Align and average the repetitions of each signal.

    Spectral registration (Near et al., Magn Reson Med 73:44, 2015): each is turned by the shift and
    the phase that bring it nearest to the mean of all, by least squares in the time domain; three
    times over. For one repetition at a time the best phase is known in closed form, and the best
    shift is the peak of the spectrum of its product with the mean.

    Parameters
    ----------
    fids : (..., points, repetitions) complex.
    most_hz : greatest shift looked for.
    used_s : length of the beginning that is compared; later there is noise alone.
    """
    signals = np.moveaxis(np.asarray(fids, dtype=np.complex128), -1, -2)
    points = signals.shape[-1]
    time = np.arange(points) * dwell_s
    used = max(min(int(used_s / dwell_s), points), 8)
    length = _FINER * points
    hertz = np.fft.fftfreq(length, dwell_s)
    near = np.flatnonzero(np.abs(hertz) <= most_hz)
    near = near[np.argsort(hertz[near])]
    shifts: FloatArray = np.zeros(signals.shape[:-1])
    phases: FloatArray = np.zeros(signals.shape[:-1])
    turned = signals
    for _ in range(_ROUNDS):
        mean = turned.mean(-2, keepdims=True)
        product = signals[..., :used] * np.conj(mean[..., :used])
        seen = np.fft.fft(product, n=length, axis=-1)[..., near]
        best = np.abs(seen).argmax(-1)
        shifts = np.asarray(hertz[near][best], dtype=np.float64)
        phases = np.asarray(np.angle(np.take_along_axis(seen, best[..., None], -1)))[..., 0]
        turned = signals * np.exp(-1j * (2 * np.pi * shifts[..., None] * time + phases[..., None]))
    middle = np.median(shifts, axis=-1, keepdims=True)
    angle = np.angle(np.exp(1j * phases).mean(-1, keepdims=True))
    # What all share is the voxel's own, and is put back: the fit looks for it.
    mean = turned.mean(-2) * np.exp(1j * (2 * np.pi * middle * time + angle))
    off = np.angle(np.exp(1j * (phases - angle)))
    return Aligned(mean, np.asarray(shifts - middle), np.asarray(off))
