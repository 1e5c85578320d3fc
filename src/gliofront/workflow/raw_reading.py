"""Read the raw scans of a patient: images, gradients, times, verified and in one unit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from gliofront.cohort.raw_scans import RawScan
from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level
from gliofront.image.nifti_mrs import MrsFile, read_nifti_mrs
from gliofront.image.reading import read_series
from gliofront.image.series import Series
from gliofront.image.volume import Volume
from gliofront.maps.diffusion.distortion import phase_encoding
from gliofront.maps.diffusion.gradient_files import parse_gradients
from gliofront.maps.diffusion.gradients import Gradients
from gliofront.maps.spectroscopy.spectra import Spectra, spectra_from
from gliofront.maps.spectroscopy.transients import align_transients
from gliofront.workflow.settings import StudySettings


@dataclass(frozen=True, eq=False)
class RawDiffusion:
    """A diffusion series as it was acquired.

    Parameters
    ----------
    series, gradients : images on the file's own axes, and the weighting of each.
    phase_axis : voxel axis of the phase encoding, None if the sidecar does not tell.
    reverse_b0 : mean image without gradients and with the opposite phase encoding, on the grid
        of its own file, where there is one.
    """

    series: Series
    gradients: Gradients
    phase_axis: int | None
    reverse_b0: Volume | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, eq=False)
class RawPerfusion:
    """A bolus series as it was acquired; NaN where the sidecar does not tell a time."""

    series: Series
    te_ms: float
    tr_s: float
    findings: tuple[Finding, ...]


def read_diffusion(scan: RawScan, settings: StudySettings) -> RawDiffusion:
    """Read a diffusion series with its gradients.

    Raises
    ------
    InputRefused
        If a file is missing or damaged, or the gradients do not belong to the images.
    """
    orientation = settings.intake.assume_orientation
    path = scan.files["DWI"]
    series, findings = read_series(path, "DWI", orientation=orientation)
    gradients = parse_gradients(
        _text(scan.files["DWI bval"], "the b-values"),
        _text(scan.files["DWI bvec"], "the directions"),
        series.grid,
        len(series),
        str(path),
        b0_threshold=settings.diffusion.b0_threshold,
    )
    axis = _phase_axis(scan)
    if axis is None and settings.diffusion.distortion:
        text = "the sidecar does not tell the phase encoding (PhaseEncodingDirection)"
        mend = "write it there (i, j or k), and the distortion along it will be corrected"
        findings.append(Finding(Level.WARNING, "no-phase-encoding", "DWI", text, mend))
    reverse, seen = _reverse_b0(scan, settings)
    return RawDiffusion(series, gradients, axis, reverse, (*findings, *seen))


def read_perfusion(scan: RawScan, settings: StudySettings) -> RawPerfusion:
    """Read a bolus series with its echo and repetition time.

    Raises
    ------
    InputRefused
        If a file is missing or damaged.
    """
    orientation = settings.intake.assume_orientation
    series, findings = read_series(scan.files["DSC"], "DSC", orientation=orientation)
    said = _sidecar(scan, "DSC json")
    te_ms, tr_s = (_number(said, name) for name in ("EchoTime", "RepetitionTime"))
    return RawPerfusion(series, 1000.0 * te_ms, tr_s, tuple(findings))


def read_spectroscopy(scan: RawScan, settings: StudySettings) -> tuple[Spectra, list[Finding]]:
    """Read spectra, with the same without water suppression where they are there.

    Raises
    ------
    InputRefused
        If a file is missing or damaged, or the two do not belong together.
    """
    water = scan.files.get("MRS water")
    reference = None if water is None else _in_step(read_nifti_mrs(water))
    mrs = read_nifti_mrs(scan.files["MRS"])
    spectra, findings = spectra_from(
        _in_step(mrs),
        reference,
        sequence=settings.spectroscopy.sequence,
        te_ms=settings.spectroscopy.te_ms,
    )
    if (repeats := mrs.fids.shape[-1]) > 1:
        text = f"{repeats} repeats were aligned in frequency and phase, and averaged"
        findings.append(Finding(Level.NOTE, "repeats-averaged", "MRS", text))
    return spectra, findings


def _in_step(mrs: MrsFile) -> MrsFile:
    """Return signals with one repeat: the mean of those that there are, aligned."""
    if mrs.fids.shape[-1] == 1:
        return mrs
    mean = align_transients(mrs.fids, mrs.dwell_s).mean
    return replace(mrs, fids=mean[..., None].astype(np.complex64))


def _reverse_b0(scan: RawScan, settings: StudySettings) -> tuple[Volume | None, list[Finding]]:
    path = scan.files.get("reverse b0")
    if path is None:
        return None, []
    orientation = settings.intake.assume_orientation
    series, findings = read_series(path, "reverse b0", orientation=orientation, least=1)
    chosen = np.ones(len(series), dtype=bool)
    if gradients := scan.files.get("reverse b0 bval"):
        chosen = _b0s(gradients, len(series), settings.diffusion.b0_threshold)
    mean = series.data[..., chosen].mean(axis=-1, dtype=np.float64)
    return Volume(series.grid, mean, "reverse b0", "arbitrary"), findings


def _b0s(path: Path, images: int, threshold: float) -> np.ndarray[Any, np.dtype[np.bool_]]:
    try:
        values = np.array(_text(path, "the b-values").split(), dtype=np.float64)
    except ValueError as error:
        raise InputRefused(path, "a b-value is no number", "mend the file") from error
    b0s = values <= threshold
    if len(values) != images or not b0s.any():
        problem = f"{len(values)} b-values, {int(b0s.sum())} of them 0, for {images} images"
        raise InputRefused(path, problem, "give the bval file of this series")
    return np.asarray(b0s)


def _text(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no plain text"
        mend = f"put {what} beside the images, under this name"
        raise InputRefused(path, f"{what} cannot be read: {reason}", mend) from error


def _sidecar(scan: RawScan, name: str) -> Mapping[str, Any]:
    path = scan.files.get(name)
    if path is None:
        return {}
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputRefused(path, f"the sidecar is no JSON ({error})", "mend it") from error
    if not isinstance(said, dict):
        raise InputRefused(path, "the sidecar is no JSON object", "mend it")
    return said


def _number(said: Mapping[str, Any], name: str) -> float:
    value = said.get(name)
    return float(value) if isinstance(value, (int, float)) else float("nan")


def _phase_axis(scan: RawScan) -> int | None:
    """Return the voxel axis that a sidecar names; its sense plays no part, the pair tells it."""
    said = _sidecar(scan, "DWI json")
    value = said.get("PhaseEncodingDirection", said.get("PhaseEncodingAxis"))
    return None if value is None else phase_encoding(str(value), str(scan.files["DWI json"]))[0]
