"""The paper's network as a classifier of voxels."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.learning.classifiers.classifier import (
    Tensors,
    TrainingRows,
    design,
    predicted_in_blocks,
)
from gliofront.learning.fit_watch import UNWATCHED, FitProgress, FitWatch
from gliofront.learning.network import (
    Progress,
    ScaledConjugateGradientClassifier,
    StateRefused,
    TrainingState,
)
from gliofront.learning.network_checkpoint import read_state, write_state
from gliofront.learning.settings import LearningSettings

# With fewer, the one patient set aside would say too little; rows are set aside then: assumed.
_ENOUGH_PATIENTS = 7
# So often the state of a training is written; a shorter one is sooner done again than read.
_KEEP_SECONDS = 60.0


@dataclass(frozen=True, eq=False)
class NetworkClassifier:
    """Tanh layers and softmax, trained by scaled conjugate gradients (Yan et al., Sci Rep 2020).

    The paper set voxels aside to stop the training; here whole patients are, unless the settings
    ask for it, since voxels of a patient who teaches cannot tell when the patient is learned by
    heart.

    Parameters
    ----------
    network : fitted.
    with_distance : whether the distance is its last input.
    """

    network: ScaledConjugateGradientClassifier
    with_distance: bool

    dense: ClassVar[bool] = False

    @classmethod
    def fit(
        cls, rows: TrainingRows, settings: LearningSettings, watch: FitWatch = UNWATCHED
    ) -> Self:
        """Fit; same rows and settings, same weights."""
        network = ScaledConjugateGradientClassifier(
            hidden=settings.hidden, max_epochs=settings.epochs, seed=settings.seed
        )
        enough = len(np.unique(rows.patient)) >= _ENOUGH_PATIENTS
        groups = rows.patient if enough and settings.stopping == "patients" else None
        seen = design(rows.features, rows.distance_mm, settings.with_distance)
        keeper = _Keeper(watch, settings.epochs, _file_of(watch, rows, settings))
        try:
            network.fit(
                seen,
                rows.label,
                sample_weight=rows.weight,
                groups=groups,
                on_epoch=keeper,
                state=keeper.kept(),
            )
        except StateRefused:  # of data that changed since
            network.fit(seen, rows.label, sample_weight=rows.weight, groups=groups, on_epoch=keeper)
        except ValueError as error:
            mend = "give more patients with progression, or another kind of model"
            raise InputRefused("training of the network", str(error), mend) from error
        return cls(network, settings.with_distance)

    @classmethod
    def from_tensors(
        cls, tensors: Tensors, columns: int, settings: LearningSettings, subject: object
    ) -> Self:
        """Read it back; tensors that are no network of these columns are refused."""
        mend = "fetch the model folder again or train the model again"
        try:
            network = ScaledConjugateGradientClassifier.from_tensors(tensors)
        except ValueError as error:
            raise InputRefused(subject, str(error), mend) from error
        if network.n_features_in_ != columns + settings.with_distance:
            problem = f"the network takes {network.n_features_in_} columns"
            raise InputRefused(subject, problem, mend)
        return cls(network, settings.with_distance)

    def tensors(self) -> Tensors:
        """Return the weights and the mapping of the inputs."""
        return self.network.to_tensors()

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
            lambda seen: self.network.predict_proba(seen)[:, 1],
            features,
            distance_mm,
            self.with_distance,
        )


class _Keeper:
    """Tells each epoch, and keeps the state of a long training now and then."""

    def __init__(self, watch: FitWatch, most: int, path: Path | None) -> None:
        self._watch, self._most, self._path = watch, most, path
        self._kept_at = time.perf_counter()

    def __call__(self, now: Progress) -> None:
        left = now.seconds_left
        told = FitProgress("network", now.epoch, self._most, now.training_loss, left)
        self._watch.told(told)
        if self._path is not None and time.perf_counter() - self._kept_at >= _KEEP_SECONDS:
            write_state(self._path, now.state)
            self._kept_at = time.perf_counter()

    def kept(self) -> TrainingState | None:
        """Return what an interrupted training left."""
        return None if self._path is None else read_state(self._path)


def _file_of(watch: FitWatch, rows: TrainingRows, settings: LearningSettings) -> Path | None:
    """Return where the state is kept: a file for these rows and settings."""
    if watch.folder is None:
        return None
    found = hashlib.sha256(settings.model_dump_json().encode())
    for part in (rows.label, rows.weight, rows.patient, rows.voxel):
        found.update(np.ascontiguousarray(part).data)
    return watch.folder / f"network-{found.hexdigest()[:16]}.safetensors"
