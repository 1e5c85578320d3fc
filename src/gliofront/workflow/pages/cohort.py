"""The page of a cohort from the output folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from gliofront import __version__
from gliofront.foundation.errors import GliofrontError
from gliofront.report.page.cohort_page import CohortPage, FailedPatient, ListedPatient
from gliofront.report.page.html import Rows
from gliofront.report.page.methods import cohort_methods
from gliofront.report.page.thumbnail import thumbnail
from gliofront.workflow.intake import sha256_of
from gliofront.workflow.outcome import Outcome
from gliofront.workflow.pages import tables
from gliofront.workflow.pages.evidence import evidence_of
from gliofront.workflow.prepared_files import read_summary
from gliofront.workflow.settings import StudySettings
from gliofront.workflow.summary import preview_path

PATIENT_PAGE = "report.html"
_FACTS = ("site", "fold", "progression_ml", "model_auroc", "distance_auroc")


def cohort_page(
    out: Path,
    outcomes: Sequence[Outcome],
    findings: Mapping[str, Rows],
    settings: StudySettings | None,
) -> CohortPage:
    """Gather what the page of a cohort shows, as far as it is there.

    Parameters
    ----------
    out : output folder.
    outcomes : of the patients' pages.
    findings : patient to findings.
    settings : of the run; None if they are not known.
    """
    group = out / "group"
    failed = tuple(_failed(outcome) for outcome in outcomes if not outcome.done)
    done = [outcome.patient for outcome in outcomes if outcome.done]
    maps = list(dict.fromkeys(name for patient in done for name in read_summary(out, patient).Maps))
    people = tables.rows_of(out / "participants.tsv")
    participants = [{key: str(cell) for key, cell in row.items()} for row in people]
    ids = [patient.id for patient in failed]
    return CohortPage(
        title=f"gliofront: {len(done)} patients",
        headline=tables.headline_of(group),
        gains=tables.gains_of(group),
        ladder=tables.ladder_of(group),
        leakage=tables.leakage_of(group),
        figures=tables.figures_of(group),
        tables=(*tables.other_tables(group), *tables.other_facts(group)),
        patients=_listed(out, done, findings),
        failed=failed,
        evidence=evidence_of(settings, group, participants, maps, ids),
        methods=cohort_methods(maps) if maps else "",
        manifest=_manifest(out, settings),
    )


def _failed(outcome: Outcome) -> FailedPatient:
    error = outcome.error
    if isinstance(error, GliofrontError):
        return FailedPatient(
            f"sub-{outcome.patient}", f"{error.subject}: {error.problem}", error.mend
        )
    reason = f"a fault of gliofront: {type(error).__name__}: {error}"
    return FailedPatient(f"sub-{outcome.patient}", reason, "send the log to the developers")


def _listed(
    out: Path, patients: Sequence[str], findings: Mapping[str, Rows]
) -> tuple[ListedPatient, ...]:
    scored = [
        row
        for name in ("patients.tsv", "external_patients.tsv")
        for row in tables.rows_of(out / "group" / name)
    ]
    by_patient = {row.get("patient"): row for row in scored}
    listed = []
    for patient in patients:
        row = by_patient.get(patient, {})
        facts = {name: row[name] for name in _FACTS if name in row}
        page = ("..", f"sub-{patient}", PATIENT_PAGE)
        flags = _flags(findings.get(f"sub-{patient}", ()))
        listed.append(ListedPatient(f"sub-{patient}", page, _thumbnail(out, patient), flags, facts))
    return tuple(listed)


def _flags(findings: Rows) -> tuple[str, ...]:
    """Return the codes of what is more than a note, each once."""
    told = (str(row.get("code")) for row in findings if row.get("level") != "note")
    return tuple(dict.fromkeys(told))


def _thumbnail(out: Path, patient: str) -> bytes | None:
    path = preview_path(out, patient)
    return thumbnail(path.read_bytes()) if path.exists() else None


def _manifest(out: Path, settings: StudySettings | None) -> dict[str, object]:
    manifest: dict[str, object] = {"pages made by": f"gliofront {__version__}"}
    path = out / "settings.toml"
    if settings is None:
        return manifest | {"settings.toml": "absent, or of another version"}
    manifest["settings.toml, SHA-256"] = sha256_of(path)
    return manifest | tables.flat(settings.model_dump(mode="json"))
