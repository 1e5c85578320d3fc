"""A gamma-variate: the first pass of a bolus without its recirculation."""

from __future__ import annotations

import numpy as np
from scipy.optimize import least_squares

from gliofront.image.grid import FloatArray
from gliofront.maps.perfusion.bolus import Bolus


def gamma_variate(
    time_s: FloatArray, height: float, arrival_s: float, rise_s: float, shape: float
) -> FloatArray:
    """Return the gamma-variate of a height, peaking `rise_s` after its arrival, (N,).

    Madsen 1992, Phys Med Biol 37:1597: y = height x^shape exp(shape (1 - x)), with x the time
    since arrival over the rise time; 0 before.

    >>> gamma_variate(np.array([0.0, 5.0, 7.0]), 2.0, 4.0, 3.0, 3.0).round(3).tolist()
    [0.0, 0.547, 2.0]
    """
    x = np.maximum((time_s - arrival_s) / rise_s, 0)
    return np.asarray(height * x**shape * np.exp(shape * (1 - x)))


def fit_gamma_variate(curve: FloatArray, bolus: Bolus) -> FloatArray:
    """Return the gamma-variate that fits the first pass of a curve best, (N,) in its unit."""
    window = bolus.window("first-pass")
    time: FloatArray = np.arange(curve.size, dtype=np.float64) * bolus.tr_s
    peak = window.start + int(curve[window].argmax())
    height, tr = max(float(curve[peak]), 1e-6), bolus.tr_s
    rise = max(time[peak] - time[window.start], tr)
    begin = np.array([height, time[window.start], rise, 3.0])
    low = np.array([0.1 * height, begin[1] - 4 * tr, 0.5 * tr, 0.3])
    high = np.array([3 * height, time[peak], 10 * rise + tr, 20.0])
    found = least_squares(
        lambda p: gamma_variate(time[window], *p) - curve[window],
        np.clip(begin, low, high),
        bounds=(low, high),
        x_scale=np.maximum(np.abs(begin), tr),
    )
    return gamma_variate(time, *found.x)
