"""Virtual regions whose progression shows in the texture around a voxel, never in the voxel."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from gliofront.learning.classifiers.classifier import TrainingRows
from gliofront.learning.context import VoxelContext
from gliofront.learning.settings import LearningSettings
from gliofront.learning.table import PatientVoxels

MAPS = ("T1C", "ADC", "rCBV")
NAMES = tuple(f"{m}_firstorder_{f}" for m in MAPS for f in ("mean", "median"))
QUICK = LearningSettings(kind="unet", unet_steps=100, unet_patch=16, unet_width=8, trees=30)


def texture_patient(number, side=18):
    """T1C is smooth where progression comes and noise elsewhere, N(0, 1) everywhere.

    A ball in the middle, the tumour, has no rows; the other maps are noise.
    """
    rng = np.random.default_rng([11, number])
    shape = (side, side, side)
    smooth = gaussian_filter(rng.normal(size=shape), 1.5, mode="wrap")
    drive = gaussian_filter(rng.normal(size=shape), 3, mode="wrap")
    progression = drive > np.median(drive)
    maps = rng.normal(size=(3, *shape))
    maps[0] = np.where(progression, smooth / smooth.std(), maps[0])
    voxel = np.stack(np.indices(shape), -1).reshape(-1, 3)
    distance = np.linalg.norm(voxel - side / 2, axis=1) - 3
    rows = distance > 0
    columns = np.repeat(maps.reshape(3, -1), 2, axis=0).T
    count = int(np.count_nonzero(rows))
    return PatientVoxels(
        patient=f"p{number:02d}",
        site="AB"[number % 2],
        voxel_ml=0.008,
        names=NAMES,
        features=columns[rows].astype(np.float32),
        voxel=voxel[rows] + [40, 30, 20],
        label=progression.ravel()[rows].astype(np.int8),
        shell=(distance[rows] // 5).astype(np.int16),
        distance_mm=distance[rows].astype(np.float32),
        doubt=np.zeros(count, np.float32),
        context=VoxelContext.unknown(count),
    )


def rows_of(tables):
    """Return all rows; every patient weighs the same."""
    sizes = [len(t.label) for t in tables]
    return TrainingRows(
        features=np.concatenate([t.features for t in tables]),
        distance_mm=np.concatenate([t.distance_mm for t in tables]),
        label=np.concatenate([t.label for t in tables]),
        weight=np.repeat([1 / size for size in sizes], sizes),
        patient=np.repeat(np.arange(len(tables)), sizes),
        voxel=np.concatenate([t.voxel for t in tables]),
        names=NAMES,
    )
