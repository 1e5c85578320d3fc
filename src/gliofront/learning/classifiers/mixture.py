"""Distance and texture side by side: how much each is trusted is learned from patients held out.

Stacking (Wolpert, Neural Networks 5:241-259, 1992) of two experts: the distance null, and trees
that never see the distance. Where texture knows nothing its share goes to 0 and the distance is
left, so that this model cannot be much worse than the null that it is compared with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from gliofront.foundation.errors import InputRefused
from gliofront.learning.classifiers.classifier import (
    Tensors,
    TrainingRows,
    inner,
    outer,
    refuse_tensors,
)
from gliofront.learning.classifiers.trees import TreeClassifier
from gliofront.learning.distance import DistanceNull, fit_distance_null
from gliofront.learning.fit_watch import UNWATCHED, FitWatch
from gliofront.learning.recalibration import log_odds
from gliofront.learning.settings import LearningSettings
from gliofront.learning.splits import grouped_folds

_KINDS = {"knots_mm": (np.float64, 1), "share": (np.float64, 1), "stack": (np.float64, 1)}
_DISTANCE_ALONE = np.array([0.0, 1.0, 0.0])
# So weak that it only keeps two experts of one opinion from parting without bound.
_PENALTY = 1e-3


@dataclass(frozen=True, eq=False)
class MixtureClassifier:
    """Log odds = a + b log odds (distance) + c log odds (texture).

    Parameters
    ----------
    null : of the distance.
    texture : trees on the features alone.
    stack : (3,) a, b, c.
    """

    null: DistanceNull
    texture: TreeClassifier
    stack: NDArray[np.float64]

    dense: ClassVar[bool] = False

    @classmethod
    def fit(
        cls, rows: TrainingRows, settings: LearningSettings, watch: FitWatch = UNWATCHED
    ) -> Self:
        """Fit both experts, and their shares on patients that neither saw."""
        plain = settings.model_copy(update={"with_distance": False})
        opinions, seen = np.zeros((len(rows.label), 2)), np.zeros(len(rows.label), dtype=bool)
        for held in _folds(rows, settings):
            null, texture = _experts(rows.take(~held), plain, watch)
            opinions[held] = _opinions(null, texture, rows.take(held))
            seen |= held
        null, texture = _experts(rows, plain, watch)
        return cls(null, texture, _stacked(opinions[seen], rows.take(seen)))

    @classmethod
    def from_tensors(
        cls, tensors: Tensors, columns: int, settings: LearningSettings, subject: object
    ) -> Self:
        """Read it back; anything else is refused."""
        own = {name: tensor for name, tensor in tensors.items() if "." not in name}
        refuse_tensors(subject, own, _KINDS)
        if own["stack"].shape != (3,) or not np.isfinite(own["stack"]).all():
            problem = "the shares of distance and texture are not three numbers"
            raise InputRefused(subject, problem, "train the model again")
        plain = settings.model_copy(update={"with_distance": False})
        texture = TreeClassifier.from_tensors(inner("texture", tensors), columns, plain, subject)
        return cls(DistanceNull(own["knots_mm"], own["share"]), texture, own["stack"])

    def tensors(self) -> Tensors:
        """Return both experts and their shares."""
        own = {
            "knots_mm": self.null.knots_mm,
            "share": self.null.probability,
            "stack": self.stack,
        }
        return own | outer("texture", self.texture.tensors())

    def predict(
        self,
        features: NDArray[np.float32],
        distance_mm: NDArray[np.floating],
        *,
        voxel: NDArray[np.integer],
        threads: int = 1,
    ) -> NDArray[np.float64]:
        """Return the probability of each row, (n,); see `VoxelClassifier`."""
        texture = log_odds(
            self.texture.predict(features, distance_mm, voxel=voxel, threads=threads)
        )
        distance = log_odds(self.null.predict(distance_mm))
        return np.asarray(expit(self.stack[0] + self.stack[1] * distance + self.stack[2] * texture))


def _folds(rows: TrainingRows, settings: LearningSettings) -> Iterator[NDArray[np.bool_]]:
    """Yield the rows of the patients held out in turn; none if progression is in one patient."""
    people = np.unique(rows.patient)
    progressed = rows.weight * (rows.label == 1)
    volumes = {str(one): float(progressed[rows.patient == one].sum()) for one in people}
    if sum(volume > 0 for volume in volumes.values()) < 2:
        return
    for part in grouped_folds(volumes, min(settings.inner_folds, len(people)), settings.seed):
        yield np.isin(rows.patient, [int(one) for one in part.test])


def _experts(
    rows: TrainingRows, settings: LearningSettings, watch: FitWatch
) -> tuple[DistanceNull, TreeClassifier]:
    null = fit_distance_null(rows.distance_mm, rows.label, rows.weight)
    return null, TreeClassifier.fit(rows, settings, watch)


def _opinions(
    null: DistanceNull, texture: TreeClassifier, rows: TrainingRows
) -> NDArray[np.float64]:
    distance = null.predict(rows.distance_mm)
    return np.column_stack(
        [
            log_odds(distance),
            log_odds(texture.predict(rows.features, rows.distance_mm, voxel=rows.voxel)),
        ]
    )


def _stacked(opinions: NDArray[np.float64], rows: TrainingRows) -> NDArray[np.float64]:
    """Return a, b, c; the distance alone where no patient could be held out."""
    if not len(opinions):
        return _DISTANCE_ALONE.copy()
    weight = rows.weight * len(rows.weight) / rows.weight.sum()
    model = LogisticRegression(C=1 / _PENALTY).fit(opinions, rows.label, sample_weight=weight)
    return np.array([model.intercept_[0], *model.coef_[0]], dtype=np.float64)
