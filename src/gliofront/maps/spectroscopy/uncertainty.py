"""Cramer-Rao bounds: the least standard deviation that an unbiased estimate can have.

From the Fisher information of all parameters, the nonlinear ones and the baseline included
(Cavassila et al., NMR Biomed 14:278, 2001). Soft expectations count as information: what a fit is
told it need not measure; in turn the bound covers all that the expectations allow, so that it is
somewhat wider than the spread under noise alone. Bounds of sums and ratios follow from the
covariance.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from gliofront.maps.spectroscopy.fit import Problem, Solution

FloatArray = NDArray[np.float64]

_RIDGE = 1e-10  # relative; keeps rows that cannot be told apart from being infinitely uncertain


def covariance(problem: Problem, solution: Solution, sigma: float) -> FloatArray:
    """Return the covariance (rows, rows) of the amplitudes.

    Parameters
    ----------
    sigma : SD of the noise of the real spectrum.

    The derivative by phase is taken from the model's spectrum, not from the noisy data.
    Macromolecules and lipids that were found to be absent are held so, with a covariance of 0;
    metabolites at 0 count as free, since their bound says how much could have been missed.
    """
    model = problem.model
    spectra = model.window.spectrum(solution.signals)
    clean = spectra.T @ solution.amounts
    raw = model.jacobian(clean, solution.signals, solution.amounts, solution.parameters)
    sharp = np.array([kind == "metabolite" for kind in model.basis.kinds])
    free = np.flatnonzero(sharp | (solution.amounts > 0))
    linear = model.baseline.remove(spectra[free].real.T)
    both = np.hstack([linear, -model.baseline.remove(raw)])
    information = both.T @ both / sigma**2
    ties = problem.ties[:, free] / problem.sigma
    information[: free.size, : free.size] += ties.T @ ties
    information[free.size :, free.size :] += np.diag(model.precisions**2)
    scale = np.sqrt(np.maximum(np.diag(information), 1e-300))
    scaled = information / np.outer(scale, scale) + _RIDGE * np.eye(scale.size)
    inverse = np.linalg.inv(scaled) / np.outer(scale, scale)
    whole = np.zeros((len(model.basis), len(model.basis)))
    whole[np.ix_(free, free)] = inverse[: free.size, : free.size]
    return whole


def bound_of_sum(covariances: FloatArray, rows: Iterable[int]) -> float:
    """Return the bound of a sum of amplitudes.

    >>> bound_of_sum(np.array([[4.0, -3.0], [-3.0, 4.0]]), [0, 1])
    1.4142135623730951
    """
    picked = list(rows)
    return float(np.sqrt(covariances[np.ix_(picked, picked)].sum()))


def bound_of_ratio(
    above: float, below: float, covariances: FloatArray, rows: tuple[list[int], list[int]]
) -> float:
    """Return the bound of a ratio of two sums, to first order; NaN if the lower one is 0.

    Parameters
    ----------
    above, below : the two sums.
    rows : the rows that make them.
    """
    if below <= 0:
        return float("nan")
    weights = np.zeros(len(covariances))
    weights[rows[0]] += 1 / below
    weights[rows[1]] -= above / below**2
    return float(np.sqrt(weights @ covariances @ weights))
