"""Boosted trees as a classifier of voxels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import ClassVar, Self

import lightgbm
import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.learning.boosted import fit_booster, load_booster, predict_booster
from gliofront.learning.booster_text import MAX_CHARACTERS, check_booster_text
from gliofront.learning.classifiers.classifier import (
    Tensors,
    TrainingRows,
    design,
    predicted_in_blocks,
    refuse_tensors,
)
from gliofront.learning.fit_watch import UNWATCHED, FitWatch
from gliofront.learning.settings import LearningSettings


@dataclass(frozen=True, eq=False)
class TreeClassifier:
    """LightGBM on features and, if wanted, the distance; undefined values have their own branch.

    Parameters
    ----------
    text : LightGBM text, checked before it is trusted.
    with_distance : whether the distance is its last column.
    """

    text: str
    with_distance: bool

    dense: ClassVar[bool] = False

    @classmethod
    def fit(
        cls, rows: TrainingRows, settings: LearningSettings, watch: FitWatch = UNWATCHED
    ) -> Self:
        """Fit; same rows and settings, same text."""
        seen = design(rows.features, rows.distance_mm, settings.with_distance)
        text = fit_booster(seen, rows.label, rows.weight, settings, watch)
        return cls(text, settings.with_distance)

    @classmethod
    def from_tensors(
        cls, tensors: Tensors, columns: int, settings: LearningSettings, subject: object
    ) -> Self:
        """Read it back; a text that is no trees of these columns is refused."""
        refuse_tensors(subject, tensors, {"booster": (np.uint8, 1)})
        data = tensors["booster"]
        if data.size > MAX_CHARACTERS:
            problem, mend = "the trees are too large", "fetch the model folder again"
            raise InputRefused(subject, problem, mend)
        try:
            text = data.tobytes().decode("ascii")
        except UnicodeDecodeError as error:
            problem, mend = "the trees are not text", "fetch the model folder again"
            raise InputRefused(subject, problem, mend) from error
        check_booster_text(text, columns + settings.with_distance, subject)
        return cls(text, settings.with_distance)

    def tensors(self) -> Tensors:
        """Return the text as bytes."""
        return {"booster": np.frombuffer(self.text.encode("ascii"), dtype=np.uint8)}

    @cached_property
    def booster(self) -> lightgbm.Booster:
        """The trees."""
        return load_booster(self.text)

    def predict(
        self,
        features: NDArray[np.float32],
        distance_mm: NDArray[np.floating],
        *,
        voxel: NDArray[np.integer],
        threads: int = 1,
    ) -> NDArray[np.float64]:
        """Return the probability of each row, (n,); see `VoxelClassifier`."""
        return predicted_in_blocks(
            partial(predict_booster, self.booster, threads=threads),
            features,
            distance_mm,
            self.with_distance,
        )
