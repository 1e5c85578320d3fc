"""Training voxels: a seeded sample of each patient, equal weight a patient, and map dropout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.learning.table import REFERENCE_MAP, PatientVoxels, columns_of, map_of


@dataclass(frozen=True, eq=False)
class Sample:
    """Sampled voxels of one patient.

    Parameters
    ----------
    patient : canonical id.
    features : (m, p) float32.
    distance_mm : (m,) float32.
    voxel : (m, 3) int32, indices in the working grid.
    label : (m,) int8, 0 or 1.
    weight : (m,) float64, sums to 1; the weighted share of label 1 is the patient's prevalence.
    """

    patient: str
    features: NDArray[np.float32]
    distance_mm: NDArray[np.float32]
    voxel: NDArray[np.int32]
    label: NDArray[np.int8]
    weight: NDArray[np.float64]

    @property
    def prevalence(self) -> float:
        """Share of progression among the usable voxels of the patient."""
        return float(self.weight[self.label == 1].sum())


def patient_generator(seed: int, patient: str, purpose: str) -> np.random.Generator:
    """Return a generator of this patient alone, so that others do not change what it draws."""
    return np.random.default_rng([seed, *f"{purpose}/{patient}".encode()])


def sampled_rows(
    table: PatientVoxels, most: int, seed: int, most_doubt: float = 1.0
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Draw at most `most` usable voxels, each class in its share but at least one of each.

    The weights restore the prevalence among the usable voxels exactly, whatever rounding did.
    Voxels of more doubt than `most_doubt` are not used.

    Returns
    -------
    Rows of the table, (m,) rising, and their weights, (m,), which sum to 1.
    """
    rng = patient_generator(seed, table.patient, "sample")
    usable = np.flatnonzero(table.usable & (table.doubt <= most_doubt))
    label = table.label[usable]
    keep, weight = [], []
    for value in (0, 1):
        rows = usable[label == value]
        count = min(len(rows), max(1, round(most * len(rows) / max(len(usable), most))))
        keep.append(rng.choice(rows, size=count, replace=False))
        weight.append(np.full(count, len(rows) / len(usable) / count if count else 0.0))
    rows = np.concatenate(keep)
    order = np.argsort(rows)
    return rows[order], np.concatenate(weight)[order]


def sample_patient(table: PatientVoxels, most: int, seed: int, most_doubt: float = 1.0) -> Sample:
    """Return the voxels that `sampled_rows` draws."""
    rows, weight = sampled_rows(table, most, seed, most_doubt)
    return Sample(
        patient=table.patient,
        features=np.asarray(table.features[rows]),
        distance_mm=table.distance_mm[rows],
        voxel=table.voxel[rows],
        label=table.label[rows],
        weight=weight,
    )


def drop_maps(
    features: NDArray[np.float32],
    names: Sequence[str],
    share: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Return a copy in which a share of the rows lost one or more whole maps.

    A row that loses maps loses a number drawn evenly from 1 to all of them but T1C, which is
    never lost: NaN in every column of the map. So trees learn a way past each missing map.

    Parameters
    ----------
    features : (n, p) float32.
    names : (p,) column names.
    share : probability that a row loses maps, 0 to 1.
    """
    spoilt = np.array(features)
    maps = [m for m in dict.fromkeys(map_of(n) for n in names) if m != REFERENCE_MAP]
    if not maps or share == 0:
        return spoilt
    hit = rng.random(len(spoilt)) < share
    how_many = rng.integers(1, len(maps), size=len(spoilt), endpoint=True)
    rank = rng.random((len(spoilt), len(maps))).argsort(axis=1)
    lost = hit[:, None] & (rank < how_many[:, None])
    for place, name in enumerate(maps):
        spoilt[np.ix_(lost[:, place], columns_of(tuple(names), name))] = np.nan
    return spoilt
