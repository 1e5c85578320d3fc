"""The baseline: a penalised spline of chosen freedom, and its removal from a linear problem.

Penalised B-splines (Eilers & Marx, Stat Sci 11:89, 1996) whose stiffness is stated as effective
dimensions per ppm (Wilson, Magn Reson Med 85:13, 2021, "ABfit"). Because the penalty is fixed, the
baseline need not be solved for: projecting data and model alike with `remove` leaves the same
minimum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import BSpline
from scipy.linalg import cholesky, eigh, solve_triangular
from scipy.optimize import brentq

FloatArray = NDArray[np.float64]

_DEGREE = 3


@dataclass(frozen=True, eq=False)
class SplineSpace:
    """All baselines of a range of ppm, as orthonormal functions from smooth to rough.

    Parameters
    ----------
    functions : (n, k) orthonormal columns.
    roughness : (k,) >= 0; under a penalty p a function keeps the share 1 / (1 + p roughness).
    width_ppm : of the range.
    """

    functions: FloatArray
    roughness: FloatArray
    width_ppm: float

    def stiffened(self, dimensions_per_ppm: float) -> Baseline:
        """Return the baseline whose shares kept sum to that many dimensions per ppm.

        Freedom below that of a straight line, or above that of the spline, is held there.
        """
        wanted = dimensions_per_ppm * self.width_ppm
        least, most = np.count_nonzero(self.roughness < 1e-10), self.roughness.size
        wanted = min(max(wanted, least + 0.01), most - 0.01)

        def excess(log_penalty: float) -> float:
            return float(np.sum(1 / (1 + np.exp(log_penalty) * self.roughness)) - wanted)

        penalty = np.exp(brentq(excess, -40.0, 60.0))
        return Baseline(self.functions, 1 / (1 + penalty * self.roughness))


@dataclass(frozen=True, eq=False)
class Baseline:
    """A smoother: of each orthonormal function (columns, (n, k)) a share (k,) is kept."""

    functions: FloatArray
    shares: FloatArray

    @property
    def dimensions(self) -> float:
        """Effective dimensions: the trace of the smoother."""
        return float(self.shares.sum())

    def smooth(self, values: ArrayLike) -> FloatArray:
        """Return the penalised least-squares baseline of values (n,) or (n, m)."""
        return np.asarray(self.functions @ self._weighted(self.shares, values))

    def remove(self, values: ArrayLike) -> FloatArray:
        """Multiply by the square root of what the smoother leaves, (n,) or (n, m).

        The squared length of the result is the residual's plus the penalty, at the best baseline.
        """
        weights = 1 - np.sqrt(1 - self.shares)
        return np.asarray(np.asarray(values) - self.functions @ self._weighted(weights, values))

    def _weighted(self, weights: FloatArray, values: ArrayLike) -> FloatArray:
        return np.asarray(((self.functions.T @ np.asarray(values)).T * weights).T)


def spline_space(ppm: FloatArray, functions_per_ppm: float = 15.0) -> SplineSpace:
    """Return the baselines of an ascending axis (n,).

    >>> space = spline_space(np.linspace(0.2, 4.0, 500))
    >>> round(space.stiffened(2.0).dimensions, 3)
    7.6
    """
    width = float(ppm[-1] - ppm[0])
    pieces = max(int(np.ceil(functions_per_ppm * width)), 4)
    step = width / pieces
    knots = ppm[0] + step * np.arange(-_DEGREE, pieces + _DEGREE + 1)
    # The last point would fall out of the last half-open piece by rounding.
    inside = np.clip(ppm, ppm[0], ppm[-1] - 1e-9 * width)
    design = BSpline.design_matrix(inside, knots, _DEGREE).toarray()
    rough = np.diff(np.eye(design.shape[1]), 2, axis=0)
    lower = cholesky(design.T @ design + 1e-10 * np.eye(design.shape[1]), lower=True)
    half = solve_triangular(lower, rough.T, lower=True)
    roughness, vectors = eigh(half @ half.T)
    functions = design @ solve_triangular(lower.T, vectors, lower=False)
    roughness[:2] = 0.0  # a straight line is not rough; rounding says otherwise
    return SplineSpace(functions, np.maximum(roughness, 0.0), width)
