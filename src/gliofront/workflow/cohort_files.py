"""The steps of a cohort from files to files; each can run on any machine that sees the folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from gliofront.evaluation.cross_validation import MODEL, HeldOutPatient, predict_patient
from gliofront.evaluation.ladder_file import ladder_bytes
from gliofront.evaluation.leakage import leakage_report
from gliofront.evaluation.null_ladder import NullLadder, fit_ladder
from gliofront.evaluation.summary import Summary, summarise
from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level
from gliofront.learning.model import GroupedScore, Model
from gliofront.learning.novelty import (
    LEAST_PATIENTS,
    CohortReference,
    fit_reference,
    patient_summary,
)
from gliofront.learning.storage import load_model, save_model
from gliofront.learning.table import PatientVoxels
from gliofront.learning.table_files import read_table, release
from gliofront.learning.training import fit_model
from gliofront.workflow.derivatives import table_index
from gliofront.workflow.fit_reports import reported_fit
from gliofront.workflow.group_files import save_leakage, save_summary, save_worth
from gliofront.workflow.held_out_files import held_out_path, read_held_out, write_held_out
from gliofront.workflow.job import Made
from gliofront.workflow.model_card import model_card
from gliofront.workflow.settings import StudySettings

EXTERNAL = "external"


def tables_of(out: Path, patients: Sequence[str]) -> list[PatientVoxels]:
    """Return the voxel tables of patients by id, memory-mapped."""
    return [read_table(table_index(out, patient)) for patient in patients]


def read_folds(out: Path, folds: Sequence[str]) -> list[HeldOutPatient]:
    """Return the patients of all folds, sorted."""
    found = [held for fold in folds for held in read_held_out(held_out_path(out, fold))]
    return sorted(found, key=lambda held: held.patient)


def judge_fold(
    *, out: Path, fold: str, train: Sequence[str], test: Sequence[str], settings: StudySettings
) -> Made:
    """Predict the test patients of a fold with a model of its training patients."""
    with reported_fit(out, fold) as watch:
        model = fit_model(tables_of(out, train), settings.learning, watch=watch)
        ladder = _ladder(tables_of(out, train), settings)
        return _written(out, fold, _predicted(model, ladder, out, test, fold))


def score(*, out: Path, folds: Sequence[str], settings: StudySettings, prefix: str) -> Made:
    """Score the held-out patients of all folds beside their nulls."""
    held = read_folds(out, folds)
    summary = summarise(held, settings.evaluation)
    group = out / "group"
    files = [
        *save_summary(group, prefix, summary),
        *save_worth(group, prefix, held, settings.evaluation),
    ]
    return Made(tuple(files), summary.findings)


def laboratory(
    *, out: Path, patients: Sequence[str], settings: StudySettings, model: Path | None
) -> Made:
    """Write what leaking splits of the same voxels would have told, beside the honest ones.

    Parameters
    ----------
    model : folder of the final model, where its settings were chosen; None where they were given.
    """
    tables = tables_of(out, patients)
    learning = settings.learning if model is None else load_model(model).settings
    try:
        report = leakage_report(tables, learning, settings.evaluation, settings.leakage)
    except InputRefused as error:
        note = Finding(Level.NOTE, "no-laboratory", str(error.subject), error.problem)
        return Made((), (note,))
    return Made(tuple(save_leakage(out / "group", report, learning.kind)), report.findings)


def train(
    *,
    out: Path,
    patients: Sequence[str],
    folds: Sequence[str],
    wanted: Sequence[str],
    settings: StudySettings,
) -> Made:
    """Fit the final model and its nulls on all training patients; write them with the scores."""
    summary = summarise(read_folds(out, folds), settings.evaluation)
    tables = tables_of(out, patients)
    with reported_fit(out, "final model") as watch:
        model = fit_model(
            tables,
            settings.learning,
            preparation=settings.model_dump(mode="json"),
            sequences=wanted,
            watch=watch,
        ).with_scores(_grouped_scores(summary, settings))
        cohort = _cohort(tables)
        if cohort is not None:
            model = model.with_cohort(cohort)
        folder = out / "models" / settings.model_name
        card = model_card(model, summary, settings.model_name)
        return Made(save_model(folder, model, card, ladder_bytes(_ladder(tables, settings))))


def _cohort(tables: Sequence[PatientVoxels]) -> CohortReference | None:
    """Return the means of the patients' features, to compare new patients with."""
    if len(tables) < LEAST_PATIENTS:
        return None
    summaries = []
    for table in tables:
        summaries.append(patient_summary(table.features))
        release(table)
    return fit_reference(tables[0].names, np.stack(summaries))


def judge_external(
    *, out: Path, patients: Sequence[str], train: Sequence[str], settings: StudySettings
) -> Made:
    """Predict the patients of the external partition by the final model and its nulls.

    Parameters
    ----------
    train : patients whom the model, and so the nulls, learned from.
    """
    model = load_model(out / "models" / settings.model_name)
    ladder = _ladder(tables_of(out, train), settings)
    return _written(out, EXTERNAL, _predicted(model, ladder, out, patients, EXTERNAL))


def _ladder(tables: Sequence[PatientVoxels], settings: StudySettings) -> NullLadder:
    ladder = fit_ladder(tables, settings.learning)
    for table in tables:
        release(table)
    return ladder


def _predicted(
    model: Model, ladder: NullLadder, out: Path, patients: Sequence[str], fold: str
) -> Iterator[HeldOutPatient]:
    for table in tables_of(out, patients):
        yield predict_patient(model, ladder, table, fold)
        release(table)


def _written(out: Path, fold: str, held: Iterable[HeldOutPatient]) -> Made:
    path = held_out_path(out, fold)
    write_held_out(path, list(held))
    return Made((path,))


def _grouped_scores(summary: Summary, settings: StudySettings) -> list[GroupedScore]:
    split = "site" if settings.evaluation.split == "sites" else "patient"
    scores = []
    for name, found in summary.intervals[MODEL].items():
        if not np.isfinite(found.mean):
            continue
        low, high = (v if np.isfinite(v) else None for v in (found.low, found.high))
        scores.append(
            GroupedScore(
                name=name,
                split=split,
                mean=found.mean,
                low=low,
                high=high,
                patients=found.patients,
            )
        )
    return scores
