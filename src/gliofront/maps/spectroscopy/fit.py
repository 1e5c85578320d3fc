"""The fit of one spectrum by a linear combination, by variable projection.

Amplitudes (not negative) and baseline are solved for exactly at every step, so that the search
runs over shift, line shape and phase alone (Golub & Pereyra, SIAM J Numer Anal 10:413, 1973, with
Kaufman's derivative, BIT 15:49, 1975; for spectra: Provencher, Magn Reson Med 30:672, 1993).
Its steps are Levenberg's and Marquardt's, with soft expectations about every small parameter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from gliofront.maps.spectroscopy.model import Model
from gliofront.maps.spectroscopy.parameters import FIRST, Parameters
from gliofront.maps.spectroscopy.settings import FitSettings

FloatArray = NDArray[np.float64]
Complex = NDArray[np.complex128]

_FIRST_DAMPING, _LEAST_DAMPING, _MOST_DAMPING = 1e-2, 1e-9, 1e8


@dataclass(frozen=True, eq=False)
class Solution:
    """What a set of parameters leaves, at the best amplitudes and baseline.

    Parameters
    ----------
    parameters : those it belongs to.
    amounts : (rows,) amplitudes, none negative.
    residual : (n + ties,) what is left after baseline and model, then the soft ratios.
    columns : (n + ties, rows) of the linear problem.
    cost : squared length of the residual, and of the parameters in their expected spreads.
    phased, signals : as in `Model`.
    """

    parameters: Parameters
    amounts: FloatArray
    residual: FloatArray
    columns: FloatArray
    cost: float
    phased: Complex
    signals: Complex


@dataclass(frozen=True, eq=False)
class Problem:
    """One spectrum to be fitted.

    Parameters
    ----------
    model : of the basis.
    data : (n,) the spectrum in the model's range.
    sigma : SD expected of the residual.
    ties : (ties, rows) soft ratios between amplitudes.
    """

    model: Model
    data: Complex
    sigma: float
    ties: FloatArray

    def solve(self, parameters: Parameters) -> Solution:
        """Return the best amplitudes and baseline at these parameters."""
        phased = self.model.phased(self.data, parameters)
        signals = self.model.signals(parameters)
        seen = self.model.window.spectrum(signals).real.T
        columns = np.vstack([self.model.baseline.remove(seen), self.ties])
        target = np.concatenate([self.model.baseline.remove(phased.real), np.zeros(len(self.ties))])
        amounts = not_negative(columns, target)
        residual = target - columns @ amounts
        strain = self.sigma * self.model.precisions * parameters.vector
        cost = float(residual @ residual + strain @ strain)
        return Solution(parameters, amounts, residual, columns, cost, phased, signals)

    def jacobian(self, at: Solution) -> FloatArray:
        """Return the derivatives (n + ties, parameters) of the residual, amplitudes held."""
        raw = self.model.jacobian(at.phased, at.signals, at.amounts, at.parameters)
        return np.vstack(
            [self.model.baseline.remove(raw), np.zeros((len(self.ties), raw.shape[1]))]
        )


def not_negative(columns: FloatArray, target: FloatArray) -> FloatArray:
    """Return the least-squares amplitudes that are not negative, (rows,)."""
    left, right = np.linalg.qr(columns)
    return np.asarray(nnls(right, left.T @ target)[0])


def minimise(problem: Problem, start: Parameters, settings: FitSettings) -> tuple[Solution, bool]:
    """Return the best solution found from a start, and whether the search converged.

    It has converged where a full step promises to lower the cost by less than the tolerance.
    """
    best = problem.solve(start)
    damping = _FIRST_DAMPING
    for _ in range(settings.iterations):
        slopes = _slopes(problem, best)
        promised = slopes.slope @ _solved(slopes, _LEAST_DAMPING)
        if promised <= settings.tolerance * best.cost:
            return best, True
        better, damping = _step(problem, best, slopes, damping)
        if better is None:
            return best, False
        best = better
    return best, False


@dataclass(frozen=True, eq=False)
class _Slopes:
    """Gauss's and Newton's curvature and half the slope of the cost, amplitudes followed.

    Parameters
    ----------
    curvature, slope : (parameters, parameters), (parameters,), of what is free to move.
    moves : (parameters, parameters) how the parameters follow those that are free: the decay of a
        group that is at 0 stays there while the common decay moves.
    """

    curvature: FloatArray
    slope: FloatArray
    moves: FloatArray


def _slopes(problem: Problem, at: Solution) -> _Slopes:
    """Return the slopes; a parameter at its least value that would fall further is held."""
    jacobian = problem.jacobian(at)
    active = at.columns[:, at.amounts > 0]
    if active.shape[1]:
        left = np.linalg.qr(active)[0]
        jacobian -= left @ (left.T @ jacobian)
    precision = (problem.sigma * problem.model.precisions) ** 2
    vector = at.parameters.vector
    curvature = jacobian.T @ jacobian + np.diag(precision)
    slope = jacobian.T @ at.residual + precision * vector
    held = (vector <= problem.model.at_least) & (slope > 0)
    tied = _at_no_decay(at.parameters) & (slope > 0)
    moves = np.eye(vector.size)
    moves[tied, FIRST] = -1.0
    curvature, slope = moves.T @ curvature @ moves, moves.T @ slope
    held |= tied
    curvature[held], curvature[:, held], slope[held] = 0.0, 0.0, 0.0
    return _Slopes(curvature, slope, moves)


def _at_no_decay(parameters: Parameters) -> NDArray[np.bool_]:
    """Tell which parameters are decays of groups that are at 0 in all, (parameters,)."""
    found = np.zeros(parameters.vector.size, dtype=bool)
    found[FIRST + 1 : FIRST + parameters.damping.size] = (
        parameters.damping[1:] <= -parameters.damping[0]
    )
    return found


def _solved(slopes: _Slopes, damping: float) -> FloatArray:
    """Return the damped step of what is free, (parameters,)."""
    own = np.diag(slopes.curvature)
    scale = np.where(own > 0, own, 1.0)
    return np.asarray(np.linalg.solve(slopes.curvature + damping * np.diag(scale), slopes.slope))


def _step(
    problem: Problem, best: Solution, slopes: _Slopes, damping: float
) -> tuple[Solution | None, float]:
    """Return a better solution, or None if none is found, and the damping for the next step."""
    while damping < _MOST_DAMPING:
        move = slopes.moves @ _solved(slopes, damping)
        tried = problem.solve(Parameters.of(best.parameters.vector - move))
        if tried.cost < best.cost:
            return tried, max(damping / 10, _LEAST_DAMPING)
        damping *= 10
    return None, damping
