"""A feed-forward network and its loss over a table that is read in blocks, never held whole.

Layers of tanh, then softmax over two classes. Products of matrices are float32, sums over rows
float64; blocks come in a fixed order, so the same table gives the same bytes on one machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import DTypeLike, NDArray

CLASSES = 2
# Rows in work at a time: 294 columns of them fit in the cache of a core.
BLOCK_ROWS = 1024

# Layers of weights (a, b) and biases (b,).
Layers = Sequence[tuple[NDArray[np.floating], NDArray[np.floating]]]


@dataclass(frozen=True)
class Layout:
    """Where the weights of each layer lie in one flat vector.

    Parameters
    ----------
    widths : of the inputs, each hidden layer, and the classes.

    Raises
    ------
    ValueError
        If a width is below 1.

    Examples
    --------
    >>> Layout((294, 10, 2)).size
    2972
    """

    widths: tuple[int, ...]

    def __post_init__(self) -> None:
        """Check the widths."""
        if min(self.widths) < 1:
            raise ValueError(f"layers of {self.widths} units: each needs one or more")

    @property
    def size(self) -> int:
        """The number of parameters."""
        return sum((before + 1) * after for before, after in pairwise(self.widths))

    def layers(self, parameters: NDArray[np.floating]) -> Layers:
        """Return weights (a, b) and biases (b,) of each layer: views of the vector (size,)."""
        found = []
        start = 0
        for before, after in pairwise(self.widths):
            middle, end = start + before * after, start + (before + 1) * after
            weight = parameters[start:middle].reshape(before, after)
            found.append((weight, parameters[middle:end]))
            start = end
        return found


def initial_parameters(layout: Layout, seed: int) -> NDArray[np.float64]:
    """Return parameters (size,) to start from, by Nguyen and Widrow.

    "Improving the learning speed of 2-layer neural networks by choosing initial values of the
    adaptive weights", IJCNN 1990: the slopes of a hidden layer's units share out the range of
    its inputs, -1 to 1. tanh counts as active from -2 to 2, which doubles weights and biases,
    as in MATLAB's initnw. Softmax has no such range: its layer is uniform from -1 to 1.
    """
    rng = np.random.default_rng(seed)
    parameters = rng.uniform(-1, 1, layout.size)
    for weight, bias in layout.layers(parameters)[:-1]:
        inputs, units = weight.shape
        size = 2 * 0.7 * units ** (1 / inputs)
        turned = rng.normal(size=weight.shape)
        weight[:] = size * turned / np.linalg.norm(turned, axis=0)
        spread = np.linspace(-1, 1, units) if units > 1 else np.zeros(1)
        bias[:] = size * spread * np.sign(weight[0])
    return parameters


@dataclass(frozen=True, eq=False)
class InputMapping:
    """How columns of a table become inputs: range to [-1, 1], constants left out, NaN filled.

    Parameters
    ----------
    columns : of the table.
    kept : (q,) positions of the columns that vary.
    centre : (q,) float32, middle of each kept column's range.
    gain : (q,) float32, 2 over the width of the range.
    fill : (q,) float32, what NaN becomes: the mean of the column, mapped. It tells the network
        nothing but that the value is the usual one.

    Rows outside the range that the mapping was made from go beyond -1 and 1, as with mapminmax.
    """

    columns: int
    kept: NDArray[np.intp]
    centre: NDArray[np.float32]
    gain: NDArray[np.float32]
    fill: NDArray[np.float32]

    def inputs(
        self, rows: NDArray[np.floating], dtype: DTypeLike = np.float32
    ) -> NDArray[np.floating]:
        """Return inputs (m, q) of rows (m, columns) as `dtype`."""
        if len(self.kept) < self.columns:
            rows = np.take(rows, self.kept, axis=1)
        mapped: NDArray[np.floating] = np.subtract(rows, self.centre).astype(dtype, copy=False)
        mapped *= self.gain
        missing = np.isnan(mapped)
        if missing.any():
            np.copyto(mapped, self.fill, where=missing)
        return mapped


def blocks_of(rows: int, size: int = BLOCK_ROWS) -> Iterator[slice]:
    """Yield consecutive slices of at most `size` rows."""
    for start in range(0, rows, size):
        yield slice(start, min(start + size, rows))


def fit_mapping(table: NDArray[np.floating], teaches: NDArray[np.bool_]) -> InputMapping:
    """Return the mapping of the columns by the rows that teach.

    Parameters
    ----------
    table : (n, p), possibly memory-mapped; NaN is missing.
    teaches : (n,) which rows range and mean are taken from.

    Raises
    ------
    ValueError
        If any row holds an infinite value, or no column varies.
    """
    columns = table.shape[1]
    low, high = np.full(columns, np.inf), np.full(columns, -np.inf)
    total, count = np.zeros(columns), np.zeros(columns, dtype=np.int64)
    for block in blocks_of(len(table)):
        _check_not_infinite(table[block], block)
        rows = table[block][teaches[block]]
        low = np.fmin(low, np.fmin.reduce(rows, axis=0, initial=np.inf))
        high = np.fmax(high, np.fmax.reduce(rows, axis=0, initial=-np.inf))
        total += np.nansum(rows, axis=0, dtype=np.float64)
        count += np.count_nonzero(~np.isnan(rows), axis=0)
    return _mapping(low, high, total, count)


def _check_not_infinite(rows: NDArray[np.floating], part: slice) -> None:
    if np.isinf(rows).any():
        place = f"rows {part.start} to {part.stop - 1}"
        raise ValueError(f"{place} hold an infinite value: make it finite, or NaN if not known")


def _mapping(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    total: NDArray[np.float64],
    count: NDArray[np.int64],
) -> InputMapping:
    varies = np.flatnonzero(high > low)
    low, high = low[varies], high[varies]
    centre = ((low + high) / 2).astype(np.float32)
    # From the rounded centre, lest an end of the range falls beyond 1.
    half = np.maximum(high - centre, centre - low)
    wide = half > np.finfo(np.float32).tiny
    if not wide.any():
        raise ValueError("no column varies among the training rows: there is nothing to learn from")
    kept, centre, half = varies[wide], centre[wide], half[wide]
    mean = total[kept] / count[kept]
    return InputMapping(
        columns=len(count),
        kept=kept,
        centre=centre,
        gain=(1 / half).astype(np.float32),
        fill=((mean - centre) / half).astype(np.float32),
    )


@dataclass(frozen=True, eq=False)
class Examples:
    """Labelled rows of a table, turned into inputs block by block.

    Parameters
    ----------
    table : (n, p), possibly memory-mapped; never copied whole.
    rows : (m,) positions of the rows, ascending so that a disk is read forward.
    target : (m,) class of each row, 0 or 1.
    weight : (m,) float64, not negative, some of it positive; only ratios matter.
    mapping : of the p columns to q inputs.
    """

    table: NDArray[np.floating]
    rows: NDArray[np.intp]
    target: NDArray[np.int8]
    weight: NDArray[np.float64]
    mapping: InputMapping

    def blocks(
        self, size: int, dtype: DTypeLike
    ) -> Iterator[tuple[NDArray[np.floating], NDArray[np.int8], NDArray[np.float64]]]:
        """Yield inputs (k, q), targets (k,) and weights (k,) of at most `size` rows at a time."""
        for part in blocks_of(len(self.rows), size):
            rows = np.take(self.table, self.rows[part], axis=0)
            yield self.mapping.inputs(rows, dtype), self.target[part], self.weight[part]


@dataclass(frozen=True, eq=False)
class CrossEntropy:
    """Weighted mean cross-entropy of a network over examples, with its gradient.

    The mean is over rows, in nats; MATLAB's crossentropy divides by the classes as well, so its
    figures are half of these.

    Parameters
    ----------
    layout : of the parameters.
    examples : rows to judge by.
    block_rows : rows in work at a time; changes rounding alone.
    dtype : of the products; float64 is for proofs.
    """

    layout: Layout
    examples: Examples
    block_rows: int = BLOCK_ROWS
    dtype: DTypeLike = np.float32

    def __call__(self, parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Return loss and gradient (size,) at parameters (size,)."""
        loss, slope = 0.0, np.zeros(self.layout.size)
        layers = self.layout.layers(parameters.astype(self.dtype))
        for inputs, target, weight in self.examples.blocks(self.block_rows, self.dtype):
            *values, logits = _activations(layers, inputs)
            logs = _log_softmax(logits)
            loss += _entropy(logs, target, weight)
            error = _logit_slope(logs, target, weight).astype(self.dtype)
            _add_slope(self.layout.layers(slope), layers, values, error)
        total = self.examples.weight.sum()
        return float(loss / total), slope / total

    def value(self, parameters: NDArray[np.float64]) -> float:
        """Return the loss alone at parameters (size,), for less than half the work."""
        loss = 0.0
        layers = self.layout.layers(parameters.astype(self.dtype))
        for inputs, target, weight in self.examples.blocks(self.block_rows, self.dtype):
            logs = _log_softmax(_activations(layers, inputs)[-1])
            loss += _entropy(logs, target, weight)
        return float(loss / self.examples.weight.sum())


def probabilities(
    layers: Layers, mapping: InputMapping, table: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return the probability of each class, (n, 2), for the rows of a table (n, p).

    Each block is filled up to the same size, since BLAS may round otherwise for another.

    Raises
    ------
    ValueError
        If a value is infinite.
    """
    found = np.empty((len(table), CLASSES))
    for part in blocks_of(len(table)):
        rows = table[part]
        _check_not_infinite(rows, part)
        inputs = np.zeros((BLOCK_ROWS, len(mapping.kept)), dtype=np.float32)
        inputs[: len(rows)] = mapping.inputs(rows)
        logs = _log_softmax(_activations(layers, inputs)[-1])
        found[part] = np.exp(logs[: len(rows)])
    return found


def _activations(layers: Layers, inputs: NDArray[np.floating]) -> list[NDArray[np.floating]]:
    """Return the inputs, the values of each hidden layer, and the logits."""
    found = [inputs]
    for weight, bias in layers[:-1]:
        found.append(np.tanh(found[-1] @ weight + bias))
    weight, bias = layers[-1]
    return [*found, found[-1] @ weight + bias]


def _log_softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    wide = logits.astype(np.float64)
    wide -= wide.max(axis=1, keepdims=True)
    return np.asarray(wide - np.log(np.exp(wide).sum(axis=1, keepdims=True)))


def _entropy(
    logs: NDArray[np.float64], target: NDArray[np.int8], weight: NDArray[np.float64]
) -> float:
    return -float(weight @ logs[np.arange(len(target)), target])


def _logit_slope(
    logs: NDArray[np.float64], target: NDArray[np.int8], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the derivative of the summed loss by each logit, (k, 2)."""
    slope = np.exp(logs)
    slope[np.arange(len(target)), target] -= 1
    slope *= weight[:, None]
    return slope


def _add_slope(
    slope: Layers,
    layers: Layers,
    values: Sequence[NDArray[np.floating]],
    error: NDArray[np.floating],
) -> None:
    """Carry the derivative by the logits back and add that by each weight and bias to `slope`."""
    for place in reversed(range(len(layers))):
        weight_slope, bias_slope = slope[place]
        weight_slope += values[place].T @ error
        bias_slope += error.sum(axis=0, dtype=np.float64)
        if place:
            error = (error @ layers[place][0].T) * (1 - values[place] ** 2)
