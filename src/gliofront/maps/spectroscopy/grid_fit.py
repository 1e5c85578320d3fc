"""Every voxel of a grid, prepared and fitted alike."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gliofront.image.volume import BoolArray
from gliofront.maps.spectroscopy.eddy_current import correct_eddy_currents
from gliofront.maps.spectroscopy.model import Model
from gliofront.maps.spectroscopy.noise import noise_sd
from gliofront.maps.spectroscopy.residual_water import remove_water
from gliofront.maps.spectroscopy.settings import PreprocessSettings, SpectroscopySettings
from gliofront.maps.spectroscopy.spectra import Spectra
from gliofront.maps.spectroscopy.spectrum_fit import SpectrumFit, fit_spectrum

Complex = NDArray[np.complex128]
Voxel = tuple[int, int, int]

_SINGLETS_PPM = (1.8, 3.4)
_CANDIDATES = 32  # water may make others seem the clearest before it is removed


def prepared(spectra: Spectra, voxel: Voxel, settings: PreprocessSettings) -> Complex:
    """Return a voxel's signal (points,), without eddy-current phase and residual water."""
    fid = np.asarray(spectra.fids[voxel], dtype=np.complex128)
    if settings.eddy_correction and spectra.water is not None:
        fid = correct_eddy_currents(fid, spectra.water[voxel])
    if settings.water_removal:
        fid = remove_water(fid, spectra.acquisition, settings.water_halfwidth_ppm)
    return fid


def with_signal(spectra: Spectra, mask: BoolArray) -> BoolArray:
    """Return the voxels of a mask (X, Y, Z) whose signal is finite and not 0."""
    finite = np.isfinite(spectra.fids).all(-1)
    return np.asarray(mask & finite & (spectra.fids != 0).any(-1))


def fit_grid(
    spectra: Spectra, model: Model, mask: BoolArray, settings: SpectroscopySettings
) -> Iterator[tuple[Voxel, SpectrumFit]]:
    """Yield each voxel of a mask with its fit.

    The voxel whose peaks stand highest over its noise comes first; its line shape, shift and phase
    are where all others begin, so that no voxel depends on a neighbour's fit.

    Parameters
    ----------
    mask : (X, Y, Z) voxels with a signal, see `with_signal`.
    """
    voxels: list[Voxel] = [(int(i), int(j), int(k)) for i, j, k in np.argwhere(mask)]
    if not voxels:
        return
    best = _clearest(spectra, model, voxels, settings.preprocess)
    first = fit_spectrum(prepared(spectra, best, settings.preprocess), model, settings.fit)
    yield best, first
    for voxel in voxels:
        if voxel != best:
            fid = prepared(spectra, voxel, settings.preprocess)
            yield voxel, fit_spectrum(fid, model, settings.fit, like=first)


def _clearest(
    spectra: Spectra, model: Model, voxels: list[Voxel], settings: PreprocessSettings
) -> Voxel:
    """Return the voxel of the clearest spectrum: of the most promising as acquired, prepared."""
    raw = [_clearness(np.asarray(spectra.fids[voxel]), model) for voxel in voxels]
    order = np.argsort(raw, kind="stable")[::-1][:_CANDIDATES]
    candidates = [voxels[int(index)] for index in order]
    clear = [_clearness(prepared(spectra, voxel, settings), model) for voxel in candidates]
    best: int = int(np.argmax(clear))
    return candidates[best]


def _clearness(fid: NDArray[np.complexfloating], model: Model) -> float:
    ppm = model.window.ppm
    inside = (ppm > _SINGLETS_PPM[0]) & (ppm < _SINGLETS_PPM[1])
    noise = float(noise_sd(fid, model.window.acquisition))
    return float(np.abs(model.window.spectrum(fid))[inside].max() / max(noise, 1e-300))
