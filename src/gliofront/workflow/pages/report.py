"""The pages of an output folder: one a patient, one of the cohort; written whole or not at all."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gliofront.cohort.identity import checked_id
from gliofront.foundation.errors import GliofrontError, InputRefused, UsageRefused
from gliofront.image.writing import write_text
from gliofront.report.page.cohort_html import cohort_html
from gliofront.report.page.html import Rows
from gliofront.report.page.patient_html import patient_html
from gliofront.workflow.lock import locked
from gliofront.workflow.outcome import Outcome, save_faults
from gliofront.workflow.pages import tables
from gliofront.workflow.pages.cohort import PATIENT_PAGE, cohort_page
from gliofront.workflow.pages.patient import patient_page
from gliofront.workflow.settings import StudySettings, load_settings

Told = Callable[[str], None]


@dataclass(frozen=True)
class Report:
    """What was written.

    Parameters
    ----------
    outcomes : one a patient.
    index : the page of the cohort.
    """

    outcomes: tuple[Outcome, ...]
    index: Path


def index_path(out: Path) -> Path:
    """Return the path of the page of the cohort."""
    return out / "report" / "index.html"


def patient_page_path(out: Path, patient: str) -> Path:
    """Return the path of the page of a patient."""
    return out / f"sub-{patient}" / PATIENT_PAGE


def reported_patients(out: Path) -> list[str]:
    """Return the patients of an output folder, those that failed among them, sorted.

    Raises
    ------
    InputRefused
        If there is no such folder, or no patient in it.
    """
    if not out.is_dir():
        raise InputRefused(out, "there is no such folder", "name the output folder of a run")
    found = {path.name for path in out.glob("sub-*") if path.is_dir()}
    found |= {str(row.get("participant_id", "")) for row in _people(out)}
    found |= set(_findings(out))
    patients = sorted({name.removeprefix("sub-") for name in found if name.startswith("sub-")})
    if not patients:
        problem = "there is no patient in this folder"
        raise InputRefused(out, problem, "name the output folder of study, predict or prepare")
    return patients


def write_reports(out: Path, told: Told = lambda patient: None) -> Report:
    """Write the page of every patient and that of the cohort; one that fails stops no other.

    Parameters
    ----------
    out : output folder of a run.
    told : told each patient as it is finished.

    Raises
    ------
    InputRefused
        If there is nothing to report, or a file cannot be written.
    UsageRefused
        If a run works in the folder.
    """
    patients = reported_patients(out)
    with locked(out):
        findings, settings = _findings(out), _settings(out)
        outcomes = []
        for patient in patients:
            outcomes.append(_outcome(out, patient, findings, settings))
            told(f"sub-{patient}")
        save_faults(out, outcomes)
        write_text(index_path(out), cohort_html(cohort_page(out, outcomes, findings, settings)))
    return Report(tuple(outcomes), index_path(out))


def _outcome(
    out: Path, patient: str, findings: Mapping[str, Rows], settings: StudySettings | None
) -> Outcome:
    own = findings.get(f"sub-{patient}", ())
    try:
        checked_id(patient, str(out))
        _refuse_failed(patient, own)
        model = (settings or StudySettings()).model_name
        page = patient_html(patient_page(out, patient, model, own))
        write_text(patient_page_path(out, patient), page)
    except GliofrontError as error:
        return Outcome(patient, error=error)
    except Exception as error:  # a fault of ours in one patient leaves the others whole
        return Outcome(patient, error=error, trace=traceback.format_exc())
    return Outcome(patient, made=(patient_page_path(out, patient),))


def _refuse_failed(patient: str, findings: Rows) -> None:
    """Tell why a patient failed in the run itself, before its lacking files are found."""
    for row in findings:
        if row.get("level") == "error":
            subject = row.get("subject") or f"sub-{patient}"
            raise InputRefused(subject, str(row.get("problem")), str(row.get("mend")))


def _people(out: Path) -> Rows:
    return tables.rows_of(out / "participants.tsv")


def _findings(out: Path) -> dict[str, Rows]:
    """Return the findings of the run by patient."""
    found: dict[str, list[Mapping[str, object]]] = {}
    for row in tables.rows_of(out / "findings.tsv"):
        told = {key: cell for key, cell in row.items() if key != "patient"}
        found.setdefault(str(row.get("patient", "")), []).append(told)
    return dict(found)


def _settings(out: Path) -> StudySettings | None:
    """Return the settings of the run; None if they are not there or not of this version."""
    try:
        return load_settings(out / "settings.toml")
    except UsageRefused:
        return None
