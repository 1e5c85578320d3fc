"""What each map would show without noise, motion and slices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gliofront.image.grid import Grid
from gliofront.image.volume import BoolArray, Volume
from gliofront.phantom.tissue_maps import TissueMaps

FloatArray = NDArray[np.float64]
AnyArray = NDArray[np.floating]


def true_maps(grid: Grid, brain: BoolArray, maps: TissueMaps) -> dict[str, Volume]:
    """Return ADC, FA, p, q, rCBV, tCho, tNAA and their ratio, NaN outside the brain.

    Parameters
    ----------
    grid : of the tissue.
    brain : (X, Y, Z).
    """
    squares = _squared_length(maps.tensor)
    anisotropic = np.sqrt(np.maximum(squares - 3 * maps.adc**2, 0.0))
    fa = np.sqrt(1.5) * _ratio(anisotropic, np.sqrt(squares))
    found = {
        "ADC": (maps.adc, "mm2/s"),
        "FA": (fa, "ratio"),
        "p": (np.sqrt(3.0) * maps.adc, "mm2/s"),
        "q": (anisotropic, "mm2/s"),
        "rCBV": (maps.rcbv, "ratio"),
        "tCho": (maps.metabolites["tCho"], "mmol/L"),
        "tNAA": (maps.metabolites["tNAA"], "mmol/L"),
        "Cho/NAA": (_ratio(maps.metabolites["tCho"], maps.metabolites["tNAA"]), "ratio"),
    }
    return {
        name: Volume(grid, np.where(brain, values, np.nan).astype(np.float32), name, unit)
        for name, (values, unit) in found.items()
    }


def _squared_length(tensor: FloatArray) -> FloatArray:
    """Return the sum of the squared eigenvalues: that of the squared elements."""
    twice = np.array([1.0, 1.0, 1.0, 2.0, 2.0, 2.0])
    return np.asarray((tensor**2 * twice).sum(axis=-1))


def _ratio(above: AnyArray, below: AnyArray) -> FloatArray:
    nothing = np.full(above.shape, np.nan)
    return np.asarray(np.divide(above, below, out=nothing, where=below > 0))
