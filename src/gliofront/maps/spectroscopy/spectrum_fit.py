"""One spectrum fitted from beginning to end, with all that a figure or a table needs of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.maps.spectroscopy.fit import Problem, Solution, minimise
from gliofront.maps.spectroscopy.model import Model
from gliofront.maps.spectroscopy.noise import noise_sd
from gliofront.maps.spectroscopy.parameters import Parameters
from gliofront.maps.spectroscopy.priors import ratio_rows
from gliofront.maps.spectroscopy.settings import FitSettings
from gliofront.maps.spectroscopy.start import find_start, first_parameters
from gliofront.maps.spectroscopy.uncertainty import covariance

FloatArray = NDArray[np.float64]
Complex = NDArray[np.complex128]

_FIRST_ITERATIONS = 4  # before the soft ratios are set


@dataclass(frozen=True, eq=False)
class SpectrumFit:
    """The fit of one spectrum.

    Parameters
    ----------
    names : (rows,) of the basis rows fitted.
    amounts : (rows,) amplitudes, >= 0, in the unit of the basis times the unit of the data.
    covariance : (rows, rows) of the amplitudes, from the Fisher information.
    ppm : (n,) ascending.
    data, fit, baseline : (n,) real; the phased data, the whole model, and its baseline.
    parts : (rows, n) what each row adds to the fit.
    noise : SD of the noise of `data`.
    parameters : shift, line shape, phase.
    converged : whether the search ended by itself.
    """

    names: tuple[str, ...]
    amounts: FloatArray
    covariance: FloatArray
    ppm: FloatArray
    data: FloatArray
    fit: FloatArray
    baseline: FloatArray
    parts: FloatArray
    noise: float
    parameters: Parameters
    converged: bool

    @property
    def residual(self) -> FloatArray:
        """Data minus fit, (n,)."""
        return np.asarray(self.data - self.fit)


def fit_spectrum(
    fid: Complex,
    model: Model,
    settings: FitSettings | None = None,
    like: SpectrumFit | None = None,
) -> SpectrumFit:
    """Fit one signal.

    Parameters
    ----------
    fid : (points,) complex, of the model's acquisition.
    like : the fit of a neighbour or of a mean: its line shape is the start, its baseline's
        stiffness is kept, its shift is the middle of the search.

    Raises
    ------
    InputRefused
        If the signal is 0 or not finite.
    """
    settings = settings or FitSettings()
    fid = np.asarray(fid, dtype=np.complex128)
    if not np.isfinite(fid).all() or not fid.any():
        raise InputRefused("spectrum", "its signal is 0 or not finite", "leave this voxel out")
    # Of the size of the basis: the search for amplitudes that are not negative has a tolerance.
    unit = float(np.abs(model.window.spectrum(fid)).max())
    unit /= float(np.abs(model.window.spectrum(model.basis.fids)).max()) or 1.0
    fid = fid / (unit or 1.0)
    noise = float(noise_sd(fid, model.window.acquisition))
    shape = like.parameters if like else first_parameters(model)
    search_ppm = settings.search_ppm if like else settings.first_search_ppm
    start = find_start(model, fid, shape, search_ppm)
    ties = np.zeros((0, len(model.basis)))
    problem = Problem(model, model.window.spectrum(fid), noise, ties)
    first = settings.model_copy(update={"iterations": _FIRST_ITERATIONS})
    solution, _ = minimise(problem, start, first)
    problem = _informed(problem, solution)
    solution, converged = minimise(problem, solution.parameters, settings)
    return _described(problem, solution, (noise, unit), converged)


def _informed(problem: Problem, solution: Solution) -> Problem:
    """Return the problem with soft ratios, weighed by what a first fit left."""
    left = solution.residual
    freedom = left.size - problem.model.baseline.dimensions - np.count_nonzero(solution.amounts)
    sigma = max(problem.sigma, float(np.sqrt(left @ left / freedom)))
    ties = ratio_rows(problem.model.basis.names, solution.amounts, sigma)
    return replace(problem, sigma=sigma, ties=ties)


def _described(
    problem: Problem, solution: Solution, noise_and_unit: tuple[float, float], converged: bool
) -> SpectrumFit:
    model, (noise, unit) = problem.model, noise_and_unit
    parts = model.window.spectrum(solution.signals).real * solution.amounts[:, None]
    data = solution.phased.real
    baseline = problem.model.baseline.smooth(data - parts.sum(0))
    fit = parts.sum(0) + baseline
    freedom = data.size - problem.model.baseline.dimensions - np.count_nonzero(solution.amounts)
    # What the model cannot describe makes its amplitudes as uncertain as noise of that size would.
    spread = max(noise, float(np.sqrt(np.sum((data - fit) ** 2) / freedom)))
    return SpectrumFit(
        names=model.basis.names,
        amounts=solution.amounts * unit,
        covariance=covariance(problem, solution, spread) * unit**2,
        ppm=model.window.ppm,
        data=data * unit,
        fit=fit * unit,
        baseline=baseline * unit,
        parts=parts * unit,
        noise=noise * unit,
        parameters=solution.parameters,
        converged=converged,
    )
