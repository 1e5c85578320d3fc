"""What LCModel answers: its .TABLE and .COORD files, as text in."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.maps.spectroscopy.fortran_text import read_numbers

FloatArray = NDArray[np.float64]

_ROW = re.compile(
    r"^\s*(?P<conc>[-+.\dEe]+)\s+(?P<sd>\d+)%\s*(?P<ratio>[-+.\d]+(?:[Ee][-+]?\d+)?)"
    r"\s*(?P<name>\S+)\s*$"
)
_CURVES = {
    "data": r"NY phased data points follow",
    "fit": r"NY points of the fit to the data follow",
    "baseline": r"NY background values follow",
}


@dataclass(frozen=True)
class LcmodelTable:
    """Concentrations by LCModel.

    Parameters
    ----------
    concentrations : name, or sum such as ``"GPC+PCh"``, to its value in the basis set's unit.
    sd_percent : name to the Cramer-Rao bound in per cent of the value; 999 means undetected.
    fwhm_ppm, snr, shift_ppm : line width, signal to noise and shift; NaN where not stated.
    diagnostics : the lines of its diagnostic table.
    """

    concentrations: Mapping[str, float]
    sd_percent: Mapping[str, float]
    fwhm_ppm: float = math.nan
    snr: float = math.nan
    shift_ppm: float = math.nan
    diagnostics: tuple[str, ...] = ()

    def ratio(self, name: str, to: str) -> float:
        """Return one concentration over another, NaN where either is absent or the second 0."""
        over = self.concentrations.get(to, 0.0)
        return self.concentrations.get(name, math.nan) / over if over else math.nan


@dataclass(frozen=True, eq=False)
class LcmodelCurves:
    """The curves of a .COORD file.

    Parameters
    ----------
    ppm : (points,), ascending.
    data, fit, baseline : (points,) real, phased.
    metabolites : name to its fitted curve (points,), the baseline included.
    """

    ppm: FloatArray
    data: FloatArray
    fit: FloatArray
    baseline: FloatArray
    metabolites: Mapping[str, FloatArray] = field(default_factory=dict)


def read_table(text: str, subject: str) -> LcmodelTable:
    """Read a .TABLE file, or the same tables at the head of a .COORD file.

    Raises
    ------
    InputRefused
        If it holds no concentration.

    >>> table = read_table("$$CONC\\n 1.9E+00   5% 1.058 NAA\\n $$MISC\\n FWHM = 0.08 ppm", "t")
    >>> table.concentrations["NAA"], table.sd_percent["NAA"], table.fwhm_ppm
    (1.9, 5.0, 0.08)
    """
    rows = [found for line in text.splitlines() if (found := _ROW.match(line))]
    concentrations = {row["name"]: float(row["conc"]) for row in rows}
    if not concentrations:
        mend = "look at what LCModel printed: the fit has failed"
        raise InputRefused(subject, "it holds no concentrations", mend)
    return LcmodelTable(
        concentrations,
        {row["name"]: float(row["sd"]) for row in rows},
        _stated(r"FWHM\s*=\s*([\d.]+)", text),
        _stated(r"S/N\s*=\s*([\d.]+)", text),
        _stated(r"Data shift\s*=\s*(-?[\d.]+)", text),
        _diagnostics(text),
    )


def _stated(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    return float(found.group(1)) if found else math.nan


def _diagnostics(text: str) -> tuple[str, ...]:
    found = re.search(r"\$\$DIAG\s+(\d+) lines[^\n]*\n", text)
    if not found:
        return ()
    lines = text[found.end() :].splitlines()[: int(found.group(1))]
    return tuple(line.strip() for line in lines if line.strip())


def read_coord(text: str, subject: str) -> LcmodelCurves:
    """Read the curves of a .COORD file.

    Raises
    ------
    InputRefused
        If a curve is missing or cut off.
    """
    axis = re.search(r"(\d+) points on ppm-axis = NY[^\n]*\n", text)
    if not axis:
        raise InputRefused(subject, "there is no ppm axis", "write it with LCOORD=9 again")
    points = int(axis.group(1))
    ppm = _curve(text, axis.end(), points, subject)
    curves = {}
    for name, title in _CURVES.items():
        found = re.search(title + r"[^\n]*\n", text)
        if not found:
            raise InputRefused(subject, f"its {name} are missing", "write it with LCOORD=9 again")
        curves[name] = _curve(text, found.end(), points, subject)
    parts = re.finditer(r"^\s*(\S+)\s+Conc\. =[^\n]*\n", text, re.MULTILINE)
    metabolites = {part.group(1): _curve(text, part.end(), points, subject) for part in parts}
    return LcmodelCurves(ppm, **curves, metabolites=metabolites)


def _curve(text: str, place: int, points: int, subject: str) -> FloatArray:
    """Return the numbers after a place, ascending in ppm."""
    # Ten numbers a line in LCModel's own format.
    lines = text[place:].splitlines()[: -(-points // 10)]
    numbers = read_numbers("\n".join(lines), subject)
    if numbers.size != points:
        problem = f"a curve holds {numbers.size} points, not {points}"
        raise InputRefused(subject, problem, "the file is cut off: run LCModel again")
    return numbers[::-1]
