"""Which voxels of a map are given, and why the others are not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gliofront.maps.spectroscopy.grid_table import CODES, GridTable
from gliofront.maps.spectroscopy.settings import GateSettings

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Codes = NDArray[np.uint8]


def amount_refusals(table: GridTable, name: str, gates: GateSettings) -> Codes:
    """Return for each voxel (X, Y, Z) the code of why a sum is not given; 0 where it is.

    A bound is compared with the amount or with the grid's median amount, whichever is more: a
    metabolite that is truly low is known to be low, and stays.
    """
    value, bound = table.amounts[name]
    passed = table.passed
    usual = np.nanmedian(value[passed]) if np.isfinite(value[passed]).any() else np.nan
    with np.errstate(invalid="ignore"):
        sure = bound <= gates.most_bound * np.fmax(value, usual)
    codes = table.refused.copy()
    codes[passed & ~sure] = CODES["wide_bound"]
    return codes


def ratio_refusals(table: GridTable, pair: tuple[str, str], gates: GateSettings) -> Codes:
    """Return the same for a ratio: both sums must be sure, and the lower one detected."""
    above, below = (amount_refusals(table, name, gates) for name in pair)
    codes = np.where(above > 0, above, below)
    codes[(codes == 0) & table.passed & ~detected(table, pair[1], gates)] = CODES["not_detected"]
    return codes


def detected(table: GridTable, name: str, gates: GateSettings) -> BoolArray:
    """Return where a sum exceeds 0 by enough bounds, (X, Y, Z)."""
    value, bound = table.amounts[name]
    with np.errstate(invalid="ignore"):
        return np.asarray(value > gates.detection_bounds * bound)


def above_threshold(
    table: GridTable, pair: tuple[str, str], threshold: float, gates: GateSettings
) -> BoolArray:
    """Return where a ratio surely is, or by its estimate is, above a threshold, (X, Y, Z).

    Where the lower sum is not detected there is no estimate; but if the ratio would lie above the
    threshold even were there as much of it as could have been missed, the voxel counts.
    """
    codes = ratio_refusals(table, pair, gates)
    (above, _), (below, below_bound) = table.amounts[pair[0]], table.amounts[pair[1]]
    most = below + gates.detection_bounds * below_bound
    with np.errstate(invalid="ignore", divide="ignore"):
        by_estimate = (codes == 0) & (table.ratios[pair][0] > threshold)
        by_limit = (codes == CODES["not_detected"]) & (above / most > threshold)
    return np.asarray(table.passed & (by_estimate | by_limit))
