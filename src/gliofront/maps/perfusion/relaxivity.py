"""From signal to the change of the transverse relaxation rate, dR2*."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gliofront.image.grid import FloatArray

_FLOOR = 1e-3  # of the baseline: noise can reach 0, whose logarithm is not taken


def _log_relative(signal: ArrayLike, baseline: slice) -> FloatArray:
    """Return ln(S / S0), NaN where the baseline is not positive, (..., N)."""
    values = np.asarray(signal, dtype=np.float64)
    level = values[..., baseline].mean(axis=-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(level > 0, values / level, np.nan)
    return np.asarray(np.log(np.maximum(relative, _FLOOR)))


def delta_r2star(signal: ArrayLike, baseline: slice, te_ms: float) -> FloatArray:
    """Return dR2*(t) = -ln(S(t) / S0) / TE, 1/s, (..., N).

    S0 is the mean of the frames before the bolus. With one echo a rise of the signal by shorter
    T1 counts as a negative dR2*. (Rosen et al. 1990, Magn Reson Med 14:249.)

    Parameters
    ----------
    signal : (..., N) any positive unit; NaN stays NaN, and a voxel without a positive S0 is NaN.
    baseline : frames before the bolus.
    te_ms : echo time, ms.

    >>> delta_r2star([100, 100, 100 * np.exp(-0.3)], slice(0, 2), 30.0).round(6).tolist()
    [-0.0, -0.0, 10.0]
    """
    return -_log_relative(signal, baseline) / (te_ms / 1000)


def dual_echo_delta_r2star(
    first: ArrayLike, second: ArrayLike, baseline: slice, te_ms: tuple[float, float]
) -> FloatArray:
    """Return dR2*(t) from two echoes, 1/s, (..., N), free of T1.

    dR2* = [ln(S1 / S2) - ln(S1 / S2) before the bolus] / (TE2 - TE1): what changes both echoes
    alike, T1 and inflow, cancels. (Vonken et al. 1999, J Magn Reson Imaging 10:109.)

    Parameters
    ----------
    first, second : (..., N) signals at the shorter and the longer echo time.
    te_ms : both echo times, ms, the shorter first.

    >>> one, two = np.array([9.0, 9.0, 12.0]), np.array([6.0, 6.0, 6.0])
    >>> dual_echo_delta_r2star(one, two, slice(0, 2), (2.0, 30.0)).round(3).tolist()
    [0.0, 0.0, 10.274]
    """
    apart_s = (te_ms[1] - te_ms[0]) / 1000
    return (_log_relative(first, baseline) - _log_relative(second, baseline)) / apart_s


def frame_noise(signal: NDArray[np.floating], baseline: slice) -> FloatArray:
    """Return the standard deviation of the signal over the frames before the bolus, (...)."""
    return np.asarray(signal[..., baseline].std(axis=-1, ddof=1, dtype=np.float64))
