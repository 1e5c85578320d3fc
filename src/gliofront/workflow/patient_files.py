"""The steps of a patient from files to files; each can run on any machine that sees the folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gliofront.cohort.patient import Patient
from gliofront.evaluation.cross_validation import MODEL
from gliofront.image.writing import write_json
from gliofront.learning.storage import load_model
from gliofront.learning.table import PatientVoxels
from gliofront.learning.table_files import features_path, read_table, write_table
from gliofront.workflow.derivatives import Provenance, save_prepared, table_index, with_sidecars
from gliofront.workflow.evidence_of_map import evidence_shares
from gliofront.workflow.features import missing_findings, tabulate
from gliofront.workflow.held_out_files import held_out_path, read_held_out
from gliofront.workflow.intake import sha256_of
from gliofront.workflow.job import Made
from gliofront.workflow.made_maps import with_made_maps
from gliofront.workflow.novel_patient import novelty_facts, novelty_findings, novelty_of
from gliofront.workflow.patient import ALIGN, PREPARE, READ
from gliofront.workflow.poses import load_poses, save_poses
from gliofront.workflow.prepared_files import load_prepared, prepared_paths, read_summary
from gliofront.workflow.probability import (
    map_provenance,
    probability_map,
    range_facts,
    save_map,
)
from gliofront.workflow.progression_label import known_label
from gliofront.workflow.settings import StudySettings
from gliofront.workflow.step import run_steps
from gliofront.workflow.summary import save_patient_summary
from gliofront.workflow.view import PatientView, saved_view

Used = Mapping[str, Any]


def align_files(*, out: Path, patient: Patient, settings: StudySettings, used: Used) -> Made:
    """Find how every image lies on the T1C; what was odd in the files, the preparation tells."""
    state = run_steps((*READ, *ALIGN), {"patient": with_made_maps(out, patient)}, settings)
    provenance = Provenance(state["intake"].sources, used, "alignment")
    return Made(tuple(save_poses(out, patient.id, state["poses"], provenance)))


def prepare_files(
    *, out: Path, patient: Patient, settings: StudySettings, used: Used, wanted: Sequence[str]
) -> Made:
    """Write maps, masks and summary of a patient.

    Parameters
    ----------
    wanted : maps; one that the patient lacks is told.
    """
    patient = with_made_maps(out, patient)
    poses = load_poses(out, patient.id, patient.preop.images)
    known = {"patient": patient, "poses": poses, "wanted": tuple(wanted)}
    state = run_steps((*READ, *PREPARE), known, settings)
    missing = tuple(name for name in wanted if name not in state["prepared"].maps)
    findings = (*state["findings"], *missing_findings(patient, missing))
    state |= {"missing": missing, "findings": findings}
    provenance = Provenance(state["intake"].sources, used, "preparation")
    made = save_prepared(out, patient.id, state["prepared"], provenance)
    return Made(with_sidecars([*made, save_patient_summary(out, patient.id, state)]), findings)


def feature_files(
    *, out: Path, patient: Patient, settings: StudySettings, used: Used, wanted: Sequence[str]
) -> Made:
    """Write the voxel table of a prepared patient over the wanted maps."""
    prepared = load_prepared(out, patient.id)
    label = known_label(out, patient.id, prepared)
    made = tabulate(settings, patient=patient, prepared=prepared, wanted=wanted, label=label)
    table, index = made["table"], table_index(out, patient.id)
    write_table(index, table)
    facts = {"Maps": list(wanted), "MissingMaps": list(made["missing"])}
    read = sorted(prepared_paths(out, patient.id, read_summary(out, patient.id)).values())
    sources = {path.name: sha256_of(path) for path in read}
    provenance = Provenance(sources, used, "features", facts)
    sidecar = index.with_suffix(".json")
    write_json(sidecar, provenance.sidecar(Rows=len(table.features), Columns=len(table.names)))
    return Made((index, features_path(index), sidecar), tuple(made.get("findings", ())))


def draw_held_out(
    *, out: Path, patient: Patient, settings: StudySettings, used: Used, fold: str
) -> Made:
    """Draw the map of a patient by the model that never saw the patient."""
    table = read_table(table_index(out, patient.id))
    held = {h.patient: h for h in read_held_out(held_out_path(out, fold))}[table.patient]
    said = {"": held.predictions[MODEL].probability}
    if held.spread is not None:
        said |= {"low": held.spread[:, 0], "high": held.spread[:, 1]}
    whole = {name: _at(held.rows, values, len(table.features)) for name, values in said.items()}
    view = saved_view(out, patient.id)
    return _draw(out, patient, settings, used, table, view, whole, f"held out in {fold}")


def _at(rows: NDArray[np.intp], values: NDArray[np.float64], voxels: int) -> NDArray[np.float64]:
    found = np.full(voxels, np.nan)
    found[rows] = values
    return found


def draw_by_model(
    *,
    out: Path,
    patient: Patient,
    settings: StudySettings,
    used: Used,
    model: Path,
    origin: str,
) -> Made:
    """Draw the map of a patient that no training saw, by a model in a folder."""
    table, view = read_table(table_index(out, patient.id)), saved_view(out, patient.id)
    trained = load_model(model)
    novelty = novelty_of(trained, table)
    findings = novelty_findings(novelty, patient.id)
    said = trained.predict(
        table.features,
        table.distance_mm,
        table.names,
        voxel=table.voxel,
        missing=view.missing,
    )
    whole = {"": said}
    if trained.inner:
        ends = trained.predict_range(said, table.features, table.distance_mm, voxel=table.voxel)
        whole |= dict(zip(("low", "high"), ends, strict=True))
    facts = novelty_facts(novelty) | {"EvidenceUsed": evidence_shares(trained, table)}
    made = _draw(out, patient, settings, used, table, view, whole, origin, facts)
    return replace(made, findings=(*made.findings, *findings))


def _draw(
    out: Path,
    patient: Patient,
    settings: StudySettings,
    used: Used,
    table: PatientVoxels,
    view: PatientView,
    said: Mapping[str, NDArray[np.float64]],
    origin: str,
    facts: Mapping[str, Any] = MappingProxyType({}),
) -> Made:
    """Write what is said of the voxels of a table.

    Parameters
    ----------
    said : the probability under the empty name; with it, as far as known, ``low`` and ``high``.
    """
    ends = {name: values for name, values in said.items() if name}
    volumes = {
        name: probability_map(view.grid, table.voxel, values) for name, values in said.items()
    }
    facts = {**facts, **(range_facts(ends) if ends else {})}
    made = save_map(
        out,
        patient.id,
        view,
        volumes.pop(""),
        volumes,
        title=f"sub-{patient.id}: where progression is expected ({origin})",
        provenance=map_provenance(view, used, settings.model_name, origin, facts),
    )
    return Made(with_sidecars(made))
