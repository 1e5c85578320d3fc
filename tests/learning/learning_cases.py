"""Synthetic voxels of a patient, and a small trained model."""

from __future__ import annotations

from functools import cache

import numpy as np

from gliofront.learning.context import VoxelContext
from gliofront.learning.model import GroupedScore
from gliofront.learning.settings import LearningSettings
from gliofront.learning.table import PatientVoxels
from gliofront.learning.training import fit_model

MAPS = ("T1C", "ADC", "rCBV")
NAMES = tuple(f"{m}_firstorder_{f}" for m in MAPS for f in ("mean", "median"))
SETTINGS = LearningSettings(trees=40, voxels_per_patient=1000, min_voxels_in_leaf=30)
SCORE = GroupedScore(name="auroc", split="patient", mean=0.7, low=0.6, high=0.8, patients=6)


def patient_voxels(number, n=3000, prevalence=0.15, strength=1.0):
    """Progression follows all maps alike and, weakly, the distance."""
    rng = np.random.default_rng([7, number])
    maps = rng.normal(size=(len(MAPS), n))
    distance = rng.uniform(0, 20, size=n)
    drive = strength * maps.sum(0) - 0.05 * distance + rng.normal(size=n)
    return PatientVoxels(
        patient=f"p{number:02d}",
        site="AB"[number % 2],
        voxel_ml=0.001,
        names=NAMES,
        features=(np.repeat(maps, 2, axis=0).T + 0.2 * rng.normal(size=(n, 6))).astype(np.float32),
        voxel=rng.integers(0, 100, size=(n, 3)),
        label=(drive > np.quantile(drive, 1 - prevalence)).astype(np.int8),
        shell=(distance // 5).astype(np.int16),
        distance_mm=distance.astype(np.float32),
        doubt=rng.uniform(0, 0.5, size=n).astype(np.float32),
        context=VoxelContext(
            distance, rng.integers(0, 2, n), np.exp(-distance / 5), np.ones((n, 3))
        ),
    )


@cache
def six_patients():
    return [patient_voxels(number) for number in range(6)]


@cache
def small_model():
    made = fit_model(
        six_patients(), SETTINGS, preparation={"texture": {"radius": 2}}, sequences=["T1C"]
    )
    return made.with_scores([SCORE])
