"""What every classifier of voxels can do, and what it learns from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.learning.fit_watch import UNWATCHED, FitWatch
from gliofront.learning.settings import LearningSettings

_ROWS = 2**14
Tensors = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class TrainingRows:
    """Sampled voxels of several patients.

    Parameters
    ----------
    features : (n, p) float32; NaN is undefined, whole maps may be.
    distance_mm : (n,) to the enhancing tumour, finite.
    label : (n,) 0 or 1, both present.
    weight : (n,) positive; only ratios matter.
    patient : (n,) number of the patient.
    voxel : (n, 3) indices in the patient's working grid.
    names : (p,) column names.
    """

    features: NDArray[np.float32]
    distance_mm: NDArray[np.float32]
    label: NDArray[np.int8]
    weight: NDArray[np.float64]
    patient: NDArray[np.intp]
    voxel: NDArray[np.int32]
    names: tuple[str, ...]

    def take(self, rows: NDArray[np.bool_]) -> TrainingRows:
        """Return some of the rows, (n,) bool."""
        return TrainingRows(
            self.features[rows],
            self.distance_mm[rows],
            self.label[rows],
            self.weight[rows],
            self.patient[rows],
            self.voxel[rows],
            self.names,
        )


class VoxelClassifier(Protocol):
    """A fitted classifier, immutable."""

    def predict(
        self,
        features: NDArray[np.float32],
        distance_mm: NDArray[np.floating],
        *,
        voxel: NDArray[np.integer],
        threads: int = 1,
    ) -> NDArray[np.float64]:
        """Return the probability of progression of each voxel, (n,), 0 to 1.

        Parameters
        ----------
        features : (n, p) of one patient, T1C's finite, NaN where another map is undefined.
        distance_mm : (n,) finite.
        voxel : (n, 3) indices in the patient's working grid.
        threads : changes no bit.
        """

    def tensors(self) -> Tensors:
        """Return all that is needed to predict, by name."""


class ClassifierKind(Protocol):
    """A class of classifiers: how one is fitted, and how it is read back from a model file.

    ``dense`` tells whether it sees voxels side by side: then it is given all usable rows of each
    patient, not a sample, with all their maps, and drops maps itself as ``map_dropout`` says.
    """

    @property
    def dense(self) -> bool:
        """Whether it sees voxels side by side."""

    def fit(
        self, rows: TrainingRows, settings: LearningSettings, watch: FitWatch = UNWATCHED
    ) -> VoxelClassifier:
        """Fit one; same rows and settings, same classifier, whoever watches."""

    def from_tensors(
        self, tensors: Tensors, columns: int, settings: LearningSettings, subject: object
    ) -> VoxelClassifier:
        """Read one back; `InputRefused`, naming the subject, if the tensors are no such thing."""


def design(
    features: NDArray[np.float32], distance_mm: NDArray[np.floating], with_distance: bool
) -> NDArray[np.float32]:
    """Return the columns that a classifier sees: the features, the distance last if wanted."""
    if not with_distance:
        return np.ascontiguousarray(features, dtype=np.float32)
    return np.column_stack([features, distance_mm]).astype(np.float32, copy=False)


def predicted_in_blocks(
    predict: Callable[[NDArray[np.float32]], NDArray[np.float64]],
    features: NDArray[np.float32],
    distance_mm: NDArray[np.floating],
    with_distance: bool,
) -> NDArray[np.float64]:
    """Return what a classifier says of each row, (n,), asked for some rows at a time.

    A patient's table may be larger than the memory at hand.

    Parameters
    ----------
    predict : from the columns of `design` to probabilities.
    """
    found = np.empty(len(features))
    for start in range(0, len(features), _ROWS):
        part = slice(start, start + _ROWS)
        found[part] = predict(design(features[part], distance_mm[part], with_distance))
    return found


def inner(prefix: str, tensors: Tensors) -> dict[str, NDArray[Any]]:
    """Return the tensors of a part of a classifier, by their own names.

    >>> list(inner("texture", {"texture.booster": np.zeros(1), "stack": np.zeros(3)}))
    ['booster']
    """
    start = f"{prefix}."
    return {name.removeprefix(start): t for name, t in tensors.items() if name.startswith(start)}


def outer(prefix: str, tensors: Tensors) -> dict[str, NDArray[Any]]:
    """Return the tensors of a part of a classifier, by the names they have in the whole."""
    return {f"{prefix}.{name}": tensor for name, tensor in tensors.items()}


def refuse_tensors(
    subject: object, tensors: Tensors, kinds: Mapping[str, tuple[type, int]]
) -> None:
    """Raise `InputRefused` unless the tensors have these names, types and numbers of axes.

    Parameters
    ----------
    subject : what the refusal names.
    kinds : name to type and number of axes.
    """
    found = {name: (tensor.dtype.type, tensor.ndim) for name, tensor in tensors.items()}
    if found != dict(kinds):
        problem = f"the tensors {_named(found)} are not {_named(kinds)}"
        raise InputRefused(subject, problem, "fetch the model folder again or train it again")


def _named(kinds: Mapping[str, Sequence[Any]]) -> str:
    return ", ".join(f"{name} ({kinds[name][0].__name__})" for name in sorted(kinds)) or "(none)"
