"""Predict: a trained model and a new patient's scans become a map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from gliofront.cohort.patient import Patient
from gliofront.foundation.findings import Finding, Level
from gliofront.learning.model import Model
from gliofront.workflow.derivatives import Provenance, save_dataset, save_prepared
from gliofront.workflow.outcome import Outcome, each_patient, save_faults
from gliofront.workflow.patient import prepare_patient
from gliofront.workflow.probability import map_provenance, probability_map, save_map
from gliofront.workflow.settings import StudySettings, checked_settings, settings_text
from gliofront.workflow.step import Listener
from gliofront.workflow.summary import save_patient_summary
from gliofront.workflow.view import fresh_view


def settings_for(model: Model, settings: StudySettings) -> StudySettings:
    """Return the settings that the model was made with, but the user's own way of reading files.

    A model knows its features as they were computed in training; the user's other settings would
    feed it something else under the same names.
    """
    trained = checked_settings(dict(model.preparation), "the model's settings")
    return trained.model_copy(update={"intake": settings.intake})


def predict_patient(
    patient: Patient,
    out: Path,
    model: Model,
    settings: StudySettings,
    listener: Listener | None = None,
) -> Outcome:
    """Prepare a patient, apply the model, and write everything once it is complete.

    Parameters
    ----------
    settings : those of `settings_for`.

    Raises
    ------
    InputRefused
        If a file cannot be trusted; nothing was written.
    """
    state = prepare_patient(patient, model.maps, settings, listener)
    table, view = state["table"], fresh_view(state)
    probability = model.predict(
        table.features, table.distance_mm, table.names, missing=state["missing"]
    )
    provenance = Provenance(view.sources, settings.model_dump(mode="json"), "prepare")
    made = save_prepared(out, patient.id, state["prepared"], provenance)
    made += save_map(
        out,
        patient.id,
        view,
        probability_map(view.grid, table.voxel, probability),
        title=f"sub-{patient.id}: where progression is expected",
        provenance=map_provenance(view, settings, "new patient"),
    )
    made.append(save_patient_summary(out, patient.id, state))
    return Outcome(patient.id, [*state["findings"], _origin(model)], made)


def _origin(model: Model) -> Finding:
    """Say what the model learned from, since its map can be no better."""
    sites = ", ".join(model.training.sites)
    text = f"it learned from {model.training.patients} patients of sites {sites}"
    return Finding(Level.NOTE, "model-origin", "model", text)


def predict_patients(
    patients: Sequence[Patient],
    out: Path,
    model: Model,
    settings: StudySettings,
    *,
    finished: Callable[[str], None] = lambda patient: None,
    listener: Listener | None = None,
) -> list[Outcome]:
    """Predict every patient; those that fail are named and the others go on.

    Raises
    ------
    GliofrontError
        If no patient could be done; nothing was written.
    """
    chosen = settings_for(model, settings)
    outcomes = each_patient(
        patients,
        lambda patient: predict_patient(patient, out, model, chosen, listener),
        finished,
    )
    save_dataset(out, settings_text(chosen))
    save_faults(out, outcomes)
    return outcomes
