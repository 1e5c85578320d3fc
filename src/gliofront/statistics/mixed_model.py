"""The difference of two regions with a random intercept a patient and the site as a fixed effect.

Laird and Ware, Biometrics 38:963, 1982, by restricted maximum likelihood. Unlike paired tests it
also uses patients of whom one region alone is known.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as t_distribution
from statsmodels.regression.mixed_linear_model import MixedLM  # type: ignore[import-untyped]

from gliofront.statistics.effect_sizes import UPPER

FloatArray = NDArray[np.float64]

ONE_SITE = "fewer than two sites"
FEW_PATIENTS = "no more patients than sites, or fewer than two patients with both regions"
NO_SPREAD = "every value is the same"
NOT_FITTED = "the mixed model did not converge"
_SEARCHES = ["bfgs", "powell"]
"""The first is fast; where the variance of patients lies at its limit 0, slopes lead it astray."""


@dataclass(frozen=True)
class MixedDifference:
    """A difference, first minus second, at equal site.

    Parameters
    ----------
    value : in the unit of the values; NaN if undefined.
    low, high : 95 % interval.
    p : two-sided.
    reason : why it is undefined; else empty.
    """

    value: float
    low: float
    high: float
    p: float
    reason: str = ""


def _undefined(reason: str) -> MixedDifference:
    return MixedDifference(math.nan, math.nan, math.nan, math.nan, reason)


def mixed_difference(first: FloatArray, second: FloatArray, site: Sequence[str]) -> MixedDifference:
    """Fit the means of two regions over patients.

    p and interval are of a t distribution on the degrees of freedom within patients, for with few
    patients the normal distribution would call too much. With both regions in all patients that is
    the paired t-test, but where patients differ less than their regions do.

    Parameters
    ----------
    first, second : (n,) mean of each region, one a patient; NaN where unknown.
    site : (n,) where each patient was scanned.
    """
    values = np.concatenate([first, second])
    there = ~np.isnan(values)
    patient = np.tile(np.arange(first.size), 2)[there]
    sites, place = np.unique(np.tile(np.asarray(site, dtype=str), 2)[there], return_inverse=True)
    patients = np.unique(patient).size
    within = patient.size - patients - 1
    if sites.size < 2:
        return _undefined(ONE_SITE)
    if patients <= sites.size or within < 1:
        return _undefined(FEW_PATIENTS)
    spread = float(values[there].std())
    if spread == 0:
        return _undefined(NO_SPREAD)
    of_first = np.repeat([1.0, 0.0], first.size)[there]
    design = np.column_stack([of_first, np.eye(sites.size)[place]])
    scaled = (values[there] - values[there].mean()) / spread
    return _fitted(scaled, design, patient, within, spread)


def _fitted(
    values: FloatArray, design: FloatArray, patient: NDArray[np.intp], within: int, spread: float
) -> MixedDifference:
    with warnings.catch_warnings():
        # It also warns where patients do not differ, which is a result and no failure.
        warnings.simplefilter("ignore")
        try:
            fit = MixedLM(values, design, groups=patient).fit(reml=True, method=_SEARCHES)
            value, error = float(fit.fe_params[0]), float(fit.bse_fe[0])
        except np.linalg.LinAlgError:
            return _undefined(NOT_FITTED)
    if not (fit.converged and math.isfinite(value) and error > 0):
        return _undefined(NOT_FITTED)
    reach = float(t_distribution.ppf(UPPER, within)) * error
    p = 2 * float(t_distribution.sf(abs(value) / error, within))
    return MixedDifference(spread * value, spread * (value - reach), spread * (value + reach), p)
