"""How good a spectrum is, and the gates behind which it is not believed.

Measures as in the consensus of Wilson et al. (Magn Reson Med 82:527, 2019) and Oez et al.
(Radiology 270:658, 2014); gates on bounds against the grid's median too, lest low amounts be
thrown away for being low (Kreis, Magn Reson Med 75:15, 2016).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gliofront.maps.spectroscopy.model import Model
from gliofront.maps.spectroscopy.settings import GateSettings
from gliofront.maps.spectroscopy.spectrum_fit import SpectrumFit

_SINGLETS_PPM = (1.8, 3.4)

REASONS = {
    "no_signal": "there is no signal",
    "not_converged": "the fit did not converge",
    "low_snr": "the signal-to-noise ratio is low",
    "broad_lines": "the lines are broad",
    "misfit": "the model does not describe the spectrum",
    "wide_bound": "the Cramer-Rao bound is wide",
    "not_detected": "the denominator of the ratio is not detected",
}
"""Why a voxel has no value: short name and words."""


@dataclass(frozen=True)
class SpectrumQuality:
    """Measures of one fitted spectrum.

    Parameters
    ----------
    snr : height of the tallest metabolite peak in 1.8-3.4 ppm over the SD of the noise, as fitted
        and without filter. (LCModel divides by twice the SD of the residual: about half of this.)
    fwhm_hz, fwhm_ppm : width of that peak's line at half its height.
    misfit : root mean square of the residual over the SD of the noise; 1 is perfect.
    """

    snr: float
    fwhm_hz: float
    fwhm_ppm: float
    misfit: float


def measure(fit: SpectrumFit, model: Model) -> SpectrumQuality:
    """Return the measures of a fit made with a model."""
    inside = (fit.ppm >= _SINGLETS_PPM[0]) & (fit.ppm <= _SINGLETS_PPM[1])
    sharp = np.array([kind == "metabolite" for kind in model.basis.kinds])
    parts = fit.parts[sharp][:, inside]
    heights = parts.max(axis=1, initial=0.0)
    # A negative peak, as of an inverted doublet, is not counted.
    tallest = int(np.flatnonzero(sharp)[np.argmax(heights)])
    width = line_width(fit, int(model.groups[tallest]))
    return SpectrumQuality(
        snr=float(parts.sum(0).max() / fit.noise) if fit.noise > 0 else float("inf"),
        fwhm_hz=width,
        fwhm_ppm=width / model.basis.acquisition.field_mhz,
        misfit=float(np.sqrt(np.mean(fit.residual**2)) / fit.noise) if fit.noise > 0 else 1.0,
    )


def line_width(fit: SpectrumFit, group: int) -> float:
    """Return the full width at half maximum of a group's lines, Hz.

    Of the Voigt line fitted, by Olivero and Longbothum's formula (J Quant Spectrosc Radiat Transf
    17:233, 1977), to 0.02 %. The basis itself is taken to have no width.
    """
    damping = fit.parameters.damping
    lorentz = (damping[0] + damping[group + 1]) / np.pi
    gauss = 2 * np.sqrt(np.log(2) * fit.parameters.gauss) / np.pi
    return float(0.5346 * lorentz + np.sqrt(0.2166 * lorentz**2 + gauss**2))


def refusal(
    fit: SpectrumFit, quality: SpectrumQuality, gates: GateSettings | None = None
) -> str | None:
    """Return the name in `REASONS` of the first gate that a spectrum fails, or None."""
    gates = gates or GateSettings()
    if quality.snr < gates.least_snr:
        return "low_snr"
    if not fit.converged:
        return "not_converged"
    if quality.fwhm_ppm > gates.most_fwhm_ppm:
        return "broad_lines"
    unexplained = math.sqrt(max(quality.misfit**2 - 1, 0.0)) / quality.snr
    if unexplained > gates.most_unexplained:
        return "misfit"
    return None
