"""Read a patient's files: verified, in canonical orientation, on grids that agree."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gliofront.cohort.labels import ENHANCING
from gliofront.cohort.patient import Patient, Timepoint
from gliofront.cohort.raw_scans import MADE_UNIT
from gliofront.cohort.sequences import REFERENCE, SEQUENCES
from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level, refuse_errors
from gliofront.image.checks import same_grid_findings, world_overlap
from gliofront.image.grid import Grid
from gliofront.image.orientation import canonical
from gliofront.image.reading import read_labels, read_mask, read_volume
from gliofront.image.resample import resample_labels
from gliofront.image.values import MAX_UNDEFINED
from gliofront.image.volume import LabelVolume, Volume
from gliofront.workflow.leaders import find_leaders
from gliofront.workflow.settings import StudySettings

_MAY_BE_EMPTY = ("progression", "cavity")


@dataclass(frozen=True)
class Intake:
    """All that was read of a patient's visit.

    Parameters
    ----------
    scans : sequence name to volume, each on its own grid, axes nearest to R, A, S.
    leaders : name to the image that is aligned, for itself and for those that it leads.
    led_by : sequence name to the name of its leader.
    masks : label name to mask, on the grid of T1C.
    tumour : the tumour's labels on the grid of T1C, if given.
    native : grid of the T1C file as it is, for the map that goes back to it.
    sources : file name to SHA-256.
    """

    scans: Mapping[str, Volume]
    leaders: Mapping[str, Volume]
    led_by: Mapping[str, str]
    masks: Mapping[str, LabelVolume]
    tumour: LabelVolume | None
    native: Grid
    sources: Mapping[str, str]


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_scans(
    visit: Timepoint, orientation: str | None
) -> tuple[dict[str, Volume], list[Finding]]:
    scans: dict[str, Volume] = {}
    findings: list[Finding] = []
    for name, path in visit.images.items():
        made = name in visit.carriers
        unit = MADE_UNIT.get(name, SEQUENCES[name].unit) if made else SEQUENCES[name].unit
        # A map of a raw scan is undefined outside its brain by intention.
        most = 1.0 if made else MAX_UNDEFINED
        scans[name], seen = read_volume(
            path, name, unit, orientation=orientation, max_undefined=most
        )
        findings += [] if made else seen
    return scans, findings


def _read_label_files(
    visit: Timepoint, orientation: str | None, needs_tumour: bool
) -> tuple[dict[str, LabelVolume], list[Finding]]:
    found: dict[str, LabelVolume] = {}
    findings: list[Finding] = []
    for name, path in visit.masks.items():
        # An empty progression mask says that nothing progressed; an empty brain says nothing.
        may_be_empty = name in _MAY_BE_EMPTY or (name == "enhancing" and not needs_tumour)
        found[name], seen = read_mask(path, name, orientation=orientation, allow_empty=may_be_empty)
        findings += seen
    if visit.labels:
        scheme = visit.scheme
        labels, seen = read_labels(visit.labels, scheme, orientation=orientation)
        if needs_tumour and not labels.mask(ENHANCING).any():
            raise InputRefused(
                visit.labels,
                "no voxel has the label of the enhancing tumour",
                "check the label scheme; without enhancing tumour there is nothing to map",
            )
        found["labels"] = labels
        findings += seen
    return found, findings


def _header_distance_findings(scans: Mapping[str, Volume]) -> list[Finding]:
    """Tell of images whose headers put them beside the T1C: one of the origins is wrong."""
    reference = scans[REFERENCE].grid
    return [
        Finding(
            Level.WARNING,
            "headers-apart",
            name,
            f"its header puts it beside {REFERENCE}: {scan.grid.describe()}, "
            f"against {reference.describe()}",
            "check that both are of one patient and visit; alignment starts from the images",
        )
        for name, scan in scans.items()
        if world_overlap(reference, scan.grid) < 0.5
    ]


def read_patient(settings: StudySettings, *, patient: Patient) -> dict[str, Any]:
    """Read and verify every file of the visit before surgery.

    Returns
    -------
    ``intake`` : Intake.

    Raises
    ------
    InputRefused
        If there is no T1C, a file cannot be trusted, or a label lies on another grid.
    """
    if REFERENCE not in patient.preop.images:
        raise InputRefused(
            f"sub-{patient.id}",
            "there is no contrast-enhanced T1 (T1C) from before surgery",
            f"give it as sub-{patient.id}_ses-preop_ce-gadolinium_T1w.nii.gz, or as T1C=FILE",
        )
    made, findings = read_visit(settings, patient.preop)
    return {"intake": made, "findings": findings}


def read_visit(
    settings: StudySettings, visit: Timepoint, *, needs_tumour: bool = True
) -> tuple[Intake, list[Finding]]:
    """Read and verify every file of a visit that has a T1C.

    Parameters
    ----------
    needs_tumour : refuse labels in which nothing enhances; after treatment nothing may.

    Raises
    ------
    InputRefused
        If a file cannot be trusted, or a label lies on another grid.
    """
    orientation = settings.intake.assume_orientation
    scans, findings = _read_scans(visit, orientation)
    labels, label_findings = _read_label_files(visit, orientation, needs_tumour)
    native = scans[REFERENCE].grid
    scans = {name: canonical(scan) for name, scan in scans.items()}
    labels = {name: canonical(label) for name, label in labels.items()}
    leaders, led_by = find_leaders(visit, scans)
    findings += label_findings + _header_distance_findings(leaders)
    target = scans[REFERENCE].grid
    if settings.intake.resample_labels:
        labels = {name: resample_labels(label, target) for name, label in labels.items()}
    files = visit.image_files
    paths = {name: str(files.get(f"{name} mask", files.get(name))) for name in labels}
    refuse_errors(same_grid_findings(target, {paths[n]: v.grid for n, v in labels.items()}))
    tumour = labels.pop("labels", None)
    read = sorted({*files.values(), *visit.carriers.values()})
    sources = {path.name: sha256_of(path) for path in read}
    return Intake(scans, leaders, led_by, labels, tumour, native, sources), findings
