"""What a fit moves, apart from the amplitudes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

FIRST = 4
"""Parameters before those of the groups: two phases, common shift, Gaussian decay."""


@dataclass(frozen=True, eq=False)
class Parameters:
    """What the fit moves, apart from the amplitudes.

    Parameters
    ----------
    phase : zero order (rad) and first order (rad/ppm, nothing at 3 ppm), to be taken off the data.
    shift_hz : of the whole spectrum.
    gauss : g of the common Gaussian decay exp(-g t^2), 1/s^2. (Were it squared, a search that
        once came to 0 would see no slope there.)
    damping : (groups + 1,) rates of exponential decay, 1/s: common, and each group's beyond it.
    shifts_hz : (groups,) each group's shift beyond the common one.
    """

    phase: tuple[float, float]
    shift_hz: float
    gauss: float
    damping: FloatArray
    shifts_hz: FloatArray

    @property
    def vector(self) -> FloatArray:
        """All of them in a row, in the order of the model's derivatives."""
        first = [*self.phase, self.shift_hz, self.gauss]
        return np.concatenate([first, self.damping, self.shifts_hz])

    @classmethod
    def of(cls, vector: FloatArray) -> Parameters:
        """Return the parameters of a row; decay rates below 0 are held at 0."""
        groups = (vector.size - FIRST - 1) // 2
        damping = vector[FIRST : FIRST + groups + 1].copy()
        damping[0] = max(damping[0], 0.0)
        damping[1:] = np.maximum(damping[1:], -damping[0])
        return cls(
            phase=(float(vector[0]), float(vector[1])),
            shift_hz=float(vector[2]),
            gauss=max(float(vector[3]), 0.0),
            damping=damping,
            shifts_hz=vector[FIRST + groups + 1 :].copy(),
        )
