"""Fisher-KPP growth: du/dt = div(D grad u) + rho u (1 - u), no flux where D is 0."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Slices = tuple[slice, slice, slice]

STEPS_PER_BLOCK = 6
FAINTEST = 1e-8
"""Densities below this do not enlarge the box that is computed."""


@dataclass(frozen=True, eq=False)
class Tissue:
    """What cells meet.

    Parameters
    ----------
    diffusivity : (X, Y, Z), mm2/day; 0 in fluid and outside the brain.
    proliferation : (X, Y, Z), 1/day.
    spacing : voxel size, mm, (3,).
    """

    diffusivity: FloatArray
    proliferation: FloatArray
    spacing: FloatArray

    def stable_step(self) -> float:
        """Return a step in days for which diffusion keeps 0 <= u <= 1.

        The bound is dt (sum of 2 D / h2) <= 1, kept with a tenth to spare, and rho dt <= 0.2 so
        that diffusion and growth, taken one after the other, stay in step.
        """
        exchange = 2 * float(self.diffusivity.max()) * float((self.spacing**-2).sum())
        rate = float(self.proliferation.max())
        return min(0.9 / max(exchange, 1e-12), 0.2 / max(rate, 1e-12))


def conductances(tissue: Tissue) -> list[FloatArray]:
    """Return the exchange rate between neighbours along each axis, 1/day.

    The harmonic mean of the two diffusivities over h2: 0 as soon as one of them is 0, which is
    the no-flux condition at fluid and skull. Shapes are (X-1, Y, Z), (X, Y-1, Z), (X, Y, Z-1).
    """
    found = []
    for axis, h in enumerate(tissue.spacing):
        near = np.delete(tissue.diffusivity, -1, axis)
        far = np.delete(tissue.diffusivity, 0, axis)
        both = near + far
        mean = np.divide(2 * near * far, both, out=np.zeros_like(both), where=both > 0)
        found.append(mean / h**2)
    return found


def step(
    density: FloatArray, exchange: list[FloatArray], gain: FloatArray, days: float
) -> FloatArray:
    """Advance a density (X, Y, Z) by so many days: explicit diffusion, then exact growth.

    gain is exp(rho days): the logistic equation takes u to u gain / (1 + u (gain - 1)). An
    explicit growth step would slow the front by several per cent.
    """
    change = np.zeros_like(density)
    for axis, between in enumerate(exchange):
        flux = between * np.diff(density, axis=axis)
        low: list[slice] = [slice(None)] * 3
        high: list[slice] = [slice(None)] * 3
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        change[tuple(low)] += flux
        change[tuple(high)] -= flux
    moved = np.clip(density + days * change, 0, 1)
    return np.asarray(moved * gain / (1 + moved * (gain - 1)))


def grow(
    density: FloatArray,
    tissue: Tissue,
    longest_days: float,
    enough: Callable[[FloatArray], bool] | None = None,
) -> tuple[FloatArray, float]:
    """Let cells grow until enough says so or time is over.

    Only the box that cells can have reached is computed.

    Parameters
    ----------
    density : (X, Y, Z), share of the carrying capacity, 0 to 1.
    tissue : where and how fast they move and divide.
    longest_days : time at which growth ends at the latest.
    enough : asked with the density after every step.

    Returns
    -------
    Density (X, Y, Z) and the days passed.

    References
    ----------
    Murray, Mathematical Biology I, 3rd ed., 2002, chapter 13 (fronts move at 2 sqrt(D rho));
    Swanson, Alvord and Murray, Cell Prolif 33:317-329, 2000 (gliomas in grey and white matter).
    """
    density = np.array(density, dtype=np.float64)
    exchange, days = conductances(tissue), tissue.stable_step()
    passed = 0.0
    while passed < longest_days and density.any():
        box = _reach(density > FAINTEST)
        part = density[box]
        between = [_between(e, box, axis) for axis, e in enumerate(exchange)]
        gain = np.exp(tissue.proliferation[box] * days)
        for _ in range(STEPS_PER_BLOCK):
            now = min(days, longest_days - passed)
            if now < days:
                gain = np.exp(tissue.proliferation[box] * now)
            part = step(part, between, gain, now)
            passed += now
            density[box] = part
            if passed >= longest_days or (enough is not None and enough(density)):
                return density, passed
    return density, passed


def _reach(present: NDArray[np.bool_]) -> Slices:
    """Box of what is present, wider by what a block of steps can reach."""
    slices = []
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        at = np.flatnonzero(present.any(axis=others))
        low, high = (at[0], at[-1]) if at.size else (0, present.shape[axis] - 1)
        slices.append(slice(max(0, int(low) - STEPS_PER_BLOCK), int(high) + STEPS_PER_BLOCK + 1))
    return slices[0], slices[1], slices[2]


def _between(exchange: FloatArray, box: Slices, axis: int) -> FloatArray:
    inner = list(box)
    inner[axis] = slice(box[axis].start, box[axis].stop - 1)
    return np.ascontiguousarray(exchange[tuple(inner)])
