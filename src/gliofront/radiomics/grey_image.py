"""An image made ready for the kernel: its values, and their grey levels inside the mask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.radiomics.discretise import OUTSIDE, discretise
from gliofront.radiomics.settings import TextureSettings

SUBJECT = "features"
# Planes of the first axis at a time: bounds the memory of the steps between values and levels.
_PLANES = 8


@dataclass(frozen=True, eq=False)
class GreyImage:
    """What the kernel reads.

    Parameters
    ----------
    values : (X, Y, Z) float32.
    levels : (X, Y, Z) uint8 or uint16, 1 to the number of levels; 0 is outside.
    """

    values: NDArray[np.float32]
    levels: NDArray[np.uint8] | NDArray[np.uint16]


def grey_image(
    values: NDArray[np.number], inside: NDArray[np.bool_], settings: TextureSettings
) -> GreyImage:
    """Discretise an image inside a mask.

    Parameters
    ----------
    values : (X, Y, Z), taken as float32; NaN and infinite values count as outside.
    inside : (X, Y, Z) bool.
    settings : binning, range and number of levels.

    Raises
    ------
    InputRefused
        If types or shapes are wrong, a value is beyond float32, binning ``size`` has no range, or
        binning ``none`` meets a value that is no level.
    """
    values, inside = np.asarray(values), np.asarray(inside)
    _check(values, inside)
    low, high = _range(values, inside, settings)
    kind = np.uint8 if settings.levels <= 255 else np.uint16
    with np.errstate(over="ignore"):  # outside the mask any value is taken
        single = np.ascontiguousarray(values, dtype=np.float32)
    levels = np.empty(values.shape, dtype=kind)
    for planes in _slabs(values):
        found = discretise(single[planes], low, high, settings.levels)
        levels[planes] = np.where(inside[planes], found, OUTSIDE)
    return GreyImage(single, levels)


def _slabs(values: NDArray[np.number]) -> list[slice]:
    return [slice(start, start + _PLANES) for start in range(0, len(values), _PLANES)]


def _check(values: NDArray[np.number], inside: NDArray[np.bool_]) -> None:
    if not np.issubdtype(values.dtype, np.integer) and not np.issubdtype(values.dtype, np.floating):
        raise InputRefused(SUBJECT, f"values of type {values.dtype}", "give real numbers")
    if inside.dtype != np.bool_:
        raise InputRefused(SUBJECT, f"a mask of type {inside.dtype}", "give bool")
    if values.ndim != 3 or values.shape != inside.shape:
        problem = f"values of shape {values.shape} with a mask of shape {inside.shape}"
        raise InputRefused(SUBJECT, problem, "give both on the same three-dimensional grid")


def _range(
    values: NDArray[np.number], inside: NDArray[np.bool_], settings: TextureSettings
) -> tuple[float, float]:
    """Return the range that the levels divide into bins of the same size."""
    lowest, highest = _extremes(values, inside)
    if settings.binning == "none":
        _check_levels(values, inside, settings.levels)
        # Bins of width 1 centred on the whole numbers: a level stays what it is.
        return 0.5, settings.levels + 0.5
    if settings.binning == "number":
        # A constant image is all of level 1, whatever is above its only value.
        return lowest, highest if highest > lowest else lowest + max(1.0, abs(lowest))
    if settings.range is None:
        mend = "state its range, or choose binning number (of the range found inside the mask)"
        raise InputRefused(SUBJECT, "binning size without a range of the image", mend)
    return settings.range


def _extremes(values: NDArray[np.number], inside: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the lowest and highest finite value inside; (0, 0) where there is none."""
    lowest, highest = np.inf, -np.inf
    for planes in _slabs(values):
        part = values[planes][inside[planes]].astype(np.float64)
        part = part[np.isfinite(part)]
        if part.size:
            lowest, highest = min(lowest, part.min()), max(highest, part.max())
    if lowest > highest:
        return 0.0, 0.0
    if max(abs(lowest), abs(highest)) > np.finfo(np.float32).max:
        problem = f"values from {lowest:g} to {highest:g} are beyond 32-bit floats"
        raise InputRefused(SUBJECT, problem, "scale the image")
    return float(np.float32(lowest)), float(np.float32(highest))


def _check_levels(values: NDArray[np.number], inside: NDArray[np.bool_], levels: int) -> None:
    for planes in _slabs(values):
        part = values[planes][inside[planes]]
        finite = part[np.isfinite(part)]
        wrong = finite[(finite < 1) | (finite > levels) | (finite != np.floor(finite))]
        if wrong.size:
            problem = f"with binning none, a value {wrong[0]:g} that is no grey level"
            mend = f"give whole numbers 1 to {levels} inside the mask"
            raise InputRefused(SUBJECT, problem, mend)
