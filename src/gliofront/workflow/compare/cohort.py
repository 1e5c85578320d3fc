"""The tables and tests of the paper for a study's own patients: ``OUT/group/*.tsv``."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gliofront.cohort.patient import Patient
from gliofront.cohort.tables import read_table, table_text
from gliofront.foundation.errors import GliofrontError, InputRefused
from gliofront.foundation.findings import Finding, Level, finding_of
from gliofront.image.writing import write_json, write_text
from gliofront.statistics.variables import check_cells
from gliofront.workflow.compare.dictionary import COLUMNS, dictionary_of
from gliofront.workflow.compare.patient import ComparedPatient, compared_patient
from gliofront.workflow.compare.tables import TableRows, tables_of
from gliofront.workflow.lock import locked
from gliofront.workflow.outcome import Outcome, raise_if_none, save_faults
from gliofront.workflow.prepared_features import UNKNOWN_SITE

Rows = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class CohortComparison:
    """What a comparison made.

    Parameters
    ----------
    outcomes : one a patient.
    tables : name to rows, as written.
    files : the tables and their data dictionaries.
    """

    outcomes: Sequence[Outcome]
    tables: Mapping[str, TableRows]
    files: Sequence[Path]


def compare_patients(
    out: Path,
    patients: Sequence[Patient],
    participants: Path | None = None,
    *,
    told: Callable[[str], None] = lambda patient: None,
) -> CohortComparison:
    """Compare groups, regions and features of the prepared patients of an output folder.

    One patient is in memory at a time. A patient that fails is named and left out of regions and
    features; the others go on.

    Parameters
    ----------
    out : output folder of a study, or of prepare and features.
    patients : see `gliofront.workflow.prepared_features.prepared_patients`.
    participants : table with participant_id and clinical columns; none takes that of ``out``.
        Sites and partitions are those of ``out``.
    told : told the name of each patient that was read.

    Raises
    ------
    InputRefused
        If no patient can be read, or a clinical cell is not what its column asks for. Nothing was
        written.
    UsageRefused
        If another run works in the folder.
    """
    clinical = _clinical_rows(participants or out / "participants.tsv")
    check_cells([_clinical_row(patient, clinical, {}) for patient in patients])
    with locked(out):
        seen: dict[str, ComparedPatient] = {}
        outcomes = []
        for patient in patients:
            outcomes.append(_read(out, patient, clinical, seen))
            told(f"sub-{patient.id}")
        raise_if_none(outcomes)
        rows = [_clinical_row(patient, clinical, seen) for patient in patients]
        tables = tables_of(patients, rows, seen)
        files = [path for name, found in tables.items() for path in _save(out, name, found)]
        save_faults(out, outcomes)
    return CohortComparison(outcomes, tables, files)


def _clinical_rows(path: Path) -> Rows:
    """Read the rows of a table of participants by id, without ``sub-``."""
    rows: dict[str, Mapping[str, str]] = {}
    for row in read_table(path):
        name = row.get("participant_id", "").removeprefix("sub-")
        if not name:
            raise InputRefused(path, "a row has no participant_id", "name the patient of each row")
        if name in rows:
            raise InputRefused(path, f"sub-{name} stands twice", "keep one row a patient")
        rows[name] = row
    return rows


def _read(out: Path, patient: Patient, rows: Rows, seen: dict[str, ComparedPatient]) -> Outcome:
    """Keep what is needed of a patient in ``seen``, and tell what became of it."""
    name = f"sub-{patient.id}"
    try:
        kept = compared_patient(out, patient)
    except GliofrontError as error:
        return Outcome(patient.id, [finding_of(error)], error=error)
    except Exception as error:  # one patient must not stop the others
        problem = f"a fault of gliofront: {type(error).__name__}: {error}"
        fault = Finding(Level.ERROR, "fault", name, problem, "send the log to the developers")
        return Outcome(patient.id, [fault], error=error, trace=traceback.format_exc())
    seen[patient.id] = kept
    findings = list(kept.findings)
    if patient.id not in rows:
        problem = "no row in the table of participants"
        findings.append(Finding(Level.WARNING, "no-participant-row", name, problem))
    return Outcome(patient.id, findings)


def _clinical_row(
    patient: Patient, rows: Rows, seen: Mapping[str, ComparedPatient]
) -> dict[str, str]:
    """Return a patient's row with the site, partition and volumes of the study."""
    row = dict(rows.get(patient.id, {})) | {
        "participant_id": f"sub-{patient.id}",
        "partition": patient.partition,
    }
    if patient.site != UNKNOWN_SITE:
        row["site"] = patient.site
    kept = seen.get(patient.id)
    volumes = {} if kept is None else kept.volumes_ml
    return row | {name: f"{volume:.6g}" for name, volume in volumes.items()}


def _save(out: Path, table: str, rows: TableRows) -> tuple[Path, Path]:
    """Write a table, with all its columns even without a row, and its data dictionary."""
    path = out / "group" / f"{table}.tsv"
    columns = COLUMNS[table]
    # BIDS leaves no cell empty: what is not said is n/a.
    whole = [{c: None if row.get(c) == "" else row.get(c) for c in columns} for row in rows]
    text = table_text(whole) if whole else "\t".join(columns) + "\n"
    write_text(path, text)
    write_json(path.with_suffix(".json"), dictionary_of(table))
    return path, path.with_suffix(".json")
