"""The fits of a grid as arrays: amounts, ratios, their bounds, and measures of quality."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.maps.spectroscopy.combinations import SUMS, amount_of, ratio_of
from gliofront.maps.spectroscopy.model import Model
from gliofront.maps.spectroscopy.quality import REASONS, measure, refusal
from gliofront.maps.spectroscopy.settings import GateSettings
from gliofront.maps.spectroscopy.spectrum_fit import SpectrumFit

FloatArray = NDArray[np.float64]
Voxel = tuple[int, int, int]
Shape = tuple[int, int, int]

RATIOS: tuple[tuple[str, str], ...] = (
    ("tCho", "tNAA"),
    ("tNAA", "tCr"),
    ("tCho", "tCr"),
    ("Glx", "tCr"),
)
"""Ratios of sums that are kept with their bounds."""

CODES: Mapping[str, int] = {reason: code for code, reason in enumerate(REASONS, 1)}
"""Reason to its label in a map of reasons; 0 is none."""


@dataclass(frozen=True, eq=False)
class GridTable:
    """What was fitted, voxel by voxel; every array is (X, Y, Z), NaN where nothing was.

    Parameters
    ----------
    amounts : sum to (amplitude, bound), in the unit of the data.
    ratios : (above, below) to (ratio, bound).
    snr, fwhm_hz, misfit : as in `quality.SpectrumQuality`.
    refused : codes of the gates that whole spectra failed; 0 where they passed or were not fitted.
    example : the voxel of the clearest spectrum and its fit.
    """

    amounts: Mapping[str, tuple[FloatArray, FloatArray]]
    ratios: Mapping[tuple[str, str], tuple[FloatArray, FloatArray]]
    snr: FloatArray
    fwhm_hz: FloatArray
    misfit: FloatArray
    refused: NDArray[np.uint8]
    example: tuple[Voxel, SpectrumFit]

    @property
    def passed(self) -> NDArray[np.bool_]:
        """Where a spectrum was fitted and passed the gates, (X, Y, Z)."""
        return np.asarray(np.isfinite(self.snr) & (self.refused == 0))


def tabulate(
    fits: Iterable[tuple[Voxel, SpectrumFit]], model: Model, shape: Shape, gates: GateSettings
) -> GridTable:
    """Return the table of fits, the first of which becomes the example; there is at least one."""
    amounts = {name: (_blank(shape), _blank(shape)) for name in SUMS}
    ratios = {pair: (_blank(shape), _blank(shape)) for pair in RATIOS}
    snr, fwhm_hz, misfit = _blank(shape), _blank(shape), _blank(shape)
    refused = np.zeros(shape, dtype=np.uint8)
    example = None
    for voxel, fit in fits:
        example = example or (voxel, fit)
        quality = measure(fit, model)
        snr[voxel], fwhm_hz[voxel], misfit[voxel] = quality.snr, quality.fwhm_hz, quality.misfit
        refused[voxel] = CODES.get(refusal(fit, quality, gates) or "", 0)
        for name, (value, bound) in amounts.items():
            value[voxel], bound[voxel] = amount_of(fit, name)
        for pair, (value, bound) in ratios.items():
            value[voxel], bound[voxel] = ratio_of(fit, *pair)
    if example is None:
        raise ValueError("there is no fit to tabulate")
    return GridTable(amounts, ratios, snr, fwhm_hz, misfit, refused, example)


def _blank(shape: Shape) -> FloatArray:
    return np.full(shape, np.nan)
