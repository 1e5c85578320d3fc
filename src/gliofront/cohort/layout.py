"""Read a BIDS folder into patients. Raw scans come first, ready-made derivatives fill the gaps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from gliofront.cohort.bids_name import BidsName, only
from gliofront.cohort.identity import checked_id
from gliofront.cohort.labels import scheme_from_table, scheme_named
from gliofront.cohort.patient import Patient, Timepoint
from gliofront.cohort.raw_layout import read_raw_scans
from gliofront.cohort.sequences import REFERENCE, SEQUENCES
from gliofront.cohort.tables import read_table
from gliofront.cohort.visit_table import FollowUpCourse, read_course
from gliofront.foundation.errors import InputRefused

PARTITIONS = ("train", "external")


def _is_sequence(name: BidsName, sequence: str) -> bool:
    kind = SEQUENCES[sequence]
    if name.suffix != kind.suffix or name.entities.get("label"):
        return False
    if kind.suffix == "T1w":
        return ("ce" in name.entities) == (sequence == REFERENCE)
    if kind.suffix == "dwimap":
        return name.entities.get("param") == sequence
    return True


def _first_root(roots: Iterable[list[BidsName]], what: str, **wanted: str) -> Path | None:
    """Return the one file that fits in the first root that has any."""
    for names in roots:
        if what in SEQUENCES:
            found = [n.path for n in names if _is_sequence(n, what)]
        else:
            found = [
                n.path
                for n in names
                if n.suffix == what and all(n.entities.get(k) == v for k, v in wanted.items())
            ]
        if path := only(found, " ".join([what, *wanted.values()])):
            return path
    return None


def _session_files(root: Path, patient: str, session: str) -> list[BidsName]:
    folder = root / f"sub-{patient}" / f"ses-{session}"
    files = sorted(p for p in folder.glob("*/*.nii*") if not p.name.startswith("."))
    return [BidsName.parse(p) for p in files if re.search(r"\.nii(\.gz)?$", p.name)]


def _scheme_of(labels: Path | None, default: str) -> Mapping[int, str]:
    if labels is None:
        return {}
    table = labels.with_name(re.sub(r"\.nii(\.gz)?$", ".tsv", labels.name))
    if table.exists():
        return scheme_from_table(read_table(table), str(table))
    return scheme_named(default)


def read_timepoint(
    bids: Path,
    patient: str,
    session: str,
    *,
    scheme: str = "brats",
    masks: Sequence[str] = ("brain", "enhancing", "progression"),
) -> Timepoint:
    """Collect the files of one visit.

    Parameters
    ----------
    bids : the cohort's folder; ``derivatives/*`` below it is searched after it.
    patient, session : BIDS labels.
    scheme : label scheme where a segmentation has no table beside it.
    masks : names of the labels whose masks are looked for.

    Raises
    ------
    InputRefused
        If two files claim to be the same thing.
    """
    folders = [bids, *sorted(p for p in bids.glob("derivatives/*") if p.is_dir())]
    roots = [_session_files(root, patient, session) for root in folders]
    images = {s: path for s in SEQUENCES if (path := _first_root(roots, s))}
    raw = read_raw_scans([name for names in roots for name in names])
    found = {m: path for m in masks if (path := _first_root(roots, "mask", label=m))}
    labels = _first_root(roots, "dseg", seg="tumour") or _first_root(roots, "dseg", seg="tumor")
    return Timepoint(images, found, labels, _scheme_of(labels, scheme), raw)


def _follow_up(
    bids: Path, patient: str, scheme: str, course: FollowUpCourse | None
) -> Timepoint | None:
    """Return the visit at progression, if there is a T1C of it; raw series of it are not used.

    Where dated visits were adjudicated, theirs is the last word on which visit that is.
    """
    session = "progression" if course is None else course.session
    if not session:
        return None
    visit = read_timepoint(
        bids, patient, session, scheme=scheme, masks=("brain", "enhancing", "cavity")
    )
    if REFERENCE not in visit.images:
        return None
    weighted = {n: path for n, path in visit.images.items() if SEQUENCES[n].is_weighted}
    return replace(visit, images=weighted, raw={})


def read_participants(bids: Path) -> dict[str, Mapping[str, str]]:
    """Read the rows of participants.tsv by id, without ``sub-``; none if there is no such file.

    Raises
    ------
    InputRefused
        If a patient stands twice or a partition is unknown.
    """
    path = bids / "participants.tsv"
    if not path.exists():
        return {}
    rows: dict[str, Mapping[str, str]] = {}
    for row in read_table(path):
        name = row.get("participant_id", "").removeprefix("sub-")
        if name in rows:
            raise InputRefused(path, f"sub-{name} stands twice", "keep one row a patient")
        if row.get("partition") and row["partition"] not in PARTITIONS:
            raise InputRefused(
                path,
                f"sub-{name} has partition {row['partition']!r}",
                f"use {' or '.join(PARTITIONS)}",
            )
        rows[name] = row
    return rows


def read_cohort(bids: Path, *, scheme: str = "brats") -> list[Patient]:
    """Read the patients of a BIDS folder, sorted by id.

    Parameters
    ----------
    bids : folder with ``sub-*/ses-preop``, perhaps ``ses-progression`` (the scan at progression)
        or dated visits (see `gliofront.cohort.visit_table`), and, optionally, participants.tsv
        with the columns participant_id, site and partition (``train`` or ``external``).
    scheme : label scheme where a segmentation has no table beside it.

    Raises
    ------
    InputRefused
        If the folder is absent, holds no patient, or a name is not valid BIDS.
    """
    if not bids.is_dir():
        raise InputRefused(bids, "the folder does not exist", "give a BIDS folder")
    folders = sorted(p for p in bids.glob("sub-*") if p.is_dir())
    if not folders:
        mend = "name the patients' folders sub-01/ses-preop/anat and so on, or give NAME=FILE pairs"
        raise InputRefused(bids, "no patient (folder sub-*) is in it", mend)
    rows = read_participants(bids)
    patients = []
    for folder in folders:
        name = checked_id(folder.name.removeprefix("sub-"), str(folder))
        row = rows.get(name, {})
        course = read_course(bids, name)
        patients.append(
            Patient(
                name,
                read_timepoint(bids, name, "preop", scheme=scheme),
                row.get("site") or "unknown",
                row.get("partition") or "train",
                follow_up=_follow_up(bids, name, scheme, course),
                course=course,
            )
        )
    return patients
