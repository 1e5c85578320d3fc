"""The voxel tables of prepared patients, made anew with other feature settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from gliofront.cohort.identity import checked_id
from gliofront.cohort.layout import read_participants
from gliofront.cohort.patient import Patient, Timepoint
from gliofront.cohort.sequences import SEQUENCES
from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level
from gliofront.image.writing import write_text
from gliofront.radiomics.settings import TextureSettings
from gliofront.workflow.derivatives import SESSION
from gliofront.workflow.job import JobResult
from gliofront.workflow.jobs import Jobs
from gliofront.workflow.outcome import Outcome, outcomes_of, save_faults
from gliofront.workflow.prepared_files import read_summary
from gliofront.workflow.run import How, run_in
from gliofront.workflow.settings import StudySettings, load_settings, settings_text

Told = Callable[[JobResult], None]
UNKNOWN_SITE = "unknown"


def prepared_patients(root: Path) -> list[Patient]:
    """Return the patients of an output folder, sorted by id, with site and partition.

    Their scans are not known any more, so the visit of each is empty.

    Raises
    ------
    InputRefused
        If the folder is absent or holds no prepared patient.
    """
    folders = sorted(path.parent for path in root.glob(f"sub-*/ses-{SESSION}") if path.is_dir())
    if not folders:
        mend = "give the output folder of gliofront study or gliofront prepare"
        raise InputRefused(root, "no prepared patient (sub-*/ses-preop) is in it", mend)
    rows = read_participants(root)
    patients = []
    for folder in folders:
        name = checked_id(folder.name.removeprefix("sub-"), str(folder))
        row = rows.get(name, {})
        site, partition = row.get("site") or UNKNOWN_SITE, row.get("partition") or "train"
        patients.append(Patient(name, Timepoint({}), site, partition))
    return patients


def settings_of(root: Path, texture: TextureSettings | None) -> StudySettings:
    """Return the settings that made an output folder, with other feature settings if given."""
    settings = load_settings(root / "settings.toml")
    return settings if texture is None else settings.model_copy(update={"texture": texture})


def model_folders(root: Path) -> list[Path]:
    """Return the folders of the models in an output folder."""
    return sorted(path.parent for path in root.glob("models/*/model.json"))


def maps_at_hand(root: Path, patients: Sequence[Patient]) -> tuple[str, ...]:
    """Return the maps that at least one patient has, in the order of the columns."""
    there: set[str] = set()
    for patient in patients:
        try:
            there |= set(read_summary(root, patient.id).Maps)
        except InputRefused:
            continue  # told when the patient's turn comes
    return tuple(name for name in SEQUENCES if name in there)


def map_counts(root: Path, patients: Sequence[Patient], wanted: Sequence[str]) -> dict[str, int]:
    """Return how many voxels x maps each patient has; 0 where the summary cannot be read."""
    counts = {}
    for patient in patients:
        try:
            counts[patient.id] = read_summary(root, patient.id).voxels * len(wanted)
        except InputRefused:
            counts[patient.id] = 0
    return counts


def tabulate_patients(
    root: Path,
    patients: Sequence[Patient],
    wanted: Sequence[str],
    settings: StudySettings,
    *,
    told: Told = lambda result: None,
    how: How | None = None,
) -> list[Outcome]:
    """Write the voxel table of every patient anew, then the settings of the folder.

    A patient that fails is named; the others go on.

    Parameters
    ----------
    wanted : maps; one that a patient lacks gives NaN columns and a warning.
    told : told each result as it comes.
    how : where it runs, and what is done again; changes no byte.

    Raises
    ------
    GliofrontError
        If no patient could be done; nothing was written.
    """
    root = root.absolute()
    jobs = Jobs(root, settings, tuple(wanted))
    with run_in(root, how or How()) as run:
        asked = [jobs.featured(patient) for patient in patients]
        found = outcomes_of(patients, run.do_patients(patients, asked, told))
        outcomes = [_with_site(o, p) for o, p in zip(found, patients, strict=True)]
        write_text(root / "settings.toml", settings_text(settings))
        save_faults(root, outcomes)
    return outcomes


def _with_site(outcome: Outcome, patient: Patient) -> Outcome:
    if patient.site != UNKNOWN_SITE or not outcome.done:
        return outcome
    problem = "no site stands in participants.tsv; the table says unknown"
    note = Finding(Level.NOTE, "unknown-site", f"sub-{patient.id}", problem)
    return replace(outcome, findings=[*outcome.findings, note])
