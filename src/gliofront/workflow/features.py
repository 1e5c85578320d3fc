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
from gliofront.workflow.settings import StudySettings


def tabulate(
    settings: StudySettings,
    *,
    patient: Patient,
    prepared: Prepared,
    wanted: Sequence[str],
) -> dict[str, Any]:
    """Compute the features of every peritumoural voxel over the wanted maps.

    Parameters
    ----------
    wanted : sequence names; one that the patient lacks gives NaN columns and a warning.

    Returns
    -------
    ``table`` : PatientVoxels; ``missing`` : names of the wanted maps that are not there.
    """
    voxels = np.argwhere(prepared.masks["peritumoural"]).astype(np.int32)
    at = tuple(voxels.T)
    names = column_names(wanted, settings.texture)
    features = scratch_features(len(voxels), len(names))
    fill_features(
        features,
        {name: volume.data for name, volume in prepared.maps.items()},
        prepared.masks["brain"],
        voxels,
        settings.texture,
        wanted,
    )
    progression = prepared.masks.get("progression")
    label = np.full(len(voxels), UNKNOWN) if progression is None else progression[at].astype(int)
    table = PatientVoxels(
        patient=patient.group,
        site=patient.site,
        voxel_ml=prepared.grid.voxel_ml,
        names=names,
        features=features,
        voxel=voxels,
        label=label,
        shell=prepared.shells.data[at],
        distance_mm=prepared.distance_mm[at],
    )
    missing = tuple(name for name in wanted if name not in prepared.maps)
    return {"table": table, "missing": missing, "findings": missing_findings(patient, missing)}


def missing_findings(patient: Patient, missing: Sequence[str]) -> list[Finding]:
    """Tell which maps a patient lacks."""
    if not missing:
        return []
    problem = f"{', '.join(missing)} missing; the map is made without"
    return [Finding(Level.WARNING, "missing-map", f"sub-{patient.id}", problem)]
