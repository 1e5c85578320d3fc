"""Out-of-fold predictions: every patient is predicted by a model that never saw that patient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gliofront.evaluation.null_ladder import NullLadder, fit_ladder
from gliofront.evaluation.places import Places
from gliofront.evaluation.prediction import Prediction
from gliofront.foundation.errors import InputRefused
from gliofront.learning.model import Model
from gliofront.learning.settings import LearningSettings
from gliofront.learning.splits import Partition
from gliofront.learning.table import PatientVoxels, columns_of

MODEL, DISTANCE, PREVALENCE = "model", "distance", "prevalence"
PREDICTORS = (MODEL, DISTANCE, PREVALENCE)
"""Those that are always there; the rest of the ladder as far as a patient's data go."""
WITHOUT = "without_{}"
"""The model as if a map were missing."""


@dataclass(frozen=True, eq=False)
class HeldOutPatient:
    """A patient with the predictions of all predictors on the same voxels.

    Parameters
    ----------
    patient, site, fold : who, where, and the partition that held the patient out.
    rows : (n,) rows of the patient's table that are scored: labelled, and defined for the model.
    progression : (n,) bool, the truth.
    predictions : predictor name to its predictions, (n,) each.
    left_out : labelled voxels that no score counts, since the model is undefined there.
    progression_ml : volume of all voxels labelled progression, mL.
    places : of the rows; None if they are not kept.
    spread : (n, 2), the lowest and highest that classifiers of the inner folds and the model say;
        None if it is not kept.
    """

    patient: str
    site: str
    fold: str
    rows: NDArray[np.intp]
    progression: NDArray[np.bool_]
    predictions: Mapping[str, Prediction]
    left_out: int
    progression_ml: float
    places: Places | None = None
    spread: NDArray[np.float64] | None = None

    @property
    def ladder(self) -> tuple[str, ...]:
        """Names of the model and of its nulls, without the model that lacks a map."""
        return tuple(n for n in self.predictions if not n.startswith(WITHOUT.format("")))


class Progress(Protocol):
    """Called after each fold."""

    def __call__(self, done: int, total: int, name: str) -> None:
        """Take the number of folds done, of all, and the name of the last."""


def out_of_fold(
    tables: Sequence[PatientVoxels],
    partitions: Sequence[Partition],
    fit: Callable[[Sequence[PatientVoxels]], Model],
    learning: LearningSettings,
    *,
    progress: Progress | None = None,
) -> tuple[HeldOutPatient, ...]:
    """Predict each test patient of each partition with a model of its training patients.

    Classifier, nulls, prevalence and all thresholds come from the training side alone.

    Parameters
    ----------
    tables : voxels of all patients.
    partitions : of these patients; a patient may be tested once only.
    fit : from training tables to a model.
    learning : how the nulls sample voxels.
    progress : told after each fold.

    Returns
    -------
    One entry a test patient, sorted by patient.

    Raises
    ------
    InputRefused
        If a partition names a patient without a table, or a patient is tested twice.
    """
    by_patient = {table.patient: table for table in tables}
    _check(partitions, by_patient)
    found: list[HeldOutPatient] = []
    for done, part in enumerate(partitions, start=1):
        train = [by_patient[patient] for patient in part.train]
        model, ladder = fit(train), fit_ladder(train, learning)
        found += [predict_patient(model, ladder, by_patient[p], part.name) for p in part.test]
        if progress is not None:
            progress(done, len(partitions), part.name)
    return tuple(sorted(found, key=lambda held: held.patient))


def _check(partitions: Sequence[Partition], known: Mapping[str, PatientVoxels]) -> None:
    named = {patient for part in partitions for patient in (*part.train, *part.test)}
    unknown = sorted(named - set(known))
    if unknown:
        problem = f"no voxels of {', '.join(unknown[:5])}"
        raise InputRefused("folds", problem, "make the folds from the patients that have features")
    tested = [patient for part in partitions for patient in part.test]
    if len(set(tested)) != len(tested):
        raise InputRefused("folds", "a patient is tested twice", "test each patient in one fold")


def predict_patient(
    model: Model, ladder: NullLadder, table: PatientVoxels, fold: str
) -> HeldOutPatient:
    """Predict a patient by the model and by all nulls, on the voxels where the model is defined.

    The model is asked once more without each map that it learned to do without.
    """
    labelled = np.flatnonzero(table.label >= 0)
    whole = model.predict(table.features, table.distance_mm, table.names, voxel=table.voxel)
    chance = whole[labelled]
    defined = np.isfinite(chance)
    rows = labelled[defined]
    null = model.distance_null.predict(table.distance_mm[rows])
    constant = np.full(rows.size, model.prevalence)
    # Calls nothing unless most voxels progress: the all-negative null.
    above = model.prevalence if model.prevalence > 0.5 else np.nextafter(model.prevalence, 2.0)
    return HeldOutPatient(
        patient=table.patient,
        site=table.site,
        fold=fold,
        rows=rows,
        progression=table.label[rows] == 1,
        predictions={
            MODEL: Prediction(chance[defined], model.threshold),
            DISTANCE: Prediction(null, model.distance_threshold),
            PREVALENCE: Prediction(constant, float(above)),
            **ladder.predict(table, rows),
            **_without_maps(model, table, rows),
        },
        left_out=int(np.count_nonzero(~defined)),
        progression_ml=table.progression_ml,
        places=_places(table, rows),
        spread=_spread(model, table, whole, rows),
    )


def _spread(
    model: Model, table: PatientVoxels, said: NDArray[np.float64], rows: NDArray[np.intp]
) -> NDArray[np.float64] | None:
    if not model.inner:
        return None  # with nobody to disagree, agreement says nothing
    # Of the whole patient, for a model may see voxels side by side.
    low, high = model.predict_range(said, table.features, table.distance_mm, voxel=table.voxel)
    return np.column_stack([low[rows], high[rows]])


def _without_maps(
    model: Model, table: PatientVoxels, rows: NDArray[np.intp]
) -> dict[str, Prediction]:
    """Return the model's predictions as if each of the patient's maps were missing in turn."""
    found = {}
    for name in model.absent_ok:
        columns = columns_of(table.names, name)
        spoilt = np.array(table.features)
        if np.isnan(spoilt[:, columns]).all():
            continue  # the patient lacks it anyway
        spoilt[:, columns] = np.nan
        chance = model.predict(spoilt, table.distance_mm, table.names, voxel=table.voxel)
        found[WITHOUT.format(name)] = Prediction(chance[rows], model.threshold)
    return found


def _places(table: PatientVoxels, rows: NDArray[np.intp]) -> Places:
    distance, path = table.distance_mm[rows], table.context.path_mm[rows]
    known = np.where(np.isnan(path), distance, path)
    return Places(table.voxel[rows], distance, known, table.voxel_ml)
