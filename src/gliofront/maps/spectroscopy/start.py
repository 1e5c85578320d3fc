"""Where a fit begins: shift and phase of the whole spectrum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.optimize import nnls

from gliofront.maps.spectroscopy.baseline import Baseline
from gliofront.maps.spectroscopy.model import Model
from gliofront.maps.spectroscopy.parameters import Parameters

FloatArray = NDArray[np.float64]
Complex = NDArray[np.complex128]

_COARSE = 8  # phases of the first raster
_FIRST_WIDTH_HZ = 4.0


def first_parameters(model: Model) -> Parameters:
    """Return lines of 4 Hz, half of it by exponential decay; no shift, no phase."""
    groups = len(model.spreads)
    damping = np.zeros(groups + 1)
    damping[0] = np.pi * _FIRST_WIDTH_HZ / 2
    gauss = (np.pi * _FIRST_WIDTH_HZ / 2) ** 2 / (4 * np.log(2))
    return Parameters((0.0, 0.0), 0.0, gauss, damping, np.zeros(groups))


def find_start(model: Model, fid: Complex, shape: Parameters, search_ppm: float) -> Parameters:
    """Return a line shape's parameters with the shift and phase that suit a signal best.

    Shifts on a raster of half the first line width, and at each eight phases, are compared by the
    least-squares fit of the groups' sums with amplitudes not negative; then the phase is refined.

    Parameters
    ----------
    fid : (points,) the signal.
    shape : line shape, first-order phase and the shift about which to search.
    search_ppm : how far to search on either side.
    """
    acquisition = model.window.acquisition
    whole = scipy.fft.fft(fid, n=2 * acquisition.points)
    per_bin = 1 / (2 * acquisition.points * acquisition.dwell_s)
    stride = max(round(_FIRST_WIDTH_HZ / 2 / per_bin), 1)
    reach = int(search_ppm * acquisition.field_mhz / per_bin / stride)
    shifts = stride * np.arange(-reach, reach + 1)
    # The data are shifted instead of the basis: the columns stay, and are factorised once.
    spectra = whole[(model.window.rows[:, None] + shifts) % whole.size]
    spectra = model.phased(spectra.T, replace(shape, phase=(0.0, shape.phase[1]))).T
    members = np.eye(len(model.spreads))[model.groups]
    columns = model.baseline.remove(model.window.spectrum(members.T @ model.signals(shape)).real.T)
    coarse = 2 * np.pi * np.arange(_COARSE) / _COARSE
    shift, angle = _best(spectra, columns, model.baseline, coarse)
    fine = coarse[angle] + np.pi / _COARSE * np.linspace(-1, 1, 9)
    phase = fine[_best(spectra[:, [shift]], columns, model.baseline, fine)[1]]
    moved = shape.shift_hz + float(shifts[shift] * per_bin)
    return replace(shape, phase=(float(phase), shape.phase[1]), shift_hz=moved)


def _best(
    spectra: Complex, columns: FloatArray, baseline: Baseline, angles: FloatArray
) -> tuple[int, int]:
    """Return which of the spectra (n, m), turned back by which of the angles, is fitted best."""
    left, right = np.linalg.qr(columns)
    turned = spectra[:, :, None] * np.exp(-1j * angles)
    target = baseline.remove(turned.real.reshape(len(spectra), -1))
    short = left.T @ target
    # What no amplitudes of either sign could fit bounds the cost from below: few need be solved.
    least = np.sum(target**2, axis=0) - np.sum(short**2, axis=0)
    best, cost = 0, np.inf
    for index in np.argsort(least):
        if least[index] >= cost:
            break
        tried = least[index] + nnls(right, short[:, index])[1] ** 2
        if tried < cost:
            best, cost = int(index), tried
    shift, angle = divmod(best, angles.size)
    return shift, angle
