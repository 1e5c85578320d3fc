"""The first stage of a study alone: scans become maps, masks and a summary; nothing is learned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gliofront.cohort.patient import Patient
from gliofront.cohort.sequences import SEQUENCES
from gliofront.learning.table_files import write_table
from gliofront.workflow.derivatives import Provenance, save_dataset, save_prepared, table_index
from gliofront.workflow.group_files import save_findings, save_participants
from gliofront.workflow.outcome import Outcome, each_patient, save_faults
from gliofront.workflow.patient import PREPARE
from gliofront.workflow.settings import StudySettings, settings_text
from gliofront.workflow.step import run_steps
from gliofront.workflow.summary import save_patient_summary


def save_patient(out: Path, state: Mapping[str, Any], settings: StudySettings) -> Outcome:
    """Write the maps, masks and summary of a patient, and the voxel table if there is one.

    Parameters
    ----------
    state : all that the steps of `gliofront.workflow.patient` made.
    """
    patient: Patient = state["patient"]
    provenance = Provenance(state["intake"].sources, settings.model_dump(mode="json"), "prepare")
    made = save_prepared(out, patient.id, state["prepared"], provenance)
    if "table" in state:
        index = table_index(out, patient.id)
        write_table(index, state["table"])
        made.append(index)
    made.append(save_patient_summary(out, patient.id, state))
    return Outcome(patient.id, state["findings"], made)


def _prepared(patient: Patient, at_hand: Sequence[str], settings: StudySettings) -> dict[str, Any]:
    state = run_steps(PREPARE, {"patient": patient}, settings)
    missing = tuple(name for name in at_hand if name not in patient.preop.images)
    return state | {"missing": missing}


def prepare_patients(
    patients: Sequence[Patient],
    out: Path,
    settings: StudySettings,
    finished: Callable[[str], None] = lambda patient: None,
) -> list[Outcome]:
    """Prepare every patient; those that fail are named and the others go on.

    Parameters
    ----------
    patients : no progression is needed.
    out : output folder.
    finished : told the id of each patient after it.

    Raises
    ------
    GliofrontError
        If no patient could be done; nothing was written.
    """
    there = {name for patient in patients for name in patient.preop.images}
    at_hand = [name for name in SEQUENCES if name in there]
    outcomes = each_patient(
        patients,
        lambda patient: save_patient(out, _prepared(patient, at_hand, settings), settings),
        finished,
    )
    save_dataset(out, settings_text(settings))
    save_faults(out, outcomes)
    save_participants(out, outcomes, patients)
    save_findings(out, outcomes)
    return outcomes
