"""What a classifier is given to learn from, checked; every refusal is a `ValueError`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gliofront.learning.feed_forward import CLASSES
from gliofront.learning.row_division import TRAINING, VALIDATION


def checked_table(values: ArrayLike) -> NDArray[np.floating]:
    """Return rows as a plain array of floats, without a copy if they are one."""
    table = np.asarray(values)
    if table.dtype.kind != "f":
        table = table.astype(np.float32)
    if table.ndim != 2:
        raise ValueError(f"a table of {table.ndim} dimensions: give rows and columns")
    return table


def check_length(name: str, values: ArrayLike, rows: int) -> None:
    """Raise `ValueError` unless there is one value a row."""
    if np.shape(values) != (rows,):
        raise ValueError(f"{name} of shape {np.shape(values)} do not fit {rows} rows")


def checked_target(labels: ArrayLike, rows: int) -> tuple[NDArray[np.int8], NDArray[Any]]:
    """Return labels as 0 and 1, (rows,), and the two classes."""
    check_length("labels", labels, rows)
    classes, target = np.unique(np.asarray(labels), return_inverse=True)
    if len(classes) != CLASSES:
        raise ValueError(f"the labels hold {len(classes)} classes, not two")
    return target.astype(np.int8), classes


def checked_weight(weight: ArrayLike | None, rows: int) -> NDArray[np.float64]:
    """Return weights of mean 1, lest their products leave the range of float32."""
    if weight is None:
        return np.ones(rows)
    check_length("weights", weight, rows)
    found = np.asarray(weight, dtype=np.float64)
    if not (np.isfinite(found).all() and (found >= 0).all() and found.any()):
        raise ValueError("weights must be finite and not negative, some of them positive")
    return np.asarray(found / found.mean())


def check_sides(
    target: NDArray[np.int8], weight: NDArray[np.float64], side: NDArray[np.int8]
) -> None:
    """Raise `ValueError` unless both classes train and some row tells when to stop."""
    counts = weight > 0
    if len(np.unique(target[counts & (side == TRAINING)])) < CLASSES:
        raise ValueError("the training rows hold one class only: give more rows or groups of both")
    if not counts[side == VALIDATION].any():
        raise ValueError("no validation row has a positive weight: give weight to more rows")
