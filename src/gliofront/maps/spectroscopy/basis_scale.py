"""The scale of a basis set that comes from elsewhere."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from gliofront.maps.spectroscopy.acquisition import Acquisition, spectrum
from gliofront.maps.spectroscopy.basis import Basis

_SINGLETS = {
    "Cr": (3.027, 3),
    "PCr": (3.029, 3),
    "NAA": (2.008, 3),
    "PCh": (3.208, 9),
    "GPC": (3.212, 9),
}
_WINDOW_PPM = 0.12
_WIDTHS_HZ = np.geomspace(0.1, 8.0, 12)
_SHIFTS_PPM = np.linspace(-0.03, 0.03, 13)


def in_protons(basis: Basis) -> Basis:
    """Scale a basis so that a singlet of one proton has amplitude 1.

    The first singlet that the basis has (methyl of Cr, PCr, NAA, PCh, GPC) is fitted within
    0.12 ppm by a damped line and a constant, its width and a small shift free. All rows are
    scaled alike, so nothing between them changes. Without any of these the basis is returned as
    it is.
    """
    for name, (ppm, protons) in _SINGLETS.items():
        if name in basis.names:
            fid = basis.fids[basis.names.index(name)]
            amplitude = singlet_amplitude(fid, basis.acquisition, ppm) / protons
            return replace(basis, fids=basis.fids / amplitude) if amplitude > 0 else basis
    return basis


def singlet_amplitude(fid: NDArray[np.complex128], acquisition: Acquisition, ppm: float) -> float:
    """Return the amplitude at time 0 of the best-fitting damped line near a chemical shift."""
    near = np.abs(acquisition.ppm - ppm) <= _WINDOW_PPM
    target = _centred(spectrum(fid)[near].real)

    def line(shape: NDArray[np.float64]) -> NDArray[np.float64]:
        shift_hz, log_width = shape
        hertz = (ppm - acquisition.centre_ppm) * acquisition.field_mhz + shift_hz
        wave = np.exp((2j * np.pi * hertz - math.pi * math.exp(log_width)) * acquisition.time_s)
        return _centred(spectrum(wave)[near].real)

    def unexplained(shape: NDArray[np.float64]) -> float:
        shown = line(shape)
        return -float((shown @ target) ** 2 / (shown @ shown))

    shifts, widths = _SHIFTS_PPM * acquisition.field_mhz, np.log(_WIDTHS_HZ)
    starts = [np.array([shift, width]) for shift in shifts for width in widths]
    found = minimize(unexplained, min(starts, key=unexplained), method="Nelder-Mead").x
    shown = line(found)
    return float(shown @ target / (shown @ shown))


def _centred(values: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(values - values.mean(), dtype=np.float64)
