"""The paper's network as a scikit-learn classifier, trained as MATLAB's patternnet is.

Yan et al., Sci Rep 10:9748 (2020): inputs mapped to [-1, 1], layers of ten tanh units, softmax,
cross-entropy, scaled conjugate gradient over all rows at once, and an end when a random part of
the rows held out of training has not been met better for six epochs.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from gliofront.learning.feed_forward import (
    BLOCK_ROWS,
    CLASSES,
    CrossEntropy,
    Examples,
    InputMapping,
    Layers,
    Layout,
    fit_mapping,
    initial_parameters,
    probabilities,
)
from gliofront.learning.network_tensors import (
    MAPPING,
    NUMBERS,
    classes_of,
    layers_of,
    mapping_of,
)
from gliofront.learning.row_division import TEST, TRAINING, VALIDATION, divide
from gliofront.learning.scaled_conjugate_gradient import ScgState, first_state, next_state
from gliofront.learning.training_inputs import (
    check_length,
    check_sides,
    checked_table,
    checked_target,
    checked_weight,
)


class StateRefused(ValueError):
    """The state given is of another training."""


@dataclass(frozen=True, eq=False)
class TrainingState:
    """All that an interrupted training needs to go on, beside its data and settings.

    Parameters
    ----------
    origin : digest of data and settings; others refuse the state.
    optimiser : parameters and direction.
    best : (size,) parameters of the lowest validation loss.
    best_epoch : when they were met.
    rises : epochs since then whose validation loss is higher.
    losses, validation_losses : before the first epoch and after each, nats a row.
    """

    origin: str
    optimiser: ScgState
    best: NDArray[np.float64]
    best_epoch: int
    rises: int
    losses: tuple[float, ...]
    validation_losses: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Progress:
    """What a training tells after each epoch.

    Parameters
    ----------
    epoch : epochs done, from the first call on.
    training_loss, validation_loss : weighted mean cross-entropy, nats a row.
    seconds : since this call of fit began its epochs.
    seconds_left : at most, were all epochs allowed needed.
    state : from which fit goes on to the same bytes.
    """

    epoch: int
    training_loss: float
    validation_loss: float
    seconds: float
    seconds_left: float
    state: TrainingState


@dataclass(frozen=True, eq=False)
class _Task:
    """Rows, their sides and the network that is to learn from them."""

    table: NDArray[np.floating]
    target: NDArray[np.int8]
    weight: NDArray[np.float64]
    side: NDArray[np.int8]
    mapping: InputMapping
    layout: Layout
    block_rows: int

    def loss(self, side: int) -> CrossEntropy:
        """Return the loss over the rows of a side."""
        rows = np.flatnonzero(self.side == side)
        examples = Examples(self.table, rows, self.target[rows], self.weight[rows], self.mapping)
        return CrossEntropy(self.layout, examples, self.block_rows)

    def digest(self, seed: int) -> str:
        """Return a digest of what the losses depend on; of the table, by range and mean."""
        mapping = self.mapping
        found = hashlib.sha256(repr((self.layout.widths, self.block_rows, seed)).encode())
        for part in (mapping.kept, mapping.centre, mapping.gain, mapping.fill):
            found.update(part.tobytes())
        for rows in (self.target, self.weight, self.side):
            found.update(rows.tobytes())
        return found.hexdigest()


class ScaledConjugateGradientClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Two-class network trained by scaled conjugate gradient, as patternnet with trainscg.

    Differences from MATLAB: float32 products; range and mean of a column come from the training
    rows alone; NaN is allowed and becomes the training mean of its column; the loss is not
    divided by the number of classes.

    Parameters
    ----------
    hidden : units of each hidden layer; ten layers of ten are ``(10,) * 10``.
    shares : of rows or groups for training, validation (when to stop) and test.
    max_epochs : most iterations.
    max_fail : validation rises, counted from the lowest loss on, that end the training.
    min_gradient : length of the gradient below which it ends.
    seed : of division and first weights.
    block_rows : rows in work at a time; changes rounding alone.

    Attributes
    ----------
    classes_ : (2,) labels.
    n_features_in_ : columns of the table.
    n_iter_ : epochs done.
    best_epoch_ : the epoch whose weights were kept, of the lowest validation loss.
    stop_reason_ : ``"validation"``, ``"gradient"`` or ``"epochs"``.
    loss_curve_, validation_curve_ : (n_iter_ + 1,) losses from before the first epoch on.
    test_loss_ : of the kept weights on the test side; NaN without one.
    division_ : (n,) side of each row: 0 training, 1 validation, 2 test.
    state_ : from which a larger `max_epochs` goes on.
    mapping_, coefs_, intercepts_ : the network itself, float32, weights of a layer (a, b).

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(400, 3)).astype(np.float32)
    >>> model = ScaledConjugateGradientClassifier(seed=1).fit(rows, rows[:, 0] > rows[:, 1])
    >>> model.predict_proba([[2.0, -2.0, 0.0]]).round(1)
    array([[0., 1.]])
    """

    def __init__(
        self,
        hidden: tuple[int, ...] = (10,),
        *,
        shares: tuple[float, float, float] = (0.70, 0.15, 0.15),
        max_epochs: int = 1000,
        max_fail: int = 6,
        min_gradient: float = 1e-6,
        seed: int = 0,
        block_rows: int = BLOCK_ROWS,
    ) -> None:
        """Keep the settings as they are, for scikit-learn's clone."""
        self.hidden = hidden
        self.shares = shares
        self.max_epochs = max_epochs
        self.max_fail = max_fail
        self.min_gradient = min_gradient
        self.seed = seed
        self.block_rows = block_rows

    def fit(
        self,
        X: ArrayLike,  # noqa: N803
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        on_epoch: Callable[[Progress], None] | None = None,
        state: TrainingState | None = None,
    ) -> Self:
        """Train; an error or KeyboardInterrupt out of `on_epoch` leaves this object as it was.

        Parameters
        ----------
        X : (n, p) table, float32 best, possibly memory-mapped: it is read in blocks.
        y : (n,) labels of two classes.
        sample_weight : (n,) not negative; only ratios matter.
        groups : (n,) patients; see `divide`.
        on_epoch : called after each epoch.
        state : of an earlier training with the same data and settings, to go on from.

        Raises
        ------
        ValueError
            If lengths differ, a value is infinite, labels or training rows do not hold two classes,
            groups are too few, a layer has no unit, or the state is of another training.
        """
        task, classes = self._task(X, y, sample_weight, groups)
        origin = task.digest(self.seed)
        if state is not None and state.origin != origin:
            raise StateRefused("the state is of a training with other data or settings")
        state, reason = self._train(task, state or self._first(task, origin), on_epoch)
        self._set_network(classes, task.mapping, task.layout.layers(state.best.astype(np.float32)))
        self.n_iter_, self.best_epoch_ = state.optimiser.iteration, state.best_epoch
        self.loss_curve_, self.validation_curve_ = list(state.losses), list(state.validation_losses)
        self.stop_reason_, self.state_, self.division_ = reason, state, task.side
        has_test = task.weight[task.side == TEST].any()
        self.test_loss_ = task.loss(TEST).value(state.best) if has_test else float("nan")
        return self

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Return the probability of each class, (n, 2); rows do not affect each other.

        Raises
        ------
        ValueError
            If the columns are not those of the training in number, or a value is infinite.
        """
        check_is_fitted(self)
        table = checked_table(X)
        if table.shape[1] != self.n_features_in_:
            raise ValueError(f"{table.shape[1]} columns, but trained on {self.n_features_in_}")
        return probabilities(self._layers(), self.mapping_, table)

    def predict(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """Return the more probable label of each row, (n,)."""
        likely = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[likely])

    def to_tensors(self) -> dict[str, NDArray[Any]]:
        """Return all that prediction needs, as arrays of numbers for safetensors.

        Raises
        ------
        ValueError
            If the labels are not numbers.
        """
        check_is_fitted(self)
        if self.classes_.dtype.kind not in NUMBERS:
            raise ValueError("labels that are not numbers cannot be kept as tensors: train on 0, 1")
        tensors = {
            name: getattr(self.mapping_, name).astype(kind) for name, kind in MAPPING.items()
        }
        tensors["columns"] = np.array([self.mapping_.columns], dtype=np.int64)
        tensors["classes"] = self.classes_
        for place, (weight, bias) in enumerate(self._layers()):
            tensors[f"weight_{place}"], tensors[f"bias_{place}"] = weight, bias
        return tensors

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> Self:
        """Return a classifier that predicts as the one whose `to_tensors` this is.

        What the training alone knew, such as curves and division, is not there.

        Raises
        ------
        ValueError
            If a tensor is missing, unknown, of another type or shape, or not finite.
        """
        layers = layers_of(tensors)
        mapping = mapping_of(tensors, inputs=len(layers[0][0]))
        made = cls(hidden=tuple(len(bias) for _, bias in layers[:-1]))
        made._set_network(classes_of(tensors), mapping, layers)
        return made

    def _task(
        self,
        X: ArrayLike,  # noqa: N803
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        groups: ArrayLike | None,
    ) -> tuple[_Task, NDArray[Any]]:
        table = checked_table(X)
        target, classes = checked_target(y, len(table))
        weight = checked_weight(sample_weight, len(table))
        if groups is not None:
            check_length("groups", groups, len(table))
        side = divide(len(table), self.shares, self.seed, groups)
        check_sides(target, weight, side)
        mapping = fit_mapping(table, side == TRAINING)
        layout = Layout((len(mapping.kept), *self.hidden, CLASSES))
        return _Task(table, target, weight, side, mapping, layout, self.block_rows), classes

    def _first(self, task: _Task, origin: str) -> TrainingState:
        start = initial_parameters(task.layout, self.seed)
        optimiser = first_state(task.loss(TRAINING), start)
        validation = task.loss(VALIDATION).value(start)
        return TrainingState(origin, optimiser, start, 0, 0, (optimiser.value,), (validation,))

    def _train(
        self,
        task: _Task,
        state: TrainingState,
        on_epoch: Callable[[Progress], None] | None,
    ) -> tuple[TrainingState, str]:
        training, validation = task.loss(TRAINING), task.loss(VALIDATION)
        began, first = time.perf_counter(), state.optimiser.iteration
        while not (reason := self._reason_to_stop(state)):
            state = _next_epoch(state, training, validation)
            if on_epoch is not None:
                on_epoch(_progress(state, time.perf_counter() - began, first, self.max_epochs))
        return state, reason

    def _reason_to_stop(self, state: TrainingState) -> str:
        if np.linalg.norm(state.optimiser.gradient) < self.min_gradient:
            return "gradient"
        if state.rises >= self.max_fail:
            return "validation"
        return "epochs" if state.optimiser.iteration >= self.max_epochs else ""

    def _set_network(self, classes: NDArray[Any], mapping: InputMapping, layers: Layers) -> None:
        self.classes_, self.n_features_in_ = classes, mapping.columns
        self.mapping_ = mapping
        self.coefs_ = [weight for weight, _ in layers]
        self.intercepts_ = [bias for _, bias in layers]

    def _layers(self) -> Layers:
        return list(zip(self.coefs_, self.intercepts_, strict=True))


def _next_epoch(
    state: TrainingState, training: CrossEntropy, validation: CrossEntropy
) -> TrainingState:
    optimiser = next_state(state.optimiser, training)
    # A refused step leaves the weights, so their validation loss is known.
    refused = optimiser.point is state.optimiser.point
    loss = state.validation_losses[-1] if refused else validation.value(optimiser.point)
    lowest = state.validation_losses[state.best_epoch]
    found = replace(
        state,
        optimiser=optimiser,
        rises=state.rises + (loss > lowest),
        losses=(*state.losses, optimiser.value),
        validation_losses=(*state.validation_losses, loss),
    )
    if loss >= lowest:
        return found
    return replace(found, best=optimiser.point, best_epoch=optimiser.iteration, rises=0)


def _progress(state: TrainingState, seconds: float, first: int, most: int) -> Progress:
    epoch = state.optimiser.iteration
    return Progress(
        epoch=epoch,
        training_loss=state.losses[-1],
        validation_loss=state.validation_losses[-1],
        seconds=seconds,
        seconds_left=seconds / (epoch - first) * (most - epoch),
        state=state,
    )
