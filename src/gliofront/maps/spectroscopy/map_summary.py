"""What a grid's fit amounts to: measures for the report, and findings for the reader."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.findings import Finding, Level
from gliofront.maps.spectroscopy.acquisition import Acquisition
from gliofront.maps.spectroscopy.grid_table import CODES, GridTable
from gliofront.maps.spectroscopy.quality import REASONS
from gliofront.maps.spectroscopy.settings import WaterSettings

BoolArray = NDArray[np.bool_]
_FEW = 0.5  # share of voxels given below which the reader is warned


def quality_of(
    table: GridTable, reasons: NDArray[np.uint8], mask: BoolArray, field_mhz: float
) -> dict[str, float]:
    """Return measures of a whole grid by name; NaN where there is nothing to measure.

    Parameters
    ----------
    reasons : (X, Y, Z) codes of why a voxel of the mask has no Cho/NAA; 0 where it has.
    """
    asked = int(np.count_nonzero(mask))
    fitted = np.isfinite(table.snr)
    given = int(np.count_nonzero(mask & fitted & (reasons == 0)))
    width = _median(table.fwhm_hz[fitted])
    measures = {
        "voxels_asked": float(asked),
        "voxels_given": float(given),
        "voxels_given_percent": 100.0 * given / asked if asked else math.nan,
        "snr_median": _median(table.snr[fitted]),
        "fwhm_median_hz": width,
        "fwhm_median_ppm": width / field_mhz,
        "misfit_median": _median(table.misfit[fitted]),
    }
    for name, (value, bound) in table.amounts.items():
        with np.errstate(invalid="ignore", divide="ignore"):
            share = 100.0 * (bound / value)[table.passed]
        measures[f"bound_{name.lower()}_median_percent"] = _median(share[np.isfinite(share)])
    for reason, code in CODES.items():
        measures[f"{reason}_voxels"] = float(np.count_nonzero(mask & (reasons == code)))
    return measures


def findings_of(
    measures: Mapping[str, float],
    acquisition: Acquisition,
    with_water: bool,
    water: WaterSettings,
) -> list[Finding]:
    """Return what the reader of the maps should know."""
    found = [_reference(acquisition, water) if with_water else _no_reference()]
    if measures["voxels_given"] < _FEW * measures["voxels_asked"]:
        counts = (
            f"{measures[f'{reason}_voxels']:.0f} because {words}"
            for reason, words in REASONS.items()
            if measures[f"{reason}_voxels"]
        )
        problem = (
            f"Cho/NAA is given in {measures['voxels_given']:.0f} of "
            f"{measures['voxels_asked']:.0f} voxels; not given in {', '.join(counts)}"
        )
        mend = "look at the spectra; leave out voxels near bone, air and scalp"
        found.append(Finding(Level.WARNING, "few-spectra-usable", "spectroscopy", problem, mend))
    return found


def _median(values: NDArray[np.float64]) -> float:
    return float(np.median(values)) if values.size else math.nan


def _no_reference() -> Finding:
    problem = (
        "there is no water reference, so metabolites are given as ratios to creatine, and creatine "
        "in units of the grid's median; eddy currents were not corrected"
    )
    mend = "give the scan without water suppression too, if there is one"
    return Finding(Level.NOTE, "no-water-reference", "spectroscopy", problem, mend)


def _reference(acquisition: Acquisition, water: WaterSettings) -> Finding:
    unknown = "; the repetition time is unknown and was taken to be long"
    problem = (
        f"mmol/L assume {water.concentration_mm:.0f} mmol/L of visible water with T1 "
        f"{water.t1_s:g} s and T2 {water.t2_ms:g} ms, and the metabolites' T1 and T2 of white "
        "matter at 3 T, everywhere, in the tumour too"
    )
    problem += unknown if math.isnan(acquisition.tr_s) else ""
    return Finding(Level.NOTE, "water-reference-assumed", "spectroscopy", problem)
