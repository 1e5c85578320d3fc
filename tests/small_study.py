"""A cohort on which a whole run takes seconds, the command that studies it, and what it left."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gliofront.image.writing import write_text
from gliofront.phantom.cohort import write_cohort
from gliofront.workflow.file_steps import step_of
from gliofront.workflow.job import JobId
from gliofront.workflow.records import record_ids, record_path
from gliofront.workflow.settings import checked_settings, settings_text

_KEPT = ("_FLAIR.nii.gz", "_mask.nii.gz", "_dseg.nii.gz")

COARSEST = {
    "grid": {"spacing_mm": 3.0},
    "alignment": {"levels_mm": [6.0], "samples": 2000},
    "bias": {"working_mm": 10.0, "levels": 1, "iterations": 5},
    "texture": {"radius": 1, "levels": 8},
    "learning": {"trees": 10, "voxels_per_patient": 500, "min_voxels_in_leaf": 20},
    "evaluation": {"folds": 2, "resamples": 100},
}


@dataclass(frozen=True)
class SmallStudy:
    """A cohort and the settings of its study, as files.

    Parameters
    ----------
    bids : the cohort.
    settings : TOML file.
    patients : such as "sub-virtual01", sorted.
    """

    bids: Path
    settings: Path
    patients: tuple[str, ...]

    def arguments(self, out: Path, *options: str) -> list[str]:
        """Return what follows ``gliofront`` on the command line that studies the cohort."""
        return ["study", str(self.bids), str(out), "--settings", str(self.settings), *options]

    def command(self, out: Path, *options: str) -> list[str]:
        """Return the same as the command of another process."""
        return [sys.executable, "-m", "gliofront.cli", *self.arguments(out, *options)]

    def copy(self, bids: Path, patients: Sequence[str]) -> SmallStudy:
        """Copy some of the patients to another place."""
        for patient in patients:
            shutil.copytree(self.bids / patient, bids / patient)
        header, *rows = (self.bids / "participants.tsv").read_text(encoding="utf-8").splitlines()
        kept = [row for row in rows if row.split("\t")[0] in patients]
        write_text(bids / "participants.tsv", "\n".join([header, *kept]) + "\n")
        shutil.copy(self.bids / "dataset_description.json", bids)
        return SmallStudy(bids, self.settings, tuple(sorted(patients)))

    def with_external(self, patient: str) -> SmallStudy:
        """Put a patient into the external partition."""
        table = self.bids / "participants.tsv"
        rows = table.read_text(encoding="utf-8").splitlines()
        moved = [r.replace("train", "external") if r.startswith(patient) else r for r in rows]
        write_text(table, "\n".join(moved) + "\n")
        return self


def write_small_study(folder: Path, *, patients: int) -> SmallStudy:
    """Write the cohort and the settings."""
    bids = folder / "bids"
    names = write_cohort(bids, patients=patients, seed=3, resolution_mm=4.0)
    for path in bids.glob("sub-*/ses-*/*/*.nii.gz"):
        image = path.name.endswith(_KEPT) or "ce-gadolinium" in path.name
        if not image:
            path.unlink()
    settings = folder / "small.toml"
    settings.write_text(settings_text(checked_settings(COARSEST, "small")), encoding="utf-8")
    return SmallStudy(bids, settings, tuple(f"sub-{name}" for name in names))


def outputs(out: Path) -> dict[str, bytes]:
    """Return every file of an output folder but records and logs, which tell of time too."""
    files = (path for path in sorted(out.rglob("*")) if path.is_file())
    found = {path.relative_to(out).as_posix(): path.read_bytes() for path in files}
    return {n: b for n, b in found.items() if not n.startswith(("records/", "logs/"))}


def records(out: Path) -> dict[JobId, bytes]:
    """Return every record; a job that is done anew has another, for it has another time."""
    return {id: record_path(out, id).read_bytes() for id in record_ids(out)}


def redone(out: Path, before: dict[JobId, bytes]) -> set[JobId]:
    """Return the jobs whose records are new since they were read."""
    return {id for id, text in records(out).items() if before.get(id) != text}


def steps_of(jobs: set[JobId]) -> set[str]:
    """Return the steps of jobs."""
    return {step_of(job.step) for job in jobs}


def last_run(out: Path) -> list[dict[str, Any]]:
    """Return the events of the last run, from the log."""
    lines = (out / "logs" / "events.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    begun = max(n for n, event in enumerate(events) if event["event"] == "start")
    return events[begun:]
