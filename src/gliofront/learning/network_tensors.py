"""A network's numbers as tensors, checked before they are trusted; refusals are `ValueError`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gliofront.learning.feed_forward import CLASSES, InputMapping, Layers

# Kinds of labels that a tensor can hold.
NUMBERS = "biuf"
MAPPING: dict[str, type[np.generic]] = {
    "kept": np.int64,
    "centre": np.float32,
    "gain": np.float32,
    "fill": np.float32,
}
"""The tensors of the input mapping."""


def layers_of(tensors: Mapping[str, NDArray[Any]]) -> Layers:
    """Return weights and biases by layer; names and shapes are checked."""
    count = sum(name.startswith("weight_") for name in tensors)
    names = [f"{kind}_{place}" for kind in ("weight", "bias") for place in range(count)]
    if count == 0 or set(tensors) != {*names, *MAPPING, "columns", "classes"}:
        raise ValueError("the tensors have other names than those of a network")
    layers = [(tensors[f"weight_{place}"], tensors[f"bias_{place}"]) for place in range(count)]
    width = tensors["kept"].size
    for place, (weight, bias) in enumerate(layers):
        after = bias.size if place < count - 1 else CLASSES
        _check_tensor(f"weight_{place}", weight, (width, after), np.float32)
        _check_tensor(f"bias_{place}", bias, (after,), np.float32)
        width = after
    return layers


def mapping_of(tensors: Mapping[str, NDArray[Any]], inputs: int) -> InputMapping:
    """Return the mapping of the columns to so many inputs, checked."""
    for name, kind in MAPPING.items():
        _check_tensor(name, tensors[name], (inputs,), kind)
    _check_tensor("columns", tensors["columns"], (1,), np.int64)
    columns, kept = int(tensors["columns"][0]), tensors["kept"]
    if (np.diff(kept) <= 0).any() or kept[0] < 0 or kept[-1] >= columns:
        raise ValueError("the tensor kept does not hold positions of columns in ascending order")
    return InputMapping(columns=columns, **{name: tensors[name] for name in MAPPING})


def classes_of(tensors: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """Return the two labels, checked."""
    classes = tensors["classes"]
    numbers = classes.dtype.kind in NUMBERS and classes.shape == (CLASSES,)
    if not numbers or not classes[0] < classes[1]:
        raise ValueError("the tensor classes does not hold two labels in ascending order")
    return classes


def _check_tensor(
    name: str, values: NDArray[Any], shape: tuple[int, ...], kind: type[np.generic]
) -> None:
    if values.shape != shape or values.dtype != kind:
        found = f"{values.dtype} {values.shape}"
        raise ValueError(f"the tensor {name} is {found}, not {np.dtype(kind)} {shape}")
    if 0 in shape or not np.isfinite(values).all():
        raise ValueError(f"the tensor {name} is empty or not finite")
