"""What a model looked at in a patient, map by map."""

from __future__ import annotations

import numpy as np

from gliofront.learning.classifiers.kinds import KINDS
from gliofront.learning.evidence import evidence_used
from gliofront.learning.model import Model
from gliofront.learning.sampling import patient_generator
from gliofront.learning.table import PatientVoxels, predictable

# Mean contributions of so many voxels tell a patient's; SHAP values of all would take minutes.
_VOXELS = 2000


def evidence_shares(model: Model, table: PatientVoxels) -> dict[str, float]:
    """Return the share of each map, and of the distance, in what moved the log odds; they sum to 1.

    The mean over voxels of the size of each one's contribution: SHAP values for trees, gradient
    times input for the networks. Empty where no voxel can be predicted.
    """
    usable = np.flatnonzero(predictable(table.features, table.distance_mm, table.names))
    if not usable.size:
        return {}
    rng = patient_generator(model.settings.seed, table.patient, "evidence")
    # One that sees voxels side by side is shown all of them, for it would miss the others.
    most = usable.size if KINDS[model.settings.kind].dense else _VOXELS
    rows = np.sort(rng.choice(usable, size=min(most, usable.size), replace=False))
    found = evidence_used(
        model.classifier,
        table.features[rows],
        table.distance_mm[rows],
        table.names,
        voxel=table.voxel[rows],
    )
    size = np.abs(found.values).mean(axis=0, dtype=np.float64)
    if not size.any():
        return {}
    shares = size / size.sum()
    return {name: round(float(s), 4) for name, s in zip(found.sources, shares, strict=True)}
