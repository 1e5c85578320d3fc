"""Sums of metabolites that are reported together, and ratios of such sums, with their bounds."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from gliofront.maps.spectroscopy.spectrum_fit import SpectrumFit
from gliofront.maps.spectroscopy.uncertainty import bound_of_ratio, bound_of_sum

FloatArray = NDArray[np.float64]

SUMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "tNAA": ("NAA", "NAAG"),
        "tCho": ("GPC", "PCh", "Cho"),
        "tCr": ("Cr", "PCr"),
        "Glx": ("Glu", "Gln"),
    }
)
"""Short name to the rows of a basis that are added: NAA + NAAG, choline, creatine, Glu + Gln."""


def rows_of(fit: SpectrumFit, name: str) -> list[int]:
    """Return the rows of a fit that a sum is made of; none if the basis has none of them."""
    return [fit.names.index(part) for part in SUMS[name] if part in fit.names]


def amount_of(fit: SpectrumFit, name: str) -> tuple[float, float]:
    """Return a sum's amplitude and its bound; NaN if the basis has none of its rows."""
    rows = rows_of(fit, name)
    if not rows:
        return float("nan"), float("nan")
    return float(fit.amounts[rows].sum()), bound_of_sum(fit.covariance, rows)


def ratio_of(fit: SpectrumFit, above: str, below: str) -> tuple[float, float]:
    """Return the ratio of two sums and its bound, to first order; NaN where not defined."""
    (top, _), (bottom, _) = amount_of(fit, above), amount_of(fit, below)
    if not (np.isfinite(top) and bottom > 0):
        return float("nan"), float("nan")
    rows = (rows_of(fit, above), rows_of(fit, below))
    return top / bottom, bound_of_ratio(top, bottom, fit.covariance, rows)
