"""A regularised logistic regression on the ranks of each feature within the patient.

A rank is free of the scanner's scale and of the patient's own level: what is left is where in this
patient a feature is high. It is the baseline that anything with more parameters has to beat.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression

from gliofront.foundation.errors import InputRefused
from gliofront.learning.classifiers.classifier import Tensors, TrainingRows, refuse_tensors
from gliofront.learning.fit_watch import UNWATCHED, FitWatch
from gliofront.learning.settings import LearningSettings

_MOST_STEPS = 300


@dataclass(frozen=True, eq=False)
class RankLogisticClassifier:
    """Log odds as a weighted sum of ranks.

    Parameters
    ----------
    coefficients : (p,) of the features, then, if the distance is used, one more of its rank.
    intercept : log odds where all ranks are in the middle, as undefined ones count.
    """

    coefficients: NDArray[np.float64]
    intercept: float

    dense: ClassVar[bool] = False

    @classmethod
    def fit(
        cls, rows: TrainingRows, settings: LearningSettings, watch: FitWatch = UNWATCHED
    ) -> Self:
        """Fit with an L2 penalty; same rows and settings, same coefficients."""
        width = len(rows.names) + settings.with_distance
        ranks = np.empty((len(rows.label), width), dtype=np.float32)
        for one in np.unique(rows.patient):
            here = rows.patient == one
            for column, values in enumerate(_columns(rows.features[here], rows.distance_mm[here])):
                if column < width:
                    ranks[here, column] = centred_ranks(values)
        model = LogisticRegression(C=1 / settings.penalty, max_iter=_MOST_STEPS)
        # The penalty is against the sum over rows, so the weights keep its meaning.
        weight = rows.weight * len(rows.weight) / rows.weight.sum()
        model.fit(ranks, rows.label, sample_weight=weight)
        return cls(np.array(model.coef_[0], dtype=np.float64), float(model.intercept_[0]))

    @classmethod
    def from_tensors(
        cls, tensors: Tensors, columns: int, settings: LearningSettings, subject: object
    ) -> Self:
        """Read it back; tensors of other columns are refused."""
        refuse_tensors(subject, tensors, {"coefficients": (np.float64, 1)})
        found = tensors["coefficients"]
        if found.size != columns + settings.with_distance + 1 or not np.isfinite(found).all():
            problem = "the coefficients do not belong to the columns"
            raise InputRefused(subject, problem, "fetch the model folder again")
        return cls(found[:-1], float(found[-1]))

    def tensors(self) -> Tensors:
        """Return the coefficients, the intercept last."""
        return {"coefficients": np.append(self.coefficients, self.intercept)}

    def predict(
        self,
        features: NDArray[np.float32],
        distance_mm: NDArray[np.floating],
        *,
        voxel: NDArray[np.integer],
        threads: int = 1,
    ) -> NDArray[np.float64]:
        """Return the probability of each row, (n,); the rows are one whole patient."""
        odds = np.full(len(features), self.intercept)
        columns = _columns(features, distance_mm)
        for coefficient, values in zip(self.coefficients, columns, strict=False):
            odds += coefficient * centred_ranks(values)
        return np.asarray(expit(odds))


def _columns(
    features: NDArray[np.float32], distance_mm: NDArray[np.floating]
) -> list[NDArray[np.floating]]:
    return [*features.T, distance_mm]


def centred_ranks(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return ranks from -1 to 1, ties sharing theirs; 0, the middle, where undefined.

    >>> centred_ranks(np.array([5.0, np.nan, 7.0, 5.0])).round(3).tolist()
    [-0.333, 0.0, 0.667, -0.333]
    """
    found = np.zeros(len(values))
    there = np.isfinite(values)
    count = int(np.count_nonzero(there))
    if count:
        found[there] = (2 * rankdata(values[there]) - 1) / count - 1
    return found
