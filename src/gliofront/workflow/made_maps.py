"""Maps made from raw scans: their files, and the patient who has them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gliofront.cohort.bids import scan_path, session_folder, stem
from gliofront.cohort.patient import Patient
from gliofront.cohort.raw_scans import DIFFUSION, MADE_FROM, PERFUSION
from gliofront.cohort.sequences import SEQUENCES
from gliofront.foundation.errors import InputRefused
from gliofront.image.volume import Volume
from gliofront.workflow.derivatives import SESSION, Provenance, save_volume

# What is aligned for all maps of a raw scan: folder, and what follows the session.
_CARRIERS = {DIFFUSION: ("dwi", "desc-b0_dwiref"), PERFUSION: ("perf", "desc-baseline_dscref")}


def made_map_path(root: Path, patient: str, sequence: str) -> Path:
    """Return the path of a map as it was made, on the grid of its raw scan.

    >>> made_map_path(Path("out"), "1", "FA").name
    'sub-1_ses-preop_param-FA_dwimap.nii.gz'
    """
    return scan_path(root, patient, SESSION, sequence)


def carrier_path(root: Path, patient: str, kind: str) -> Path:
    """Return the path of the image that is aligned for all maps of a raw scan.

    >>> carrier_path(Path("out"), "1", "diffusion").name
    'sub-1_ses-preop_desc-b0_dwiref.nii.gz'
    """
    folder, name = _CARRIERS[kind]
    return session_folder(root, patient, SESSION, folder) / f"{stem(patient, SESSION, name)}.nii.gz"


def metabolite_path(root: Path, patient: str, parameter: str) -> Path:
    """Return the path of a map of spectroscopy, which stays on the grid of its spectra.

    >>> metabolite_path(Path("out"), "1", "ChoNAA").name
    'sub-1_ses-preop_param-ChoNAA_mrsmap.nii.gz'
    """
    folder = session_folder(root, patient, SESSION, "mrs")
    return folder / f"{stem(patient, SESSION, f'param-{parameter}', 'mrsmap')}.nii.gz"


def read_sidecar(path: Path) -> Mapping[str, Any]:
    """Read a sidecar, or another JSON file, that gliofront wrote.

    Raises
    ------
    InputRefused
        If it is absent or damaged.
    """
    try:
        facts: Mapping[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        problem = f"the file cannot be read ({type(error).__name__})"
        raise InputRefused(path, problem, "prepare this patient again") from error
    return facts


def defined(quality: Mapping[str, float]) -> dict[str, float | None]:
    """Return figures as JSON has them: undefined is null, and six digits are enough."""
    return {n: float(f"{v:.6g}") if math.isfinite(v) else None for n, v in quality.items()}


def save_made_maps(
    root: Path,
    patient: Patient,
    kind: str,
    maps: Mapping[str, Volume],
    carrier: Volume,
    provenance: Provenance,
) -> list[Path]:
    """Write the maps of a raw scan that are not given, and the image that is aligned for them.

    Returns
    -------
    The paths of the images.
    """
    wanted = {name: maps[name] for name in MADE_FROM[kind] if name in patient.preop.to_be_made}
    images = [
        save_volume(made_map_path(root, patient.id, name), volume, provenance)
        for name, volume in wanted.items()
    ]
    return [*images, save_volume(carrier_path(root, patient.id, kind), carrier, provenance)]


def with_made_maps(out: Path, patient: Patient) -> Patient:
    """Return the patient with the maps in the output folder in place of the raw scans."""
    visit = patient.preop
    images = {n: made_map_path(out, patient.id, n) for n in visit.to_be_made} | dict(visit.images)
    carriers = {
        name: carrier_path(out, patient.id, kind)
        for kind in visit.raw
        for name in MADE_FROM[kind]
        if name in visit.to_be_made
    }
    images = {name: images[name] for name in SEQUENCES if name in images}
    return replace(patient, preop=replace(visit, images=images, carriers=carriers, raw={}))
