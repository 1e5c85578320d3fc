"""What an output folder holds, told by its records: which jobs are done, which files are whole."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from gliofront import __version__
from gliofront.foundation.errors import InputRefused
from gliofront.workflow.compare.dictionary import COLUMNS
from gliofront.workflow.figures import FIGURES, TABLE_TWO
from gliofront.workflow.intake import sha256_of
from gliofront.workflow.job import GROUP, JobId
from gliofront.workflow.lock import LOCK, is_leftover
from gliofront.workflow.pages.cohort import PATIENT_PAGE
from gliofront.workflow.records import RECORDS, Record, read_record, record_ids, record_path

# Written by the commands themselves, from what they were asked and from all records together.
TOP_FILES = frozenset(
    {LOCK, "dataset_description.json", "findings.tsv", "participants.tsv", "settings.toml"}
)
TOP_FOLDERS = frozenset({RECORDS, "logs", ".work", "report"})
# Pages, comparisons and figures are made anew from all the rest.
_PAGES = frozenset(
    {PATIENT_PAGE, TABLE_TWO, *(f"{t}{end}" for t in COLUMNS for end in (".tsv", ".json"))}
)


class FileState(StrEnum):
    """What became of a file."""

    COMPLETE = "complete"
    ABSENT = "absent"
    WRONG = "wrong"
    UNRECORDED = "unrecorded"


class FoundFile(NamedTuple):
    """A file below the output folder, and whether it is what was recorded."""

    path: Path
    state: FileState


def verify(out: Path) -> list[FoundFile]:
    """Compute every hash again and compare, changing nothing.

    Parameters
    ----------
    out : output folder, in which nothing runs.

    Returns
    -------
    Every file of every record: complete, absent, or wrong (other bytes, or unreadable);
    records that cannot be read, as wrong; and files that no record names, as unrecorded. Not
    looked at: pages, comparisons, figures, `TOP_FILES`, `TOP_FOLDERS` and temporary files, which
    the next run deletes. Sorted by path.

    Raises
    ------
    InputRefused
        If there is no such folder.
    """
    records, damaged = _records(out)
    expected: dict[Path, set[str]] = {}
    for record in records:
        for name, sha256 in record.outputs.items():
            expected.setdefault(out / name, set()).add(sha256)
    states = {path: _state(path, hashes) for path, hashes in expected.items()}
    states |= dict.fromkeys(damaged, FileState.WRONG)
    states |= dict.fromkeys(set(_own_files(out)) - states.keys(), FileState.UNRECORDED)
    return [FoundFile(path, states[path]) for path in sorted(states)]


def _records(out: Path) -> tuple[list[Record], list[Path]]:
    """Return the records of a folder, and the paths of those that cannot be read."""
    if not out.is_dir():
        raise InputRefused(out, "there is no such folder", "name the output folder of a run")
    found = {id: read_record(out, id) for id in record_ids(out)}
    records = [record for record in found.values() if record is not None]
    return records, [record_path(out, id) for id, record in found.items() if record is None]


def _state(path: Path, hashes: set[str]) -> FileState:
    try:
        return FileState.COMPLETE if sha256_of(path) in hashes else FileState.WRONG
    except (FileNotFoundError, NotADirectoryError):
        return FileState.ABSENT
    except OSError:
        return FileState.WRONG


def _own_files(out: Path) -> Iterator[Path]:
    """Yield the files below a folder that ought to have a record."""
    for at, folders, files in os.walk(out):
        top = Path(at) == out
        skipped_folders, skipped_files = (TOP_FOLDERS, TOP_FILES) if top else ((), ())
        folders[:] = [
            n
            for n in folders
            if n not in skipped_folders
            and Path(at, n) != out / FIGURES
            and not is_leftover(Path(n))
        ]
        for name in files:
            path = Path(at, name)
            if name not in skipped_files and name not in _PAGES and not is_leftover(path):
                yield path


class JobState(StrEnum):
    """How far a job is.

    Outdated: its files come from another version, from outputs that have been made anew or are
    recorded no more, or one of them is gone.
    """

    DONE = "done"
    OUTDATED = "outdated"
    ABSENT = "absent"


@dataclass(frozen=True)
class JobStatus:
    """How far a job is, and the seconds that it took (None if absent)."""

    state: JobState
    seconds: float | None


@dataclass(frozen=True)
class StatusRow:
    """A patient (or the cohort) and how far each step is, in order."""

    subject: str
    steps: Mapping[str, JobStatus]


def status(out: Path, jobs: Iterable[JobId] = ()) -> list[StatusRow]:
    """Tell how far each patient is, from the records alone: no output is read.

    Parameters
    ----------
    out : output folder.
    jobs : those of a whole run, in order; absent ones are told of too. Steps and subjects that
        have records and are not among them follow.

    Returns
    -------
    One row a patient with the steps of patients, and one of the cohort with its own steps, last.

    Raises
    ------
    InputRefused
        If there is no such folder.
    """
    records = {record.id: record for record in _records(out)[0]}
    known = dict.fromkeys([*jobs, *records])
    made = {name: sha for record in records.values() for name, sha in record.outputs.items()}
    subjects = dict.fromkeys(id.subject for id in known)
    return [
        StatusRow(
            subject,
            {
                step: _job_status(out, records.get(JobId(step, subject)), made)
                for step in _steps(known, subject)
            },
        )
        for subject in sorted(subjects, key=lambda subject: subject == GROUP)
    ]


def _steps(known: Iterable[JobId], subject: str) -> Iterable[str]:
    """Return the steps of subjects of this kind: patients have other steps than the cohort."""
    return dict.fromkeys(i.step for i in known if (i.subject == GROUP) == (subject == GROUP))


def _job_status(out: Path, record: Record | None, made: Mapping[str, str]) -> JobStatus:
    if record is None:
        return JobStatus(JobState.ABSENT, None)
    inputs = {n: sha for n, sha in record.inputs.items() if not n.startswith("source ")}
    current = (
        record.version == __version__
        and all(made.get(name) == sha for name, sha in inputs.items())
        and all(path.is_file() for path in record.files(out))
    )
    return JobStatus(JobState.DONE if current else JobState.OUTDATED, record.seconds)
