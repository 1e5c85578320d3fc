"""Flow from deconvolution of the tissue curve by the arterial input (oSVD)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft

from gliofront.image.grid import FloatArray

# Shares of the largest singular value below which singular values are dropped, as they are tried.
_THRESHOLDS = np.geomspace(0.005, 0.95, 32)


@dataclass(frozen=True)
class Flow:
    """What deconvolution gives for many voxels.

    Parameters
    ----------
    peak : (V,) greatest value of the residue function, 1/s; NaN where undefined.
    tmax_s : (V,) its time, s; negative where tissue is reached before the input's voxels.
    """

    peak: FloatArray
    tmax_s: FloatArray

    def cbf(self, kappa: float) -> FloatArray:
        """Return cerebral blood flow, mL per 100 mL per minute (tissue at 1 g/mL)."""
        return 6000.0 * kappa * self.peak


def oscillation(residue: FloatArray) -> FloatArray:
    """Return Wu's oscillation index of residue functions (V, L), (V,).

    Mean absolute second difference over the greatest value; Wu et al. 2003, equation 9.
    """
    second = np.abs(np.diff(residue, n=2, axis=1)).sum(axis=1)
    highest = residue.max(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(highest > 0, second / (residue.shape[1] * highest), np.inf))


def residues(curves: FloatArray, aif: FloatArray, tr_s: float, limit: float) -> FloatArray:
    """Return residue functions scaled by flow, 1/s, (V, 2 N), circular in time.

    Block-circulant singular value decomposition with an oscillation limit: Wu et al. 2003, Magn
    Reson Med 50:164. The input is padded with zeros to twice its length, so a delay of either
    sign is only a shift of the result. A circulant matrix is diagonal in Fourier space, so its
    singular values are the magnitudes of the input's spectrum, and the decomposition is a
    Fourier transform. Small ones are dropped until the residue oscillates less than the limit.

    Parameters
    ----------
    curves : (V, N) dR2* of tissue, 1/s, finite.
    aif : (N,) dR2* of the arterial input, 1/s.
    limit : most oscillation.
    """
    length = 2 * aif.size
    spectrum = fft.rfft(aif * tr_s, length)
    size = np.abs(spectrum)
    result = np.zeros((len(curves), length))
    quotient = fft.rfft(curves, length, axis=1)
    quotient /= np.where(size > 0, spectrum, np.inf)
    left = np.arange(len(curves))
    last = None
    for threshold in _THRESHOLDS:
        kept = size >= threshold * size.max()
        if last is not None and np.array_equal(kept, last):
            continue
        last = kept
        trial = fft.irfft(np.where(kept, quotient[left], 0), length, axis=1)
        result[left] = trial
        left = left[oscillation(trial) > limit]
        if not left.size:
            break
    return result


def deconvolve(curves: FloatArray, aif: FloatArray, tr_s: float, limit: float) -> Flow:
    """Return height and time of the peak of every residue function.

    Parameters
    ----------
    As `residues`; a voxel with an undefined frame gets NaN.
    """
    defined = np.isfinite(curves).all(axis=1)
    peak, tmax = np.full(len(curves), np.nan), np.full(len(curves), np.nan)
    if not defined.any():
        return Flow(peak, tmax)
    residue = residues(curves[defined], aif, tr_s, limit)
    frame = residue.argmax(axis=1)
    height = residue[np.arange(len(frame)), frame]
    late = np.where(frame >= aif.size, frame - residue.shape[1], frame) * tr_s
    peak[defined] = np.where(height > 0, height, np.nan)
    tmax[defined] = np.where(height > 0, late, np.nan)
    return Flow(peak, tmax)
