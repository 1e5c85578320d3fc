"""Predict: a trained model and a new patient's scans become a map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from gliofront.cohort.patient import Patient
from gliofront.cohort.sequences import SEQUENCES
from gliofront.foundation.findings import Finding, Level
from gliofront.learning.model import Model
from gliofront.learning.storage import load_model
from gliofront.workflow.derivatives import save_dataset
from gliofront.workflow.group_files import save_findings
from gliofront.workflow.job import Job, JobResult
from gliofront.workflow.jobs import Jobs
from gliofront.workflow.outcome import Outcome, outcomes_of, save_faults
from gliofront.workflow.run import How, run_in
from gliofront.workflow.settings import StudySettings, checked_settings, settings_text

Told = Callable[[JobResult], None]


def settings_for(model: Model, settings: StudySettings) -> StudySettings:
    """Return the settings that the model was made with, but the user's own way of reading files.

    A model knows its features as they were computed in training; the user's other settings would
    feed it something else under the same names.
    """
    trained = checked_settings(dict(model.preparation), "the model's settings")
    return trained.model_copy(update={"intake": settings.intake})


def _origin(model: Model) -> Finding:
    """Say what the model learned from, since its map can be no better."""
    sites = ", ".join(model.training.sites)
    text = f"it learned from {model.training.patients} patients of sites {sites}"
    return Finding(Level.NOTE, "model-origin", "model", text)


def scanned_maps(maps: Sequence[str]) -> tuple[str, ...]:
    """Return the maps that come from images: modelled growth, if learned from, does not.

    >>> scanned_maps(["T1C", "growth"])
    ('T1C',)
    """
    return tuple(name for name in maps if name in SEQUENCES)


def patient_jobs(jobs: Jobs, patient: Patient, model: Path) -> list[Job]:
    """Return the jobs from a patient's scans to the map."""
    return [
        *jobs.prepared(patient),
        jobs.featured(patient),
        jobs.map_by_given_model(patient, model),
    ]


def predict_patients(
    patients: Sequence[Patient],
    out: Path,
    model: Path,
    settings: StudySettings,
    *,
    told: Told = lambda result: None,
    how: How | None = None,
) -> list[Outcome]:
    """Predict every patient; those that fail are named and the others go on.

    Parameters
    ----------
    model : folder of a trained model.
    settings : the user's, of which only the way of reading files counts.
    told : told each result as it comes.
    how : where it runs, and what is done again; changes no byte.

    Raises
    ------
    GliofrontError
        If no patient could be done; nothing was written.
    """
    trained = load_model(model)
    chosen = settings_for(trained, settings)
    out, model = out.absolute(), model.absolute()
    jobs = Jobs(out, chosen, scanned_maps(trained.maps))
    with run_in(out, how or How()) as run:
        asked = [job for p in patients for job in patient_jobs(jobs, p, model)]
        results = run.do_patients(patients, asked, told)
        outcomes = [
            replace(outcome, findings=[*outcome.findings, _origin(trained)])
            if outcome.done
            else outcome
            for outcome in outcomes_of(patients, results)
        ]
        save_dataset(out, settings_text(chosen))
        save_faults(out, outcomes)
        save_findings(out, outcomes)
    return outcomes
