"""Several classifiers as one: the mean of their log odds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from gliofront.foundation.errors import InputRefused
from gliofront.learning.classifiers.classifier import (
    ClassifierKind,
    Tensors,
    TrainingRows,
    VoxelClassifier,
    inner,
    outer,
)
from gliofront.learning.classifiers.mixture import MixtureClassifier
from gliofront.learning.classifiers.neural import NetworkClassifier
from gliofront.learning.classifiers.rank_logistic import RankLogisticClassifier
from gliofront.learning.classifiers.trees import TreeClassifier
from gliofront.learning.fit_watch import UNWATCHED, FitWatch
from gliofront.learning.recalibration import log_odds
from gliofront.learning.settings import LearningSettings

MEMBERS: Mapping[str, ClassifierKind] = {
    "boosted": TreeClassifier,
    "network": NetworkClassifier,
    "logistic": RankLogisticClassifier,
    "mixture": MixtureClassifier,
}
"""The members by name; every one counts the same, for weights would have to be learned too."""


@dataclass(frozen=True, eq=False)
class EnsembleClassifier:
    """The geometric mean of the odds of its members.

    Parameters
    ----------
    members : name, one of `MEMBERS`, to fitted classifier.
    """

    members: Mapping[str, VoxelClassifier]

    dense: ClassVar[bool] = False

    @classmethod
    def fit(
        cls, rows: TrainingRows, settings: LearningSettings, watch: FitWatch = UNWATCHED
    ) -> Self:
        """Fit every member on the same rows."""
        return cls({name: kind.fit(rows, settings, watch) for name, kind in MEMBERS.items()})

    @classmethod
    def from_tensors(
        cls, tensors: Tensors, columns: int, settings: LearningSettings, subject: object
    ) -> Self:
        """Read it back; a missing or unknown member is refused."""
        unknown = {name.split(".")[0] for name in tensors} ^ set(MEMBERS)
        if unknown:
            problem = f"the members {', '.join(sorted(unknown))} are missing or unknown"
            raise InputRefused(subject, problem, "train the model again")
        return cls(
            {
                name: kind.from_tensors(inner(name, tensors), columns, settings, subject)
                for name, kind in MEMBERS.items()
            }
        )

    def tensors(self) -> Tensors:
        """Return those of all members."""
        found: dict[str, NDArray[np.generic]] = {}
        for name, member in self.members.items():
            found |= outer(name, member.tensors())
        return found

    def predict(
        self,
        features: NDArray[np.float32],
        distance_mm: NDArray[np.floating],
        *,
        voxel: NDArray[np.integer],
        threads: int = 1,
    ) -> NDArray[np.float64]:
        """Return the probability of each row, (n,); see `VoxelClassifier`."""
        odds = [
            log_odds(member.predict(features, distance_mm, voxel=voxel, threads=threads))
            for member in self.members.values()
        ]
        return np.asarray(expit(np.mean(odds, axis=0)))
