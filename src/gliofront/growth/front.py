"""The travelling front of Fisher-KPP growth: how density falls ahead of a plane tumour edge."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp

FloatArray = NDArray[np.float64]

_BEHIND = 1e-4
"""Missing share of the capacity where the profile's table begins."""
_SPAN = 60.0
"""Lengths that the table covers; at its end the density is below 1e-12."""


@cache
def _profile() -> tuple[FloatArray, FloatArray]:
    """Tabulate places and densities of the slowest front, which growth from a seed makes.

    In units of sqrt(D / rho) it moves at speed 2, so u'' + 2 u' + u (1 - u) = 0; it leaves u = 1
    along the direction in which 1 - u grows as exp((sqrt 2 - 1) z).
    """

    def slope(_: float, state: FloatArray) -> list[float]:
        density, fall = state
        return [fall, -2 * fall - density * (1 - density)]

    start = [1 - _BEHIND, -_BEHIND * (np.sqrt(2) - 1)]
    places = np.linspace(0, _SPAN, 6001)
    found = solve_ivp(slope, (0, _SPAN), start, t_eval=places, rtol=1e-10, atol=1e-14)
    density = np.asarray(found.y[0], dtype=np.float64)
    return places - np.interp(-0.5, -density, places), density


def front_density(ahead: ArrayLike) -> FloatArray:
    """Return the density at places ahead of a plane front.

    Parameters
    ----------
    ahead : distance from where the density is one half, in units of sqrt(D / rho), any shape;
        negative behind.

    Returns
    -------
    Share of the carrying capacity, 0 to 1, the same shape.

    References
    ----------
    Murray, Mathematical Biology I, 3rd ed., 2002, chapter 13.

    >>> np.round(front_density([-20.0, 0.0, 4.0]), 3).tolist()
    [1.0, 0.5, 0.097]
    """
    places, density = _profile()
    return np.asarray(np.interp(np.asarray(ahead, float), places, density, left=1.0, right=0.0))


def front_place(density: float) -> float:
    """Return how far ahead of one half a plane front has a density, in units of sqrt(D / rho).

    Parameters
    ----------
    density : share of the carrying capacity, between 0.001 and 0.999.

    >>> round(front_place(0.25) - front_place(0.7), 2)
    3.92
    """
    places, table = _profile()
    return float(np.interp(-density, -table, places))
