"""The range of ppm in which a spectrum is fitted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import ArrayLike, NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.maps.spectroscopy.acquisition import Acquisition

FloatArray = NDArray[np.float64]
Complex = NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class Window:
    """The range of ppm that is fitted.

    Parameters
    ----------
    acquisition : of the signals.
    rows : indices into the plain transform of the signal zero-filled to twice its length.
    ppm : (n,) ascending.
    """

    acquisition: Acquisition
    rows: NDArray[np.intp]
    ppm: FloatArray

    @classmethod
    def of(cls, acquisition: Acquisition, low_ppm: float, high_ppm: float) -> Window:
        """Return the range between two shifts.

        Raises
        ------
        InputRefused
            If fewer than 32 values of the spectrum lie in it.
        """
        hertz = np.fft.fftfreq(2 * acquisition.points, acquisition.dwell_s)
        ppm = acquisition.centre_ppm + hertz / acquisition.field_mhz
        rows = np.flatnonzero((ppm >= low_ppm) & (ppm <= high_ppm))
        rows = rows[np.argsort(ppm[rows])]
        if rows.size < 32 or ppm.min() > low_ppm or ppm.max() < high_ppm:
            problem = f"its spectrum does not resolve {low_ppm:g} to {high_ppm:g} ppm"
            raise InputRefused("spectroscopy", problem, "check dwell time, points and field")
        return cls(acquisition, rows, np.asarray(ppm[rows], dtype=np.float64))

    def spectrum(self, fids: ArrayLike) -> Complex:
        """Return the spectra (..., n) of signals (..., points) in the range."""
        length = 2 * self.acquisition.points
        return np.asarray(scipy.fft.fft(fids, n=length, axis=-1)[..., self.rows])
