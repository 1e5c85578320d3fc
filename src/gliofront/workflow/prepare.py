"""The first stage of a study alone: scans become maps, masks and a summary; nothing is learned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from gliofront.cohort.patient import Patient
from gliofront.cohort.sequences import SEQUENCES
from gliofront.workflow.derivatives import save_dataset
from gliofront.workflow.group_files import save_findings, save_participants
from gliofront.workflow.job import JobResult
from gliofront.workflow.jobs import Jobs
from gliofront.workflow.outcome import Outcome, outcomes_of, save_faults
from gliofront.workflow.run import How, run_in
from gliofront.workflow.settings import StudySettings, settings_text


def preparation_steps(patients: Sequence[Patient], out: Path, settings: StudySettings) -> int:
    """Return how many steps it takes to prepare patients, those done already among them."""
    jobs = Jobs(out.absolute(), settings, ())
    return sum(len(jobs.prepared(patient)) for patient in patients)


def prepare_patients(
    patients: Sequence[Patient],
    out: Path,
    settings: StudySettings,
    *,
    told: Callable[[JobResult], None] = lambda result: None,
    how: How | None = None,
) -> list[Outcome]:
    """Prepare every patient; those that fail are named and the others go on.

    Parameters
    ----------
    patients : no progression is needed.
    out : output folder.
    told : told each result as it comes.
    how : where it runs, and what is done again; changes no byte.

    Raises
    ------
    GliofrontError
        If no patient could be done; nothing was written.
    """
    out = out.absolute()
    there = {name for patient in patients for name in patient.preop.maps}
    jobs = Jobs(out, settings, tuple(name for name in SEQUENCES if name in there))
    with run_in(out, how or How()) as run:
        asked = [job for p in patients for job in jobs.prepared(p)]
        save_participants(out, [], patients)
        outcomes = outcomes_of(patients, run.do_patients(patients, asked, told))
        save_dataset(out, settings_text(settings))
        save_faults(out, outcomes)
        save_participants(out, outcomes, patients)
        save_findings(out, outcomes)
    return outcomes
