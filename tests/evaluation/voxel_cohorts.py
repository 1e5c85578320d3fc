"""Synthetic cohorts of voxels with a stated source of progression."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from gliofront.learning.context import VoxelContext
from gliofront.learning.table import PatientVoxels

MAPS = ("T1C", "ADC", "rCBV")
NAMES = tuple(f"{m}_firstorder_{f}" for m in MAPS for f in ("mean", "median"))


def patient_voxels(number, *, signal=0.0, by_distance=0.0, seed=0, side=16, fingerprint=False):
    """A cube of voxels; progression follows the maps, the distance, or neither."""
    rng = np.random.default_rng([seed, number])
    shape = (side, side, side)
    voxel = np.stack(np.indices(shape), -1).reshape(-1, 3)
    distance = np.linalg.norm(voxel - side / 2, axis=1)
    maps = rng.normal(size=(len(MAPS), len(voxel)))
    noise = rng.normal(size=len(voxel))
    if fingerprint:
        # Smooth maps tell the place, and their levels tell the patient.
        maps = _smooth(rng, len(MAPS), shape) + 5 * rng.normal(size=(len(MAPS), 1))
        noise = _smooth(rng, 1, shape)[0]
    drive = signal * maps.mean(0) * np.sqrt(3) - by_distance * distance + noise
    columns = np.repeat(maps, 2, axis=0).T
    if not fingerprint:
        columns = columns + 0.3 * rng.normal(size=columns.shape)
    return PatientVoxels(
        patient=f"p{number:02d}",
        site="AB"[number % 2],
        voxel_ml=0.001,
        names=NAMES,
        features=columns.astype(np.float32),
        voxel=voxel,
        label=(drive > np.quantile(drive, 0.85)).astype(np.int8),
        shell=(distance // 5).astype(np.int16),
        distance_mm=distance.astype(np.float32),
        doubt=np.zeros(len(distance), np.float32),
        context=VoxelContext.unknown(len(distance)),
    )


def _smooth(rng, count, shape):
    fields = [gaussian_filter(rng.normal(size=shape), 3, mode="wrap").ravel() for _ in range(count)]
    return np.array([(f - f.mean()) / f.std() for f in fields])


def cohort(patients=6, **options):
    return [patient_voxels(number, **options) for number in range(patients)]
