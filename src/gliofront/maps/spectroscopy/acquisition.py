"""How a 1H spectrum was acquired, and the one convention of sign and order used here.

A spin at a chemical shift of `ppm` gives fid(t) = exp(+2 pi i (ppm - centre_ppm) field_mhz t):
a positive frequency is a higher chemical shift. Readers convert to this.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gliofront.foundation.errors import InputRefused

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complexfloating]

SEQUENCES = ("PRESS", "sLASER")
"""Pulse sequences that can be simulated."""


@dataclass(frozen=True)
class Acquisition:
    """How a 1H spectrum was acquired.

    Parameters
    ----------
    field_mhz : frequency of 1H, MHz (127.7 at 3 T).
    dwell_s : time between two points, s.
    points : complex points of a signal.
    te_ms : echo time, ms.
    sequence : ``"PRESS"`` or ``"sLASER"``.
    tr_s : repetition time, s; NaN where unknown.
    centre_ppm : chemical shift at zero frequency.

    Raises
    ------
    InputRefused
        If a field lies outside what a scanner can do.

    >>> press = Acquisition(127.7, 5e-4, 1024, 30.0, "PRESS")
    >>> float(press.ppm[512]), round(float(press.ppm[-1] - press.ppm[0]), 2)
    (4.65, 15.65)
    """

    field_mhz: float
    dwell_s: float
    points: int
    te_ms: float
    sequence: str
    tr_s: float = math.nan
    centre_ppm: float = 4.65

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        sound = {
            f"a field of {self.field_mhz} MHz": 10.0 <= self.field_mhz <= 1000.0,
            f"a dwell time of {self.dwell_s} s": 1e-6 <= self.dwell_s <= 0.01,
            f"{self.points} points": 16 <= self.points <= 2**20,
            f"an echo time of {self.te_ms} ms": 0.0 <= self.te_ms <= 2000.0,
            f"the sequence {self.sequence!r}": self.sequence in SEQUENCES,
            f"a centre of {self.centre_ppm} ppm": -50.0 <= self.centre_ppm <= 50.0,
        }
        wrong = [what for what, holds in sound.items() if not holds]
        if wrong:
            mend = f"mend the header; sequences known here: {', '.join(SEQUENCES)}"
            raise InputRefused("spectroscopy", f"it is stated with {', '.join(wrong)}", mend)

    @property
    def time_s(self) -> FloatArray:
        """Times of the points (points,), s, from 0."""
        return np.asarray(np.arange(self.points) * self.dwell_s, dtype=np.float64)

    @property
    def ppm(self) -> FloatArray:
        """Chemical shifts (points,), ascending, of the values of `spectrum`."""
        hertz = np.fft.fftshift(np.fft.fftfreq(self.points, self.dwell_s))
        return np.asarray(self.centre_ppm + hertz / self.field_mhz, dtype=np.float64)


def spectrum(fids: ArrayLike) -> ComplexArray:
    """Return the spectra of signals, along the last axis, in the order of `Acquisition.ppm`.

    The plain discrete Fourier transform, not scaled, the first point not halved: so that it is
    exactly undone by `signal`, and data and basis alike carry the small constant offset that a
    halved first point would remove.

    >>> press = Acquisition(127.7, 5e-4, 1024, 30.0, "PRESS")
    >>> line = np.exp(2j * np.pi * (2.0 - 4.65) * 127.7 * press.time_s - 10 * press.time_s)
    >>> round(float(press.ppm[np.argmax(spectrum(line).real)]), 2)
    2.0
    """
    return np.asarray(np.fft.fftshift(np.fft.fft(np.asarray(fids), axis=-1), axes=-1))


def signal(spectra: ArrayLike) -> ComplexArray:
    """Return the signals of spectra in ascending order of ppm; undoes `spectrum`."""
    return np.asarray(np.fft.ifft(np.fft.ifftshift(np.asarray(spectra), axes=-1), axis=-1))
