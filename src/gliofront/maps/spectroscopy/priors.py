"""Soft ratios between amplitudes, for what overlaps too much to be told apart freely.

The values are LCModel's (Provencher, LCModel & LCMgui User's Manual, section 11.8), the same for
every spectrum. Small metabolites are tied loosely to tNAA + tCr + 3 tCho, macromolecules and lipids
to one among them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_BIG = {"NAA": 1.0, "NAAG": 1.0, "Cr": 1.0, "PCr": 1.0, "GPC": 3.0, "PCh": 3.0, "Cho": 3.0}

_CREATINE = {"Cr": 1.0, "PCr": 1.0}
_LIPID = {"Lip13a": 1.0, "Lip13b": 1.0}

# name: (name or names that it is tied to, ratio, spread)
_RATIOS: Mapping[str, tuple[Mapping[str, float], float, float]] = {
    "Asp": (_BIG, 0.05, 0.05),
    "GABA": (_BIG, 0.03, 0.03),
    "Glc": (_BIG, 0.03, 0.03),
    "sIns": (_BIG, 0.01, 0.01),
    "Tau": (_BIG, 0.05, 0.05),
    "GSH": ({"Gln": 1.0, "GSH": 1.0}, 0.286, 0.126),
    "-CrCH2": (_CREATINE, 0.1, 0.25),
    "MM12": ({"MM09": 1.0}, 0.3, 0.1),
    "MM14": ({"MM09": 1.0}, 0.75, 0.45),
    "MM17": ({"MM09": 1.0}, 0.375, 0.3),
    "MM20": ({"MM09": 1.0}, 1.5, 0.375),
    "Lip09": (_LIPID, 0.267, 0.1),
    "Lip20": (_LIPID, 0.15, 0.07),
}


def ratio_rows(names: tuple[str, ...], amounts: FloatArray, sigma: float) -> FloatArray:
    """Return rows (ties, rows of the basis) that are to be 0, in units of the residual.

    Parameters
    ----------
    names : of the basis rows.
    amounts : (rows,) a first estimate, that sets how much a spread is worth.
    sigma : SD of the residual.
    """
    first = dict(zip(names, amounts, strict=True))
    rows = []
    for name, (others, ratio, spread) in _RATIOS.items():
        tied = {other: weight for other, weight in others.items() if other in first}
        if name not in first or not tied:
            continue
        size = _size(name, tied, ratio, first)
        if size <= 0:
            continue
        row = [float(n == name) - ratio * tied.get(n, 0.0) for n in names]
        rows.append(np.array(row) * sigma / (spread * size))
    return np.array(rows).reshape(-1, len(names))


def _size(name: str, tied: Mapping[str, float], ratio: float, first: Mapping[str, float]) -> float:
    """Return how much there is of what a row is tied to, judged by both sides of the tie."""
    reference = sum(weight * first[other] for other, weight in tied.items())
    return max(reference, (reference + first[name]) / (1 + ratio))
