"""Removal of what eddy currents do to the phase, with the water as reference."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Complex = NDArray[np.complex128]

_LEAST_WATER = 0.05  # of its start: below that the water's phase is not followed


def correct_eddy_currents(fids: ArrayLike, water: ArrayLike) -> Complex:
    """Turn signals back by the phase of the water reference, point by point (Klose, 1990).

    Parameters
    ----------
    fids : (..., points) signals.
    water : (..., points) the same voxels without water suppression.

    Returns
    -------
    (..., points) The water's frequency is at zero and its phase is zero. Once the water has
    decayed to a twentieth there is but noise: its phase is continued at the mean rate of the later
    half so far. Where there is no water the signal is returned as it came.

    Uwe Klose, Magn Reson Med 14:26-30, 1990.
    """
    signals, reference = (np.asarray(a, dtype=np.complex128) for a in (fids, water))
    size = np.abs(reference)
    top = size[..., :8].max(-1, keepdims=True)
    kept = np.logical_and.accumulate(size > _LEAST_WATER * top, axis=-1)
    kept[..., :2] = True
    phase = np.unwrap(np.angle(reference), axis=-1)
    last = np.argmin(kept, axis=-1) - 1
    last = np.where(kept.all(-1), kept.shape[-1] - 1, last)[..., None]
    middle = last // 2
    end, before = (np.take_along_axis(phase, at, axis=-1) for at in (last, middle))
    steps = np.arange(phase.shape[-1])
    rate = (end - before) / np.maximum(last - middle, 1)
    followed = np.where(kept, phase, end + rate * (steps - last))
    usable = (top > 0) & np.isfinite(followed).all(-1, keepdims=True)
    return np.where(usable, signals * np.exp(-1j * np.where(usable, followed, 0.0)), signals)
