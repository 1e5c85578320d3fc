"""The search for a smooth distortion field along one axis, at one resolution.

Gauss-Newton steps on half the squared differences that a field leaves plus its roughness
(Ruthotto et al., Phys Med Biol 57:5715, 2012); each step is solved by conjugate gradients.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import LinearOperator, cg

from gliofront.image.grid import FloatArray

_SOLVE = 20  # conjugate gradients a step
_STEEPEST = 0.9  # slope of the field below which signal keeps its order
_HALVINGS = 4

Parts = tuple[FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True, eq=False)
class Level(ABC):
    """Images at one resolution, the phase-encoding axis last.

    spacing : (3,) of the axes in this order, mm. smoothness : weight of the roughness.
    """

    spacing: FloatArray
    smoothness: float

    @abstractmethod
    def parts(self, field: FloatArray) -> Parts:
        """Return the weighted difference, and its derivatives by the field and by its slope."""

    def slope(self, field: FloatArray) -> FloatArray:
        """Return the derivative along the last axis, per mm."""
        return np.asarray(np.gradient(field, self.spacing[-1], axis=-1))

    def cost(self, field: FloatArray) -> float:
        """Return the objective; infinite where signal would change its order."""
        if np.abs(self.slope(field)).max() >= _STEEPEST:
            return float("inf")
        rough = float((field * self.roughness(field)).sum())
        return 0.5 * float((self.parts(field)[0] ** 2).sum()) + 0.5 * self.smoothness * rough

    def roughness(self, field: FloatArray) -> FloatArray:
        """Return the gradient of half the sum of squared differences of neighbours, mm/mm."""
        out = np.zeros_like(field)
        for axis, h in enumerate(self.spacing):
            step = np.diff(field, axis=axis) / h**2
            ahead, behind = [slice(None)] * 3, [slice(None)] * 3
            ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
            out[tuple(ahead)] += step
            out[tuple(behind)] -= step
        return out


def slope_transposed(values: FloatArray, h: float) -> FloatArray:
    """Return the transpose of numpy's gradient along the last axis: central, one-sided at ends."""
    out = np.zeros_like(values)
    inner = values[..., 1:-1] / (2 * h)
    out[..., 2:] += inner
    out[..., :-2] -= inner
    for end, inward, sign in ((0, 1, -1.0), (-1, -2, 1.0)):
        out[..., end] += sign * values[..., end] / h
        out[..., inward] -= sign * values[..., end] / h
    return out


def improved(level: Level, field: FloatArray) -> FloatArray | None:
    """Take one Gauss-Newton step, halved until it gains; None where none does."""
    cost = level.cost(field)
    step = _step(level, field)
    for halving in range(_HALVINGS):
        tried = np.asarray(field + step / 2**halving)
        if level.cost(tried) < cost:
            return tried
    return None


def ordered(level: Level, field: FloatArray) -> FloatArray:
    """Return a field that starts a level: none, where sampled finer it became too steep."""
    steep = np.abs(level.slope(field)).max() >= _STEEPEST
    return np.zeros_like(field) if steep else field


def _step(level: Level, field: FloatArray) -> FloatArray:
    difference, by_field, by_slope = level.parts(field)
    h = float(level.spacing[-1])

    def down(values: FloatArray) -> FloatArray:
        return by_field * values + slope_transposed(by_slope * values, h)

    def normal(flat: FloatArray) -> FloatArray:
        change = flat.reshape(field.shape)
        seen = by_field * change + by_slope * level.slope(change)
        return (down(seen) + level.smoothness * level.roughness(change)).ravel()

    gradient = down(difference) + level.smoothness * level.roughness(field)
    operator = LinearOperator((field.size, field.size), matvec=normal, dtype=np.float64)
    solved, _ = cg(operator, -gradient.ravel(), maxiter=_SOLVE, rtol=1e-2)
    return np.asarray(solved.reshape(field.shape))
