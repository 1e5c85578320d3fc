"""The files of one visit, read and verified, in canonical orientation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gliofront.cohort.bids import beside
from gliofront.cohort.labels import CAVITY, ENHANCING, NECROSIS, scheme_from_table, scheme_named
from gliofront.cohort.sequences import REFERENCE
from gliofront.cohort.tables import read_table
from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level, refuse_errors
from gliofront.image.checks import same_grid_findings
from gliofront.image.grid import Grid
from gliofront.image.orientation import canonical
from gliofront.image.reading import read_labels, read_mask, read_volume
from gliofront.image.volume import BoolArray, LabelVolume, Volume
from gliofront.maps.brain import stripped_mask
from gliofront.workflow.align.request import VisitFiles

RIM = "rim"


@dataclass(frozen=True, eq=False)
class ReadVisit:
    """What was read of a visit.

    Parameters
    ----------
    files : where it comes from.
    scans : sequence to volume, each on its own grid, axes nearest to R, A, S; T1C among them.
    native : grid of the T1C file as it is.
    brain : (X, Y, Z) on the grid of T1C, as given, or recognised as already stripped.
    masks : of lesion and cavity, those given, on that grid; of labels before
        surgery also the enhancing rim without necrosis.
    findings : notes and warnings of the reading.
    """

    files: VisitFiles
    scans: Mapping[str, Volume]
    native: Grid
    brain: BoolArray
    masks: Mapping[str, BoolArray]
    findings: tuple[Finding, ...]

    @property
    def t1c(self) -> Volume:
        """The contrast-enhanced T1."""
        return self.scans[REFERENCE]


def read_visit(files: VisitFiles, orientation: str | None = None) -> ReadVisit:
    """Read and verify every image, mask and label file of a visit.

    Raises
    ------
    InputRefused
        If a file cannot be trusted, a mask lies on another grid than the T1C, labels before
        surgery hold no enhancing tumour, or the head is not stripped and no brain is given.
    """
    scans, findings = {}, []
    for name, path in files.images.items():
        scans[name], seen = read_volume(path, name, orientation=orientation)
        findings += seen
    labels, seen = _read_label_files(files, orientation)
    findings += seen
    native = scans[REFERENCE].grid
    paths = files.labels
    refuse_errors(same_grid_findings(native, {str(paths[n]): v.grid for n, v in labels.items()}))
    masks: dict[str, BoolArray] = {}
    for name, volume in labels.items():
        # A cavity that is given by itself comes first, and stays.
        masks = _masks_of(name, canonical(volume), files) | masks
    turned = {name: canonical(scan) for name, scan in scans.items()}
    brain = masks.pop("brain", None)
    if brain is None:
        brain, seen = _stripped(turned[REFERENCE], files)
        findings += seen
    return ReadVisit(files, turned, native, brain, masks, tuple(findings))


def _stripped(t1c: Volume, files: VisitFiles) -> tuple[BoolArray, list[Finding]]:
    subject = str(files.t1c)
    mask = stripped_mask(t1c)
    if mask is None:
        problem = "the head is not skull-stripped, and no brain mask is given"
        what = "a mask on its grid (HD-BET, SynthStrip and ROBEX make one)"
        raise InputRefused(subject, problem, f"give --brain-{files.when} FILE, {what}")
    return mask, [Finding(Level.NOTE, "already-stripped", subject, "recognised as skull-stripped")]


def _read_label_files(
    files: VisitFiles, orientation: str | None
) -> tuple[dict[str, LabelVolume], list[Finding]]:
    """Return what is given of brain, cavity and lesion, and the findings."""
    found: dict[str, LabelVolume] = {}
    findings: list[Finding] = []
    for name, path in files.labels.items():
        if name == "lesion":
            found[name], seen = _read_lesion(path, files, orientation)
        else:
            empty = name == CAVITY
            found[name], seen = read_mask(path, name, orientation=orientation, allow_empty=empty)
        findings += seen
    return found, findings


def _read_lesion(
    path: Path, files: VisitFiles, orientation: str | None
) -> tuple[LabelVolume, list[Finding]]:
    """Read labels where it is known what they mean, else a mask."""
    table = beside(path, ".tsv")
    if table.exists():
        scheme = scheme_from_table(read_table(table), str(table))
    elif files.scheme is not None:
        scheme = scheme_named(files.scheme)
    else:
        _refuse_nameless_labels(path, files.when, orientation)
        return read_mask(path, "lesion", orientation=orientation, allow_empty=files.when == "post")
    return read_labels(path, scheme, orientation=orientation)


def _refuse_nameless_labels(path: Path, when: str, orientation: str | None) -> None:
    """Refuse several values of which nothing says what they mean; other faults are not looked for.

    An empty mask is no volume to `read_volume`, but may be an answer.
    """
    try:
        values = np.unique(read_volume(path, "lesion", orientation=orientation)[0].data)
    except InputRefused:
        return
    values = values[np.isfinite(values) & (values != 0)]
    if 1 < values.size <= 16:
        some = ", ".join(f"{value:g}" for value in values)
        problem = f"it holds the values {some}: labels, of which nothing says what they mean"
        mend = f"say it with --label-scheme-{when}, or give a mask of 0 and 1"
        raise InputRefused(path, problem, mend)


def _masks_of(name: str, volume: LabelVolume, files: VisitFiles) -> dict[str, BoolArray]:
    """Return the regions that a file holds."""
    if tuple(volume.names.values()) == (name,):
        return {name: volume.mask(name)}
    rim = volume.mask(ENHANCING)
    if files.when == "post":
        cavity = {CAVITY: volume.mask(CAVITY)} if CAVITY in volume.names.values() else {}
        return {"lesion": rim, **cavity}
    if not rim.any():
        problem = "no voxel has the label of the enhancing tumour"
        raise InputRefused(files.lesion, problem, "check --label-scheme-pre")
    return {"lesion": volume.mask(ENHANCING, NECROSIS), RIM: rim}
