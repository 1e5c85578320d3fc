"""The truth behind a virtual patient as files, apart from all that a study may read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gliofront.cohort.bids import stem
from gliofront.cohort.tables import table_text
from gliofront.image.grid import Grid
from gliofront.image.series import Series
from gliofront.image.writing import write_json, write_labels, write_series, write_text, write_volume
from gliofront.phantom.follow_up import FollowUp
from gliofront.phantom.patient import VirtualPatient
from gliofront.phantom.raw_scans import RawDiffusionScan

FloatArray = NDArray[np.float64]

PREOP, PROGRESSION = "preop", "progression"


def write_truth(root: Path, patient: VirtualPatient) -> None:
    """Write what no scanner shows.

    Cell density, true maps, motion between scans, where the tumour pushed the tissue, the numbers
    of growth and course; and of the follow-up scan the transforms to it and back, landmarks,
    cavity and enhancement.
    """
    before = root / f"sub-{patient.name}" / f"ses-{PREOP}"
    write_volume(_named(before, patient, "desc-celldensity", "probseg"), patient.density)
    for name, volume in patient.truth.items():
        write_volume(true_map_path(root, patient.name, name), volume)
    pushed = {
        "from-pushed_to-healthy": patient.mass.pull,
        "from-healthy_to-pushed": patient.mass.push,
    }
    for name, field in pushed.items():
        _write_field(_named(before, patient, name, "mode-points_xfm"), patient.grid, field)
    write_json(_facts_path(root, patient.name), _facts(patient))
    if patient.follow_up is not None:
        _write_follow_up(root, patient, patient.follow_up)


def read_facts(root: Path, name: str) -> dict[str, Any]:
    """Return the numbers behind a patient: ``site``, ``person``, ``pull`` and ``facts``."""
    found: dict[str, Any] = json.loads(_facts_path(root, name).read_text(encoding="utf-8"))
    return found


def true_map_path(root: Path, name: str, quantity: str) -> Path:
    """Return the path of a true map.

    >>> true_map_path(Path("truth"), "virtual01", "Cho/NAA").name
    'sub-virtual01_ses-preop_desc-ChoNAA_truemap.nii.gz'
    """
    entity = f"desc-{quantity.replace('/', '')}"
    return root / f"sub-{name}" / f"ses-{PREOP}" / f"{stem(name, PREOP, entity, 'truemap')}.nii.gz"


def _facts_path(root: Path, name: str) -> Path:
    folder = root / f"sub-{name}" / f"ses-{PREOP}"
    return folder / f"{stem(name, PREOP, 'desc-truth', 'phantom')}.json"


def _write_follow_up(root: Path, patient: VirtualPatient, scan: FollowUp) -> None:
    folder = root / f"sub-{patient.name}" / f"ses-{PROGRESSION}"
    to, back = ("from-T1C_to-progression", scan.pull), ("from-progression_to-T1C", scan.push)
    for (name, field), grid in ((to, patient.grid), (back, scan.scan.grid)):
        _write_field(_named(folder, patient, name, "mode-points_xfm"), grid, field)
    for name, labels in (("cavity", scan.cavity), ("enhancing", scan.enhancing)):
        write_labels(_named(folder, patient, f"label-{name}", "mask"), labels)
    name = stem(patient.name, PROGRESSION, "desc-landmarks", "points")
    write_text(folder / f"{name}.tsv", _landmarks(scan))


def _named(folder: Path, patient: VirtualPatient, *parts: str) -> Path:
    session = folder.name.removeprefix("ses-")
    return folder / f"{stem(patient.name, session, *parts)}.nii.gz"


def _write_field(path: Path, grid: Grid, field: FloatArray) -> None:
    """Write displacements (X, Y, Z, 3), RAS+ mm: x, y, z as three images."""
    write_series(path, Series(grid, field.astype(np.float32), "displacement", "mm"))


def _landmarks(scan: FollowUp) -> str:
    rows = []
    for before, after in scan.landmarks:
        row = dict(zip(("x", "y", "z"), before.tolist(), strict=True))
        rows.append(row | dict(zip(("x_after", "y_after", "z_after"), after.tolist(), strict=True)))
    return table_text(rows)


def _facts(patient: VirtualPatient) -> dict[str, object]:
    facts: dict[str, object] = {
        "pull": patient.pulls,
        "pull_meaning": "4 x 4, T1C world to the scan's world, RAS+ mm",
        "site": patient.site,
        "person": list(patient.person.items()),
        "facts": patient.facts,
    }
    diffusion = patient.raw.get("diffusion")
    if isinstance(diffusion, RawDiffusionScan):
        facts["diffusion_moves"] = diffusion.moves
    return facts
