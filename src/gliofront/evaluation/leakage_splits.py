"""Splits of the leakage laboratory: two of them part the voxels of a patient, as no honest one may.

They are masks over sampled rows. Nothing that learns a model for use takes such masks: it takes a
`Partition`, which holds patients only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from gliofront.evaluation.settings import EvaluationSettings
from gliofront.foundation.errors import InputRefused
from gliofront.foundation.settings import Settings
from gliofront.learning.classifiers.classifier import TrainingRows
from gliofront.learning.sampling import patient_generator
from gliofront.learning.settings import LearningSettings
from gliofront.learning.splits import Partition, grouped_folds, leave_one_site_out
from gliofront.learning.table import PatientVoxels
from gliofront.learning.table_files import release

BoolArray = NDArray[np.bool_]

VOXEL, BLOCK, PATIENT, SITE = "voxel", "block", "patient", "site"
LEAST_PATIENTS = 3
# 70 % teach; the 15 % for stopping and 15 % for testing of Yan et al., Sci Rep 2020, are held.
_HELD_SHARE = 0.3
_SUBJECT = "leakage laboratory"


class LeakageSettings(Settings):
    """What the leakage laboratory draws and how it cuts blocks."""

    voxels_per_patient: int = Field(
        default=2000, ge=10, le=1_000_000, description="Most voxels drawn of each patient."
    )
    block_mm: float = Field(
        default=20.0, gt=0, le=200, description="Edge of the cubes of the spatial-block split."
    )


@dataclass(frozen=True, eq=False)
class Pool:
    """The drawn voxels of all patients: the same for every split.

    Parameters
    ----------
    patients : canonical ids, sorted; their positions are the numbers in `rows.patient`.
    sites : (k,) where each was scanned; empty if unknown.
    progression_ml : (k,) volume labelled progression, mL.
    rows : (n,) voxels, patient by patient, of equal weight within a patient.
    place_mm : (n, 3) in the patient's working grid.
    may_teach : (n,) whether the label is certain enough to learn from; all are scored.
    """

    patients: tuple[str, ...]
    sites: tuple[str, ...]
    progression_ml: tuple[float, ...]
    rows: TrainingRows
    place_mm: NDArray[np.float64]
    may_teach: BoolArray


@dataclass(frozen=True, eq=False)
class RowFold:
    """Rows of a pool to learn from and rows to score, perhaps of the same patient.

    Parameters
    ----------
    teaches, held : (n,) masks without a common row.
    """

    teaches: BoolArray
    held: BoolArray


def draw_pool(
    tables: Sequence[PatientVoxels], learning: LearningSettings, settings: LeakageSettings
) -> Pool:
    """Draw voxels of each patient evenly from the usable ones, without map dropout.

    An even draw keeps the prevalence, so scores of the drawn voxels need no weights. Neither the
    order of the patients nor the other patients change what is drawn of one. Patients without a
    usable voxel are left out.

    Raises
    ------
    InputRefused
        If fewer than `LEAST_PATIENTS` are left, one comes twice, or columns differ.
    """
    _check(tables)
    ordered = sorted(tables, key=lambda table: table.patient)
    drawn = [(table, _drawn(table, settings.voxels_per_patient, learning)) for table in ordered]
    told = [(table, rows) for table, rows in drawn if rows.size]
    if len(told) < LEAST_PATIENTS:
        problem = f"{len(told)} patients with labelled voxels"
        raise InputRefused(_SUBJECT, problem, f"give at least {LEAST_PATIENTS} patients")
    return Pool(
        patients=tuple(table.patient for table, _ in told),
        sites=tuple(table.site for table, _ in told),
        progression_ml=tuple(table.progression_ml for table, _ in told),
        rows=_training_rows(told),
        place_mm=np.concatenate([_place_mm(table, rows) for table, rows in told]),
        may_teach=np.concatenate([table.doubt[r] <= learning.most_doubt for table, r in told]),
    )


def _check(tables: Sequence[PatientVoxels]) -> None:
    if len({table.patient for table in tables}) != len(tables):
        raise InputRefused(_SUBJECT, "a patient comes twice", "give each patient once")
    if len({table.names for table in tables}) > 1:
        problem = "patients have different feature columns"
        raise InputRefused(_SUBJECT, problem, "compute all features with the same settings")


def _drawn(table: PatientVoxels, most: int, learning: LearningSettings) -> NDArray[np.intp]:
    usable = np.flatnonzero(table.usable)
    rng = patient_generator(learning.seed, table.patient, "leakage")
    return np.sort(rng.choice(usable, size=min(most, usable.size), replace=False))


def _training_rows(told: Sequence[tuple[PatientVoxels, NDArray[np.intp]]]) -> TrainingRows:
    counts = [rows.size for _, rows in told]
    features = []
    for table, rows in told:
        features.append(np.asarray(table.features[rows]))
        release(table)
    return TrainingRows(
        features=np.concatenate(features),
        distance_mm=np.concatenate([table.distance_mm[rows] for table, rows in told]),
        label=np.concatenate([table.label[rows] for table, rows in told]),
        weight=np.repeat(1.0 / np.array(counts), counts),
        patient=np.repeat(np.arange(len(told)), counts),
        voxel=np.concatenate([table.voxel[rows] for table, rows in told]),
        names=told[0][0].names,
    )


def _place_mm(table: PatientVoxels, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return places (m, 3); the working grid is isotropic, so a voxel's volume tells its edge."""
    edge_mm = np.cbrt(table.voxel_ml * 1000.0)
    return np.asarray(table.voxel[rows] * edge_mm, dtype=np.float64)


def _voxel_folds(
    pool: Pool, settings: LeakageSettings, evaluation: EvaluationSettings
) -> tuple[RowFold, ...]:
    """Return the paper's split: every voxel by itself is held with a chance of 30 %."""
    return _held_within(pool, evaluation.seed, lambda place, rng: rng.random(len(place)))


def _block_folds(
    pool: Pool, settings: LeakageSettings, evaluation: EvaluationSettings
) -> tuple[RowFold, ...]:
    """Return a split of whole cubes, about 30 % of each patient's voxels held."""

    def ranks(place: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
        return _block_ranks(np.floor(place / settings.block_mm), rng)

    return _held_within(pool, evaluation.seed, ranks)


def _block_ranks(cube: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the share of voxels in cubes that come before a voxel's own in a random order, (m,).

    Parameters
    ----------
    cube : (m, 3) whole numbers, which cube a voxel lies in.
    """
    _, where, sizes = np.unique(cube, axis=0, return_inverse=True, return_counts=True)
    order = rng.permutation(sizes.size)
    before = np.empty(sizes.size)
    before[order] = np.cumsum(sizes[order]) - sizes[order]
    return np.asarray(before[where.ravel()] / len(cube))


def _held_within(
    pool: Pool,
    seed: int,
    ranks: Callable[[NDArray[np.float64], np.random.Generator], NDArray[np.float64]],
) -> tuple[RowFold, ...]:
    """Return one fold that holds the rows of each patient whose rank is below the held share.

    Parameters
    ----------
    ranks : from places (m, 3) of a patient and a generator to ranks (m,), 0 to 1.
    """
    held = np.zeros(len(pool.rows.label), dtype=bool)
    for number, patient in enumerate(pool.patients):
        rows = pool.rows.patient == number
        rng = patient_generator(seed, patient, "leakage-split")
        held[rows] = ranks(pool.place_mm[rows], rng) < _HELD_SHARE
    return (_fold(pool, held),)


def _patient_folds(
    pool: Pool, settings: LeakageSettings, evaluation: EvaluationSettings
) -> tuple[RowFold, ...]:
    volumes = dict(zip(pool.patients, pool.progression_ml, strict=True))
    parts = grouped_folds(volumes, min(evaluation.folds, len(volumes)), evaluation.seed)
    return _of_whole_patients(pool, parts)


def _site_folds(
    pool: Pool, settings: LeakageSettings, evaluation: EvaluationSettings
) -> tuple[RowFold, ...]:
    parts = leave_one_site_out(dict(zip(pool.patients, pool.sites, strict=True)))
    return _of_whole_patients(pool, parts)


def _of_whole_patients(pool: Pool, parts: Sequence[Partition]) -> tuple[RowFold, ...]:
    numbers = {patient: number for number, patient in enumerate(pool.patients)}
    tested = [[numbers[patient] for patient in part.test] for part in parts]
    return tuple(_fold(pool, np.isin(pool.rows.patient, held)) for held in tested)


def _fold(pool: Pool, held: BoolArray) -> RowFold:
    return RowFold(teaches=~held & pool.may_teach, held=held)


Split = Callable[[Pool, LeakageSettings, EvaluationSettings], tuple[RowFold, ...]]

SPLITS: Mapping[str, Split] = {
    VOXEL: _voxel_folds,
    BLOCK: _block_folds,
    PATIENT: _patient_folds,
    SITE: _site_folds,
}
"""The splits by name, from the most flattering on; each holds a row at most once.

A split that the cohort does not allow raises `InputRefused`.
"""
