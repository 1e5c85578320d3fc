"""Scaled conjugate gradient: conjugate directions whose step length needs no line search.

Moller, "A scaled conjugate gradient algorithm for fast supervised learning", Neural Networks
6:525-533 (1993). All that one iteration hands to the next is in a state that nothing changes, so
a run can stop after any iteration and go on from its state to the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Objective = Callable[[Vector], tuple[float, Vector]]

# As MATLAB's trainscg: length of the step that probes the curvature, and the first damping.
SIGMA = 5e-5
LAMBDA = 5e-7

# Quartered by every good step, the damping would reach 0, and a flat direction then has no
# curvature left to divide by.
_LEAST_DAMPING = 1e-15


@dataclass(frozen=True, eq=False)
class ScgState:
    """Where the descent stands between two iterations.

    Parameters
    ----------
    iteration : iterations done.
    point : (n,) parameters.
    value : of the objective at the point.
    gradient : (n,) of the objective at the point.
    direction : (n,) of the next step, never uphill.
    damping : lambda, added to the curvature; large where the objective is not quadratic.
    curvature : second derivative along the direction times its squared length; None if the
        direction is new and not yet probed.
    """

    iteration: int
    point: Vector
    value: float
    gradient: Vector
    direction: Vector
    damping: float = LAMBDA
    curvature: float | None = None


def first_state(objective: Objective, start: Vector) -> ScgState:
    """Return the state before the first iteration, which goes straight downhill.

    Parameters
    ----------
    objective : returns value and gradient, float and (n,) float64, of a point (n,).
    start : (n,) first point.
    """
    point = np.array(start, dtype=np.float64)
    value, gradient = objective(point)
    return ScgState(iteration=0, point=point, value=value, gradient=gradient, direction=-gradient)


def next_state(state: ScgState, objective: Objective) -> ScgState:
    """Return the state one iteration later: a step taken, or refused and the damping raised.

    Costs two evaluations of the objective, after a refused step one. At a point without slope
    only the iteration counts on.

    Examples
    --------
    >>> bowl = lambda x: (float(x @ x), 2 * x)
    >>> state = first_state(bowl, np.array([3.0, 4.0]))
    >>> bool(next_state(state, bowl).value < 1e-9)
    True
    """
    slope = -float(state.direction @ state.gradient)
    if slope == 0.0:
        return replace(state, iteration=state.iteration + 1)
    curvature = _curvature(state, objective) if state.curvature is None else state.curvature
    return _stepped(state, objective, slope, curvature)


def _curvature(state: ScgState, objective: Objective) -> float:
    """Return direction . Hessian . direction, from the gradient a short step ahead."""
    step = SIGMA / float(np.linalg.norm(state.direction))
    _, ahead = objective(state.point + step * state.direction)
    return float(state.direction @ (ahead - state.gradient)) / step


def _stepped(state: ScgState, objective: Objective, slope: float, curvature: float) -> ScgState:
    """Go to where the damped quadratic model is lowest, unless the objective is higher there."""
    square = float(state.direction @ state.direction)
    damping = state.damping
    if curvature + damping * square <= 0:
        # Moller's step 4 in one: with this damping the downward curvature changes its sign.
        damping = -2 * curvature / square
    damped = curvature + damping * square
    point = state.point + slope / damped * state.direction
    value, gradient = objective(point)
    agreement = _agreement(state.value - value, damped, slope)
    after = replace(
        state,
        iteration=state.iteration + 1,
        damping=_next_damping(damping, agreement, damped / square),
        curvature=curvature,
    )
    if agreement < 0:
        return after
    direction = _next_direction(state, gradient, slope)
    return replace(
        after, point=point, value=value, gradient=gradient, direction=direction, curvature=None
    )


def _agreement(gain: float, damped: float, slope: float) -> float:
    """Return the gain of a step as a share of what the quadratic model promised."""
    if not math.isfinite(gain):
        return -1.0
    return 2 * damped * (gain / slope) / slope


def _next_damping(damping: float, agreement: float, damped: float) -> float:
    if agreement >= 0.75:
        return max(damping / 4, _LEAST_DAMPING)
    if agreement < 0.25:
        return damping + damped * (1 - agreement)
    return damping


def _next_direction(state: ScgState, gradient: Vector, slope: float) -> Vector:
    """Return the conjugate direction, or straight downhill each n steps or if it led uphill."""
    if (state.iteration + 1) % len(gradient) == 0:
        return -gradient
    share = float(gradient @ (gradient - state.gradient)) / slope
    direction = share * state.direction - gradient
    return direction if direction @ gradient < 0 else -gradient
