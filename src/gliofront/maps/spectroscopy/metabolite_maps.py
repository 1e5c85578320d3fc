"""Maps of metabolites on the spectroscopy's own grid, each with the map of its bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding
from gliofront.image.volume import BoolArray, LabelVolume, Volume
from gliofront.maps.spectroscopy.acquisition import Acquisition
from gliofront.maps.spectroscopy.basis import Basis
from gliofront.maps.spectroscopy.combinations import SUMS
from gliofront.maps.spectroscopy.concentrations import millimolar, water_amplitude
from gliofront.maps.spectroscopy.gating import above_threshold, amount_refusals, ratio_refusals
from gliofront.maps.spectroscopy.grid_fit import fit_grid, with_signal
from gliofront.maps.spectroscopy.grid_table import CODES, GridTable, Voxel, tabulate
from gliofront.maps.spectroscopy.map_summary import findings_of, quality_of
from gliofront.maps.spectroscopy.model import build_model
from gliofront.maps.spectroscopy.settings import SpectroscopySettings
from gliofront.maps.spectroscopy.spectra import Complex64Array, Spectra
from gliofront.maps.spectroscopy.spectrum_fit import SpectrumFit

FloatArray = NDArray[np.float64]

Codes = NDArray[np.uint8]
Values = tuple[FloatArray, FloatArray, Codes, str]

RATIO = "Cho/NAA"
HIGH_RATIO = "high Cho/NAA"
_PAIR = ("tCho", "tNAA")


@dataclass(frozen=True, eq=False)
class MetaboliteMaps:
    """What spectroscopy says of each voxel of its grid.

    Parameters
    ----------
    values : name (``"Cho/NAA"``, ``"tNAA"``, ``"tCho"``, ``"tCr"``, ``"Glx"``) to its map. Cho/NAA
        is a ratio of concentrations: of peak areas it is 3 times as much, nine protons to three.
    bounds : the same names to the Cramer-Rao bounds, one standard deviation in the map's unit.
    high_ratio : where Cho/NAA lies above the setting, or would even if NAA were two bounds more
        than measured, where NAA is not detected.
    reasons : (X, Y, Z) why a voxel has no Cho/NAA, by name in `quality.REASONS`.
    example : the fit of the voxel of the clearest spectrum, and the voxel.
    quality : measures of the whole grid.
    findings : what the reader of the maps should know.
    """

    values: Mapping[str, Volume]
    bounds: Mapping[str, Volume]
    high_ratio: LabelVolume
    reasons: LabelVolume
    example: tuple[Voxel, SpectrumFit]
    quality: Mapping[str, float]
    findings: list[Finding]


def metabolite_maps(
    spectra: Spectra,
    basis: Basis,
    mask: BoolArray | None = None,
    settings: SpectroscopySettings | None = None,
) -> MetaboliteMaps:
    """Fit every voxel of a grid and map what was found.

    Parameters
    ----------
    spectra : of the grid; with a water reference, amounts are in mmol/L; without one they are
        ratios to creatine, and creatine itself is in units of the grid's median.
    basis : at the field, echo time, dwell time and number of points of the spectra.
    mask : (X, Y, Z) voxels to fit; None fits all.

    Raises
    ------
    InputRefused
        If the basis is of another acquisition, lacks choline, NAA or creatine, the mask has
        another shape, or no voxel of it has a signal.
    """
    settings = settings or SpectroscopySettings()
    mask = np.ones(spectra.grid.shape, dtype=bool) if mask is None else np.asarray(mask, bool)
    _check(spectra, basis, mask)
    model = build_model(basis, settings.fit)
    usable = with_signal(spectra, mask)
    if not usable.any():
        raise InputRefused("spectroscopy", "no voxel of the mask has a signal", "check both")
    fits = fit_grid(spectra, model, usable, settings)
    table = tabulate(fits, model, spectra.grid.shape, settings.gates)
    table.refused[mask & ~usable] = CODES["no_signal"]
    water = spectra.water if settings.water.reference else None
    if water is None:
        named = _to_creatine(table, settings)
    else:
        named = _in_millimolar(table, water, spectra.acquisition, settings)
    codes = ratio_refusals(table, _PAIR, settings.gates)
    named[RATIO] = (*table.ratios[_PAIR], codes, "ratio")
    high = above_threshold(table, _PAIR, settings.high_ratio, settings.gates)
    reasons = np.where(mask, codes, 0).astype(np.uint8)
    measures = quality_of(table, reasons, mask, basis.acquisition.field_mhz)
    return MetaboliteMaps(
        values={name: _volume(spectra, name, v[0], v[2], v[3]) for name, v in named.items()},
        bounds={
            name: _volume(spectra, f"{name} Cramer-Rao bound", v[1], v[2], v[3])
            for name, v in named.items()
        },
        high_ratio=LabelVolume.from_mask(spectra.grid, high, HIGH_RATIO),
        reasons=LabelVolume(spectra.grid, reasons, {code: name for name, code in CODES.items()}),
        example=table.example,
        quality=measures,
        findings=findings_of(measures, spectra.acquisition, water is not None, settings.water),
    )


def _check(spectra: Spectra, basis: Basis, mask: BoolArray) -> None:
    if mask.shape != spectra.grid.shape:
        problem = f"a mask of shape {mask.shape} on a grid of shape {spectra.grid.shape}"
        raise InputRefused("spectroscopy", problem, "give a mask on the spectroscopy's grid")
    absent = [name for name in ("tNAA", "tCho", "tCr") if not set(SUMS[name]) & set(basis.names)]
    if absent:
        problem = f"it has nothing of {', '.join(absent)}"
        raise InputRefused("basis set", problem, "give or simulate these metabolites too")
    own, other = spectra.acquisition, basis.acquisition
    same = (own.points, own.dwell_s, own.centre_ppm) == (
        other.points,
        other.dwell_s,
        other.centre_ppm,
    )
    if not same:
        problem = "its points, dwell time or centre are not those of the spectra"
        raise InputRefused("basis set", problem, "resample it to the spectra's acquisition")
    if abs(own.te_ms - other.te_ms) > 0.5 or own.sequence != other.sequence:
        problem = (
            f"it is for {other.sequence} at {other.te_ms:g} ms, the spectra are {own.sequence} at "
            f"{own.te_ms:g} ms"
        )
        raise InputRefused("basis set", problem, "simulate or give one for these spectra")


def _in_millimolar(
    table: GridTable,
    water: Complex64Array,
    acquisition: Acquisition,
    settings: SpectroscopySettings,
) -> dict[str, Values]:
    amplitude = water_amplitude(water, acquisition)
    named = {}
    for name, (value, bound) in table.amounts.items():
        scale = millimolar(name, amplitude, acquisition, settings.water)
        codes = amount_refusals(table, name, settings.gates)
        named[name] = (value * scale, bound * scale, codes, "mmol/L")
    return named


def _to_creatine(table: GridTable, settings: SpectroscopySettings) -> dict[str, Values]:
    named: dict[str, Values] = {}
    for pair, (value, bound) in table.ratios.items():
        if pair[1] == "tCr":
            codes = ratio_refusals(table, pair, settings.gates)
            named[pair[0]] = (value, bound, codes, "ratio to tCr")
    value, bound = table.amounts["tCr"]
    codes = amount_refusals(table, "tCr", settings.gates)
    given = value[table.passed & (codes == 0)]
    usual = np.median(given) if given.size else np.nan
    named["tCr"] = (value / usual, bound / usual, codes, "grid median")
    return named


def _volume(spectra: Spectra, name: str, values: FloatArray, codes: Codes, unit: str) -> Volume:
    data = np.where(codes == 0, values, np.nan).astype(np.float32)
    return Volume(spectra.grid, data, name, unit)
