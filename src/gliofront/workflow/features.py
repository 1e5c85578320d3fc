"""The step from a prepared patient to a table: one row a peritumoural voxel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gliofront.cohort.patient import Patient
from gliofront.foundation.findings import Finding, Level
from gliofront.learning.table import UNKNOWN, PatientVoxels
from gliofront.learning.table_files import scratch_features
from gliofront.radiomics.patient_features import column_names, fill_features
from gliofront.workflow.prepared import Prepared
from gliofront.workflow.progression_label import ProgressionLabel
from gliofront.workflow.settings import StudySettings
from gliofront.workflow.surrounding_voxels import context_of

GROWTH_COLUMN = "growth_density"
"""Named like a feature of a map, so that models can do without it as they can without a map."""


def tabulate(
    settings: StudySettings,
    *,
    patient: Patient,
    prepared: Prepared,
    wanted: Sequence[str],
    label: ProgressionLabel | None = None,
) -> dict[str, Any]:
    """Compute the features of every peritumoural voxel over the wanted maps.

    Parameters
    ----------
    wanted : sequence names; one that the patient lacks gives NaN columns and a warning.
    label : where the tumour came back; None if nothing is known.

    Returns
    -------
    ``table`` : PatientVoxels; ``missing`` : names of the wanted maps that are not there.
    """
    voxels = np.argwhere(prepared.masks["peritumoural"]).astype(np.int32)
    at = tuple(voxels.T)
    texture = column_names(wanted, settings.texture)
    names = (*texture, GROWTH_COLUMN) if settings.growth.as_feature else texture
    features = scratch_features(len(voxels), len(names))
    fill_features(
        features[:, : len(texture)],
        {name: volume.data for name, volume in prepared.maps.items()},
        prepared.masks["brain"],
        voxels,
        settings.texture,
        wanted,
    )
    known, doubt = np.full(len(voxels), UNKNOWN), np.zeros(len(voxels), np.float32)
    if label is not None:
        known = np.where(label.known[at], label.progression[at], UNKNOWN)
        doubt = np.where(label.known[at], label.doubt[at], 0)
    context, seen = context_of(prepared, voxels, settings.growth, patient.id)
    if settings.growth.as_feature:
        features[:, -1] = context.growth
    table = PatientVoxels(
        patient=patient.group,
        site=patient.site,
        voxel_ml=prepared.grid.voxel_ml,
        names=names,
        features=features,
        voxel=voxels,
        label=known,
        shell=prepared.shells.data[at],
        distance_mm=prepared.distance_mm[at],
        doubt=doubt,
        context=context,
    )
    missing = tuple(name for name in wanted if name not in prepared.maps)
    findings = [*missing_findings(patient, missing), *seen]
    return {"table": table, "missing": missing, "findings": findings}


def missing_findings(patient: Patient, missing: Sequence[str]) -> list[Finding]:
    """Tell which maps a patient lacks."""
    if not missing:
        return []
    problem = f"{', '.join(missing)} missing; the map is made without"
    return [Finding(Level.WARNING, "missing-map", f"sub-{patient.id}", problem)]
