"""The step that gathers a patient's quality table: one row a map, given or made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gliofront.cohort.adjudication import Verdict
from gliofront.cohort.bids import beside, session_folder, stem
from gliofront.cohort.patient import Patient
from gliofront.cohort.raw_scans import MADE_FROM, SPECTROSCOPY
from gliofront.cohort.sequences import REFERENCE, SEQUENCES
from gliofront.cohort.tables import table_text
from gliofront.foundation.findings import Finding, Level
from gliofront.image.writing import write_text
from gliofront.maps.plausible import PLAUSIBLE
from gliofront.workflow.derivatives import SESSION
from gliofront.workflow.job import Made
from gliofront.workflow.made_maps import (
    carrier_path,
    read_sidecar,
)
from gliofront.workflow.poses import load_poses
from gliofront.workflow.settings import StudySettings
from gliofront.workflow.summary import summary_path

Row = dict[str, object]


def quality_path(root: Path, patient: str) -> Path:
    """Return the path of a patient's quality table.

    >>> quality_path(Path("out"), "1").as_posix()
    'out/sub-1/ses-preop/sub-1_ses-preop_quality.tsv'
    """
    return root / f"sub-{patient}" / f"ses-{SESSION}" / f"{stem(patient, SESSION)}_quality.tsv"


def quality_files(
    *, out: Path, patient: Patient, settings: StudySettings, used: Mapping[str, Any]
) -> Made:
    """Write what is known of how far each map of a patient is to be trusted."""
    rows = [*_prepared_rows(out, patient), *_metabolite_rows(out, patient)]
    path = quality_path(out, patient.id)
    write_text(path, table_text(rows))
    return Made((path,), course_findings(patient))


def course_findings(patient: Patient) -> tuple[Finding, ...]:
    """Say what the dated visits amount to, and where that leaves the patient unlabelled."""
    course = patient.course
    if course is None:
        return ()
    verdict, subject = course.verdict, str(course.table)
    told = f"{verdict.verdict}: {verdict.reason}"
    if course.progressed and not patient.progression_known:
        mend = f"add the T1C of ses-{course.session}, or a progression mask"
        problem = f"{told} No T1C of that visit is there, so where it came back is not known."
        return (Finding(Level.WARNING, "progression-scan-missing", subject, problem, mend),)
    code = f"course-{verdict.verdict.name.lower().replace('_', '-')}"
    if verdict.verdict is Verdict.NOT_ASSESSABLE and not patient.progression_known:
        mend = f"add days_since_radiotherapy or later visits; till then {patient.id} has no label"
        return (Finding(Level.WARNING, code, subject, told, mend),)
    return (Finding(Level.NOTE, code, subject, told),)


def _prepared_rows(out: Path, patient: Patient) -> list[Row]:
    medians = read_sidecar(summary_path(out, patient.id))["NawmMedians"]
    poses = load_poses(out, patient.id, dict.fromkeys(patient.preop.maps))
    rows = []
    for name in (name for name in SEQUENCES if name in medians):
        row: Row = {"map": name, "origin": _origin(patient, name)}
        row |= {"unit": medians[name]["Unit"], "nawm_median": medians[name]["Median"]}
        if name in PLAUSIBLE:
            usual = PLAUSIBLE[name]
            row |= {"nawm_plausible_low": usual.low, "nawm_plausible_high": usual.high}
        if name in poses and name != REFERENCE:
            row["alignment_quality"] = poses[name].quality
        rows.append(row | _made_quality(out, patient, name))
    return rows


def _origin(patient: Patient, name: str) -> str:
    if name in patient.preop.images:
        return "given"
    return "made" if name in patient.preop.to_be_made else "derived"


def _made_quality(out: Path, patient: Patient, name: str) -> Row:
    if name not in patient.preop.to_be_made:
        return {}
    kind = next(kind for kind, made in MADE_FROM.items() if name in made)
    found: Row = read_sidecar(beside(carrier_path(out, patient.id, kind), ".json"))["Quality"]
    return found


def _metabolite_rows(out: Path, patient: Patient) -> list[Row]:
    if SPECTROSCOPY not in patient.preop.raw:
        return []
    folder = session_folder(out, patient.id, SESSION, "mrs")
    rows = []
    for path in sorted(folder.glob("*_mrsmap.json")):
        said = read_sidecar(path)
        if "Quality" in said:
            row: Row = {"map": said["Quantity"], "origin": "made", "unit": said["Units"]}
            rows.append(row | dict(said["Quality"]))
    return rows
