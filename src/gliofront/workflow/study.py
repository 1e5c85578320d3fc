"""A study: prepare a cohort, learn, judge in patients held out, draw every patient's map."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gliofront.cohort.patient import Patient
from gliofront.cohort.sequences import SEQUENCES
from gliofront.evaluation.cross_validation import MODEL, HeldOutPatient, out_of_fold
from gliofront.evaluation.cross_validation import predict_patient as held_out_prediction
from gliofront.evaluation.summary import Summary, summarise
from gliofront.learning.model import GroupedScore, Model
from gliofront.learning.splits import Partition, grouped_folds, leave_one_site_out
from gliofront.learning.storage import save_model
from gliofront.learning.table import PatientVoxels
from gliofront.learning.table_files import read_table
from gliofront.learning.training import fit_model
from gliofront.workflow.cohort_checks import check_cohort, check_training
from gliofront.workflow.derivatives import save_dataset, table_index
from gliofront.workflow.group_files import save_group
from gliofront.workflow.model_card import model_card
from gliofront.workflow.outcome import Outcome, each_patient, save_faults
from gliofront.workflow.patient import prepare_patient
from gliofront.workflow.prepare import save_patient
from gliofront.workflow.probability import map_provenance, probability_map, save_map
from gliofront.workflow.settings import StudySettings, settings_text
from gliofront.workflow.view import saved_view

Told = Callable[[str], None]


def _silent(now: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Listeners:
    """Who is told the name of each case as it is finished, in the three parts of a study."""

    prepared: Told = _silent
    judged: Told = _silent
    drawn: Told = _silent


@dataclass(frozen=True)
class StudyResult:
    """What a study made.

    Parameters
    ----------
    outcomes : one a patient.
    summary : scores of the patients held out in turn.
    external : scores of the patients of the external partition, by the final model; or None.
    model : folder of the final model.
    """

    outcomes: Sequence[Outcome]
    summary: Summary
    external: Summary | None
    model: Path


def wanted_maps(patients: Sequence[Patient]) -> tuple[str, ...]:
    """Return the sequences that at least one patient of the training partition has."""
    there = {name for p in patients if p.partition == "train" for name in p.preop.images}
    return tuple(name for name in SEQUENCES if name in there)


def prepare_and_save(
    patient: Patient, out: Path, wanted: Sequence[str], settings: StudySettings
) -> Outcome:
    """Prepare a patient and write maps, masks, voxel table and summary."""
    return save_patient(out, prepare_patient(patient, wanted, settings), settings)


def fold_count(patients: Sequence[Patient], settings: StudySettings) -> int:
    """Return how many folds a study of these patients has, if all can be prepared."""
    train = [p for p in patients if p.partition == "train"]
    if settings.evaluation.split == "sites":
        return len({p.site for p in train})
    return min(settings.evaluation.folds, len(train))


def partitions_of(
    tables: Sequence[PatientVoxels], settings: StudySettings
) -> tuple[Partition, ...]:
    """Return the folds: patient-grouped, or each site left out in turn."""
    if settings.evaluation.split == "sites":
        return leave_one_site_out({t.patient: t.site for t in tables})
    volumes = {t.patient: t.progression_ml for t in tables}
    folds = min(settings.evaluation.folds, len(tables))
    return grouped_folds(volumes, folds, settings.evaluation.seed)


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


def _labelled(
    tables: Mapping[str, PatientVoxels], patients: Sequence[Patient], partition: str
) -> list[PatientVoxels]:
    chosen = [tables[p.id] for p in patients if p.id in tables and p.partition == partition]
    return [table for table in chosen if (table.label >= 0).any()]


def _draw(
    patient: Patient,
    out: Path,
    table: PatientVoxels,
    probability: np.ndarray,
    origin: str,
    settings: StudySettings,
) -> None:
    view = saved_view(out, patient.id)
    save_map(
        out,
        patient.id,
        view,
        probability_map(view.grid, table.voxel, probability),
        title=f"sub-{patient.id}: where progression is expected ({origin})",
        provenance=map_provenance(view, settings, origin),
    )


def _draw_all(
    patients: Sequence[Patient],
    out: Path,
    tables: Mapping[str, PatientVoxels],
    held: Sequence[HeldOutPatient],
    model: Model,
    settings: StudySettings,
    told: Told,
) -> None:
    """Draw each patient's map: by the model that never saw the patient, where there is one."""
    by_group = {h.patient: h for h in held}
    for patient in patients:
        table = tables.get(patient.id)
        if table is None:
            continue
        found = by_group.get(table.patient)
        if found is None:
            probability = model.predict(table.features, table.distance_mm, table.names)
            origin = "final model"
        else:
            probability = np.full(len(table.features), np.nan)
            probability[found.rows] = found.predictions[MODEL].probability
            origin = f"held out in {found.fold}"
        _draw(patient, out, table, probability, origin, settings)
        told(patient.id)


def run_study(
    patients: Sequence[Patient],
    out: Path,
    settings: StudySettings,
    listeners: Listeners | None = None,
) -> StudyResult:
    """Run the whole study and write it to a folder.

    Parameters
    ----------
    patients : training patients need a progression mask; others are mapped by the final model.
    out : output folder.
    settings : of every step.
    listeners : told as cases are finished.

    Raises
    ------
    InputRefused
        If a person stands twice in the cohort, or fewer than two training patients with known
        progression are in it or could be prepared.
    """
    listeners = listeners or Listeners()
    check_cohort(patients)
    wanted = wanted_maps(patients)
    outcomes = each_patient(
        patients,
        lambda patient: prepare_and_save(patient, out, wanted, settings),
        listeners.prepared,
    )
    save_dataset(out, settings_text(settings))
    save_faults(out, outcomes)
    tables = {o.patient: read_table(table_index(out, o.patient)) for o in outcomes if o.done}
    train = _labelled(tables, patients, "train")
    check_training(len(train))
    preparation = settings.model_dump(mode="json")

    def fit(some: Sequence[PatientVoxels]) -> Model:
        return fit_model(some, settings.learning, preparation=preparation, sequences=wanted)

    held = out_of_fold(
        train,
        partitions_of(train, settings),
        fit,
        progress=lambda done, total, name: listeners.judged(name),
    )
    summary = summarise(held, settings.evaluation)
    model = fit(train).with_scores(_grouped_scores(summary, settings))
    folder = out / "models" / settings.model_name
    save_model(folder, model, model_card(model, summary, settings.model_name))
    external = [
        held_out_prediction(model, table, "external")
        for table in _labelled(tables, patients, "external")
    ]
    external_summary = summarise(external, settings.evaluation) if external else None
    save_group(out, outcomes, patients, summary, external_summary)
    _draw_all(patients, out, tables, held, model, settings, listeners.drawn)
    return StudyResult(outcomes, summary, external_summary, folder)
