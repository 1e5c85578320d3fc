"""A trained model: a classifier, the distance null beside it, and what they were made from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from gliofront.foundation.errors import InputRefused
from gliofront.foundation.settings import Settings
from gliofront.learning.classifiers.classifier import VoxelClassifier
from gliofront.learning.distance import DistanceNull
from gliofront.learning.novelty import CohortReference
from gliofront.learning.recalibration import (
    IsotonicRecalibration,
    LogisticRecalibration,
    VennAbers,
)
from gliofront.learning.settings import LearningSettings
from gliofront.learning.table import REFERENCE_MAP, columns_of, map_of, predictable

Recalibration = LogisticRecalibration | IsotonicRecalibration | VennAbers
_SAME_SETTINGS = "compute the features with the settings stored in the model"


class GroupedScore(Settings):
    """A score whose test patients were never trained on."""

    name: str = Field(description="Such as auroc.")
    split: Literal["patient", "site"] = Field(description="What the folds kept together.")
    mean: float = Field(description="Mean over patients.")
    low: float | None = Field(description="Lower end of the 95 % interval.")
    high: float | None = Field(description="Upper end of the 95 % interval.")
    patients: int = Field(ge=1, description="Patients in whom the score is defined.")


class CandidateScore(Settings):
    """What a candidate was worth in patients held out inside the training."""

    candidate: str = Field(description="The settings that set it apart.")
    auroc: float | None = Field(description="Mean over patients; none if undefined in all.")


class TrainingSummary(Settings):
    """What a model learned from."""

    patients: int = Field(ge=1, description="Number of patients.")
    with_progression: int = Field(ge=0, description="Patients with progression in the region.")
    voxels: int = Field(ge=1, description="Sampled voxels.")
    sites: tuple[str, ...] = Field(description="Sites, sorted.")
    scores: tuple[GroupedScore, ...] = Field(
        default=(), description="Scores in patients held out of the training."
    )
    candidates: tuple[CandidateScore, ...] = Field(
        default=(), description="Among which the settings of learning were chosen; the best first."
    )


@dataclass(frozen=True, eq=False)
class Model:
    """All that a prediction needs, immutable.

    Parameters
    ----------
    classifier : of the kind that the settings name.
    recalibration : mends its probabilities, learned from training patients held out in turn.
    distance_null : progression probability from the distance alone, same training patients.
    names : feature columns, in the order of the table.
    absent_ok : maps that the classifier learned to do without.
    threshold, distance_threshold : above which a voxel is called progression by each.
    prevalence : mean over training patients of the share of progression voxels.
    settings : of the learning.
    preparation : settings of everything before it, as the workflow handed them over.
    sequences : image kinds that a patient should have.
    training : what it learned from, with its scores.
    cohort : the training patients' features, to tell how unusual a new patient is; None where they
        were too few.
    inner : classifiers that each lacked some of the training patients; none if nobody could be
        held out.
    """

    classifier: VoxelClassifier
    recalibration: Recalibration | None
    distance_null: DistanceNull
    names: tuple[str, ...]
    absent_ok: tuple[str, ...]
    threshold: float
    distance_threshold: float
    prevalence: float
    settings: LearningSettings
    preparation: Mapping[str, Any]
    sequences: tuple[str, ...]
    training: TrainingSummary
    cohort: CohortReference | None = None
    inner: tuple[VoxelClassifier, ...] = ()

    def __post_init__(self) -> None:
        """Check the numbers that every prediction is compared with."""
        finite = math.isfinite(self.threshold) and math.isfinite(self.distance_threshold)
        if not finite or not 0 <= self.prevalence <= 1:
            problem = "a threshold is not finite or the prevalence is not a share"
            raise InputRefused("model", problem, "train the model again")

    @property
    def maps(self) -> tuple[str, ...]:
        """Maps that the columns come from, in order."""
        return tuple(dict.fromkeys(map_of(name) for name in self.names))

    def with_scores(self, scores: Sequence[GroupedScore]) -> Model:
        """Return the same model with its cross-validated scores."""
        training = self.training.model_copy(update={"scores": tuple(scores)})
        return replace(self, training=training)

    def with_cohort(self, cohort: CohortReference) -> Model:
        """Return the same model with the training patients to compare new ones with."""
        return replace(self, cohort=cohort)

    def predict(
        self,
        features: NDArray[np.float32],
        distance_mm: NDArray[np.floating],
        names: Sequence[str],
        *,
        voxel: NDArray[np.integer],
        missing: Sequence[str] = (),
        threads: int = 1,
    ) -> NDArray[np.float64]:
        """Return the probability of progression of each voxel, (n,), 0 to 1.

        NaN where T1C's features or the distance are undefined, and where another map is
        undefined that the classifier did not learn to do without.

        Parameters
        ----------
        features : (n, p) float32, columns as `names`.
        distance_mm : (n,) to the enhancing tumour.
        names : column names; must be the model's own, in its order.
        voxel : (n, 3) indices in the working grid.
        missing : maps that the patient lacks; their columns hold NaN.
        threads : of the prediction; changes no bit.

        Raises
        ------
        InputRefused
            If columns are missing, extra or in another order, or the model needs a missing map.
        """
        self._check_columns(tuple(names), features)
        self._check_missing(missing, features)
        return self._said_by(self.classifier, features, distance_mm, voxel, threads)

    def predict_range(
        self,
        said: NDArray[np.float64],
        features: NDArray[np.float32],
        distance_mm: NDArray[np.floating],
        *,
        voxel: NDArray[np.integer],
        threads: int = 1,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the lowest and highest probability of each voxel, (n,) each, NaN as in `said`.

        The classifiers of `inner` and the model itself were taught by different patients: where
        they part, the cohort does not settle the answer. No share of truths is promised to lie
        between.

        Parameters
        ----------
        said : (n,) what `predict` returned for the rows that follow.
        """
        others = [
            self._said_by(classifier, features, distance_mm, voxel, threads)
            for classifier in self.inner
        ]
        return np.min([said, *others], axis=0), np.max([said, *others], axis=0)

    def _said_by(
        self,
        classifier: VoxelClassifier,
        features: NDArray[np.float32],
        distance_mm: NDArray[np.floating],
        voxel: NDArray[np.integer],
        threads: int,
    ) -> NDArray[np.float64]:
        usable = self._usable(features, distance_mm)
        found = np.full(len(features), np.nan)
        everything = bool(usable.all())
        # A whole table is not copied, for it may lie on disk and be larger than the memory.
        rows = features if everything else features[usable]
        where = distance_mm if everything else distance_mm[usable]
        said = classifier.predict(rows, where, voxel=voxel[usable], threads=threads)
        found[usable] = said if self.recalibration is None else self.recalibration.predict(said)
        return found

    def _usable(
        self, features: NDArray[np.float32], distance_mm: NDArray[np.floating]
    ) -> NDArray[np.bool_]:
        usable = predictable(features, distance_mm, self.names)
        needed = [m for m in self.maps if m not in (*self.absent_ok, REFERENCE_MAP)]
        for name in needed:
            usable &= ~np.isnan(features[:, columns_of(self.names, name)]).any(axis=1)
        return usable

    def _check_columns(self, names: tuple[str, ...], features: NDArray[np.float32]) -> None:
        if names == self.names and features.shape[1:] == (len(names),):
            return
        lacking = [name for name in self.names if name not in names]
        extra = [name for name in names if name not in self.names]
        problem = (
            f"the model needs {len(self.names)} columns in its order; "
            f"missing: {_some(lacking)}; extra: {_some(extra)}"
        )
        raise InputRefused("features", problem, _SAME_SETTINGS)

    def _check_missing(self, missing: Sequence[str], features: NDArray[np.float32]) -> None:
        for name in missing:
            columns = columns_of(self.names, name)
            if not columns.size:
                raise InputRefused(name, "the model has no such map", _SAME_SETTINGS)
            if name == REFERENCE_MAP or name not in self.absent_ok:
                problem = "the map is missing and the model did not learn to do without it"
                raise InputRefused(name, problem, "add the map, or train with map dropout")
            if not np.isnan(features[:, columns]).all():
                problem = "the map is said to be missing but has values"
                raise InputRefused(name, problem, "leave its columns NaN or do not list it")


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return (", ".join(names[:3]) or "none") + more
