"""Cerebral blood volume: an integral, its absolute unit, and its ratio to white matter."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import FloatArray
from gliofront.image.volume import BoolArray, Volume

_FEWEST = 20  # voxels, for a median that means something


def integral(curves: ArrayLike, tr_s: float, window: slice | None = None) -> FloatArray:
    """Return the trapezoidal integral over the frames of the window, (...).

    Parameters
    ----------
    curves : (..., N), 1/s for dR2*; the integral then has no unit.
    tr_s : time between frames, s.

    >>> float(integral([0.0, 1.0, 1.0, 0.0], 2.0))
    4.0
    """
    chosen = np.asarray(curves, dtype=np.float64)[..., window or slice(None)]
    return np.asarray(np.trapezoid(chosen, dx=tr_s, axis=-1))


def absolute_cbv(tissue: ArrayLike, artery: float, kappa: float) -> FloatArray:
    """Return CBV = 100 kappa tissue / artery, mL per 100 mL, from two integrals.

    Indicator dilution (Meier and Zierler 1954; Rempp et al. 1994, Radiology 193:637): kappa is
    (1 - haematocrit of arteries) / (1 - haematocrit of capillaries), usually 0.733. Tissue is
    taken at 1 g/mL, so mL per 100 mL and mL per 100 g are the same number.

    Parameters
    ----------
    tissue : (...) integral of the tissue curve.
    artery : integral of the arterial input over the same frames, positive.

    >>> float(absolute_cbv(0.04, 1.0, kappa=1.0))
    4.0
    """
    return 100.0 * kappa * np.asarray(tissue, dtype=np.float64) / artery


def normalise_to(cbv: Volume, mask: BoolArray) -> Volume:
    """Return CBV over its median in a mask, usually normal-appearing white matter, a ratio.

    Parameters
    ----------
    cbv : any unit; NaN stays NaN, and undefined voxels of the mask do not count.
    mask : (X, Y, Z) on the grid of the map.

    Raises
    ------
    InputRefused
        If the mask has fewer than 20 defined voxels, or their median is not positive.

    >>> from gliofront.image.grid import Grid
    >>> volume = Volume(Grid(np.eye(4), (5, 5, 1)), np.full((5, 5, 1), 4.0), "CBV", "mL/100 mL")
    >>> ratio = normalise_to(volume, np.ones((5, 5, 1), dtype=bool))
    >>> float(ratio.data[0, 0, 0]), ratio.unit
    (1.0, 'ratio')
    """
    if mask.shape != cbv.grid.shape:
        problem = f"a mask of shape {mask.shape} for {cbv.grid.describe()}"
        raise InputRefused(cbv.quantity, problem, "resample the mask onto the map")
    values = cbv.data[mask]
    values = values[np.isfinite(values)]
    if values.size < _FEWEST:
        problem = f"only {values.size} voxels of the reference region are defined"
        raise InputRefused(cbv.quantity, problem, "check that the mask overlaps the perfusion slab")
    median = float(np.median(values))
    if median <= 0:
        problem = f"blood volume in the reference region is {median:.3g}"
        raise InputRefused(cbv.quantity, problem, "check the bolus and the mask")
    return cbv.with_data(cbv.data / np.float32(median), "ratio")
