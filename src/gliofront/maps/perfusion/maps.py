"""What a perfusion series gives: maps, curves, facts and doubts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gliofront.foundation.findings import Finding
from gliofront.image.grid import FloatArray, Grid
from gliofront.image.volume import BoolArray, Float32Array, Volume
from gliofront.maps.perfusion.bolus import Bolus

# Field of the voxel table: quantity and unit of its map.
UNITS = {
    "cbv": ("CBV", "mL/100 mL"),
    "cbv_uncorrected": ("CBV uncorrected", "mL/100 mL"),
    "k1": ("K1", "ratio"),
    "k2": ("K2", "1/s"),
    "cbf": ("CBF", "mL/100 mL/min"),
    "mtt": ("MTT", "s"),
    "tmax": ("Tmax", "s"),
    "recovery": ("PSR", "percent"),
    "peak_height": ("peak dR2*", "1/s"),
}
_NEED_INPUT = ("cbf", "mtt", "tmax")


@dataclass(frozen=True, eq=False)
class PerfusionMaps:
    """Maps on the grid of the series; NaN outside the brain and where undefined.

    Parameters
    ----------
    cbv : blood volume, corrected for leakage; mL/100 mL with an arterial input, else the
        integral of dR2* (arbitrary). Ratios: `gliofront.maps.perfusion.cbv.normalise_to`.
    cbv_uncorrected : the same without correction.
    k1, k2 : vascular size in reference curves (ratio), leakage rate (1/s; positive where T1
        dominates).
    cbf, mtt, tmax : mL/100 mL/min, s, s; None without a plausible arterial input.
    recovery : percentage signal recovery, percent.
    peak_height : greatest dR2* of the first pass, 1/s.
    baseline : mean image before the bolus, to align with.
    brain, reference, artery : (X, Y, Z) bool: the brain, the voxels of the reference curve, and
        those of the arterial input (empty if there is none).
    reference_curve : (N,) dR2*, 1/s. artery_curve : the same or None.
    bolus : when it came.
    motions : (N, 4, 4) of every frame, see `gliofront.maps.perfusion.motion.Motion`; None if not
        estimated.
    quality : figures by name, NaN where undefined.
    findings : notes and warnings.
    """

    cbv: Volume
    cbv_uncorrected: Volume
    k1: Volume
    k2: Volume
    cbf: Volume | None
    mtt: Volume | None
    tmax: Volume | None
    recovery: Volume
    peak_height: Volume
    baseline: Volume
    brain: BoolArray
    reference: BoolArray
    artery: BoolArray
    reference_curve: FloatArray
    artery_curve: FloatArray | None
    bolus: Bolus
    motions: FloatArray | None
    quality: Mapping[str, float]
    findings: list[Finding] = field(default_factory=list)


def mapped(
    grid: Grid, brain: BoolArray, table: Mapping[str, Float32Array], *, absolute: bool
) -> dict[str, Volume | None]:
    """Return the columns of a voxel table, each (V,) over the brain, as maps.

    Parameters
    ----------
    absolute : whether there is an arterial input: without it blood volume is arbitrary, and what
        needs the input is None.
    """
    volumes: dict[str, Volume | None] = {}
    for name, (quantity, unit) in UNITS.items():
        if name in _NEED_INPUT and not absolute:
            volumes[name] = None
            continue
        data = np.full(grid.shape, np.nan, dtype=np.float32)
        data[brain] = table[name]
        volumes[name] = Volume(
            grid, data, quantity, "arbitrary" if name.startswith("cbv") and not absolute else unit
        )
    return volumes


def placed(brain: BoolArray, chosen: BoolArray) -> BoolArray:
    """Return a mask (X, Y, Z) of chosen voxels (V,) of the brain."""
    mask = np.zeros(brain.shape, dtype=bool)
    mask[brain] = chosen
    return mask
