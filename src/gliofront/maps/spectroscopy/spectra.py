"""Spectra on a grid of voxels; a single voxel is a grid of (1, 1, 1)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level
from gliofront.image.grid import Grid
from gliofront.image.nifti_mrs import MrsFile
from gliofront.maps.spectroscopy.acquisition import Acquisition

Complex64Array = NDArray[np.complex64]

_SAME_PLACE_MM = 0.5
# Longer names first: semi-LASER sequences are often named after the PRESS that they replace.
_NAMES = {
    "sLASER": ("slaser", "semilaser", "semi-laser", "semi_laser"),
    "STEAM": ("steam", "svs_st", "probe-s"),
    "PRESS": ("press", "svs_se", "csi_se", "probe-p", "probe_p"),
}


@dataclass(frozen=True, eq=False)
class Spectra:
    """Signals of voxels, coil-combined and averaged.

    Parameters
    ----------
    grid : where the voxels lie; a single voxel is a grid of (1, 1, 1).
    fids : (X, Y, Z, points), kept as read-only complex64, in the convention of `acquisition`.
    acquisition : how they were acquired.
    water : (X, Y, Z, points), the same voxels without water suppression, or None.

    Raises
    ------
    InputRefused
        If a shape is not that of the grid and the points.
    """

    grid: Grid
    fids: Complex64Array
    acquisition: Acquisition
    water: Complex64Array | None = None

    def __post_init__(self) -> None:
        """Check the shapes and freeze the signals."""
        object.__setattr__(self, "fids", self._frozen(self.fids, "spectra"))
        if self.water is not None:
            object.__setattr__(self, "water", self._frozen(self.water, "water reference"))

    def _frozen(self, fids: Complex64Array, what: str) -> Complex64Array:
        kept = np.asarray(fids, dtype=np.complex64).view()
        expected = (*self.grid.shape, self.acquisition.points)
        if kept.shape != expected:
            problem = f"signals of shape {kept.shape}, not {expected}"
            raise InputRefused(what, problem, "give one signal for each voxel of the grid")
        kept.flags.writeable = False
        return kept


def spectra_from(
    mrs: MrsFile,
    water: MrsFile | None = None,
    *,
    sequence: str | None = None,
    te_ms: float | None = None,
) -> tuple[Spectra, list[Finding]]:
    """Return spectra of a file, its repeats averaged as they stand.

    Parameters
    ----------
    mrs : signals; align their repeats beforehand where there are many.
    water : the same voxels without water suppression.
    sequence, te_ms : stated by the user, over what the header says. A header that names no known
        sequence is taken as PRESS, with a warning.

    Raises
    ------
    InputRefused
        If the echo time is not known, the sequence is one that cannot be used (STEAM), or the
        water reference is of other voxels or another sampling.
    """
    findings = []
    named = sequence or _sequence(mrs.header)
    if named is None:
        findings.append(_assumed_press())
    echo = mrs.te_ms if te_ms is None else te_ms
    if math.isnan(echo):
        problem = "the header does not state the echo time (EchoTime, in seconds)"
        raise InputRefused("spectroscopy", problem, "state it, or write it into the header")
    acquisition = Acquisition(
        mrs.field_mhz, mrs.dwell_s, mrs.fids.shape[3], echo, named or "PRESS", mrs.tr_s
    )
    for what, one in (("spectra", mrs), ("water reference", water)):
        if one is not None and one.fids.shape[4] > 1:
            findings.append(_averaged(what, one.fids.shape[4]))
    reference = None if water is None else _matching_water(mrs, water)
    return Spectra(mrs.grid, _average(mrs), acquisition, reference), findings


def _average(mrs: MrsFile) -> Complex64Array:
    return np.asarray(mrs.fids.mean(axis=4, dtype=np.complex128), dtype=np.complex64)


def _matching_water(mrs: MrsFile, water: MrsFile) -> Complex64Array:
    """Return the water signals, or refuse those of other voxels or another sampling."""
    wrong = []
    if not water.grid.matches(mrs.grid, _SAME_PLACE_MM):
        wrong.append(f"lies elsewhere ({water.grid.describe()}; spectra: {mrs.grid.describe()})")
    if abs(water.dwell_s / mrs.dwell_s - 1) > 1e-4 or water.fids.shape[3] < mrs.fids.shape[3]:
        wrong.append("is sampled otherwise")
    if wrong:
        mend = "give the water scan of these very voxels, or leave it out"
        raise InputRefused("water reference", f"it {' and '.join(wrong)}", mend)
    return _average(water)[..., : mrs.fids.shape[3]]


def _sequence(header: Mapping[str, Any]) -> str | None:
    """Return the sequence that a header names, None where it names none that is known.

    The names of the vendors' products: Siemens svs_se and csi_se, GE PROBE-P, Philips PRESS.
    """
    names = " ".join(str(header.get(key, "")) for key in ("SequenceName", "ProtocolName")).lower()
    for sequence, parts in _NAMES.items():
        if any(part in names for part in parts):
            return sequence
    return None


def _assumed_press() -> Finding:
    problem = "the header names no known sequence; it was taken as PRESS"
    mend = "state the sequence if it was another"
    return Finding(Level.WARNING, "sequence-assumed", "spectroscopy", problem, mend)


def _averaged(what: str, repeats: int) -> Finding:
    problem = f"{repeats} repeats of the {what} were averaged"
    return Finding(Level.NOTE, "repeats-averaged", "spectroscopy", problem)
