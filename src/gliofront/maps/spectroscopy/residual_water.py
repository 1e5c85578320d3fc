"""Removal of the water that suppression left, as a sum of decaying waves.

The state-space method HSVD (Barkhuijsen et al., J Magn Reson 73:553, 1987; for water: van den
Boogaart et al., NMR Biomed 7:1, 1994), on a signal whose points were averaged in blocks. Blocks
keep a decaying wave an exact decaying wave, and make the matrix small.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from gliofront.maps.spectroscopy.acquisition import Acquisition

Complex = NDArray[np.complex128]

_FARTHEST_PPM = 5.2  # from the water: no metabolite folds back onto it
_WAVES = 16
_MOST_GROWTH = 0.02  # over the whole signal: a wave that grows is none


def remove_water(fid: Complex, acquisition: Acquisition, halfwidth_ppm: float = 0.4) -> Complex:
    """Subtract every decaying wave within a range of ppm about the water, at zero frequency.

    Parameters
    ----------
    fid : (points,) complex.
    halfwidth_ppm : the water lies within this about `Acquisition.centre_ppm`.
    """
    block = max(int(1 / (acquisition.dwell_s * _FARTHEST_PPM * acquisition.field_mhz)), 1)
    count = acquisition.points // block
    if count < 4 * _WAVES or not fid.any():
        return fid
    means = fid[: count * block].reshape(count, block).mean(1)
    poles = _poles(means)
    step = block * acquisition.dwell_s
    hertz = np.angle(poles) / (2 * np.pi * step)
    growth = np.log(np.maximum(np.abs(poles), 1e-12)) / step
    # All waves together are fitted, so that those kept do not lend the water their amplitude.
    waves = np.exp(np.outer(acquisition.time_s, growth + 2j * np.pi * hertz))
    blocks = waves[: count * block].reshape(count, block, -1).mean(1)
    amplitudes = np.linalg.lstsq(blocks, means, rcond=1e-10)[0]
    is_water = np.abs(hertz) <= halfwidth_ppm * acquisition.field_mhz
    return np.asarray(fid - waves[:, is_water] @ amplitudes[is_water])


def _poles(values: Complex) -> Complex:
    """Return the decaying waves' factors from one point to the next."""
    rows = values.size // 2
    hankel = values[np.arange(rows)[:, None] + np.arange(values.size - rows + 1)]
    # The strongest singular vectors alone, of the square matrix: much faster than all.
    left = eigh(hankel @ hankel.conj().T, subset_by_index=(rows - _WAVES, rows - 1))[1]
    shift = np.linalg.lstsq(left[:-1], left[1:], rcond=None)[0]
    poles = np.linalg.eigvals(shift)
    return np.asarray(poles[np.abs(poles) < 1 + _MOST_GROWTH / values.size])
