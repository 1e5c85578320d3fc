"""The noise of a spectrum, measured where nothing resonates."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gliofront.maps.spectroscopy.acquisition import Acquisition, spectrum

FloatArray = NDArray[np.float64]

_QUIET_PPM = (-0.5, 9.0)  # nothing is expected outside
_EDGE = 0.05  # of the bandwidth on either side, where receivers' filters roll off
_LEAST_POINTS = 48


def noise_sd(fids: ArrayLike, acquisition: Acquisition) -> FloatArray:
    """Return the SD of the noise of the real part of spectra, (...).

    From second differences, which know nothing of tails of water or lipids, below -0.5 and above
    9 ppm; where the bandwidth leaves too little of that, from the quietest eighth of the spectrum,
    which reads a little low.

    Parameters
    ----------
    fids : (..., points) signals.

    >>> press = Acquisition(127.7, 5e-4, 1024, 30.0, "PRESS")
    >>> draw = np.random.default_rng(1).standard_normal((2, 1024))
    >>> round(float(noise_sd(draw[0] + 1j * draw[1], press)), 0)
    31.0
    """
    values = spectrum(fids)
    rough = np.abs(np.diff(values, 2, axis=-1)) ** 2 / 12
    points = acquisition.points
    inner = np.arange(1, points - 1)
    ppm = acquisition.ppm[inner]
    within = (inner > _EDGE * points) & (inner < (1 - _EDGE) * points)
    quiet = within & ((ppm < _QUIET_PPM[0]) | (ppm > _QUIET_PPM[1]))
    if np.count_nonzero(quiet) >= _LEAST_POINTS:
        return np.asarray(np.sqrt(rough[..., quiet].mean(-1)))
    kept = rough[..., within]
    size = kept.shape[-1] // 8
    eighths = kept[..., : 8 * size].reshape(*kept.shape[:-1], 8, size)
    return np.asarray(np.sqrt(eighths.mean(-1).min(-1)))
