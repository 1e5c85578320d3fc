"""The features of all maps of a patient, as the columns of one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gliofront.radiomics.firstorder import NAMES, firstorder
from gliofront.radiomics.settings import TextureSettings


def feature_names(wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the columns of the wanted maps, in order.

    >>> feature_names(["T1C", "ADC"])[13]
    'ADC_firstorder_mean'
    """
    return tuple(f"{name}_{feature}" for name in wanted for feature in NAMES)


def features_of_maps(
    maps: Mapping[str, NDArray[np.floating] | None],
    inside: NDArray[np.bool_],
    centres: NDArray[np.integer],
    settings: TextureSettings,
    wanted: Sequence[str],
) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Return the features of each centre (n, 13 x maps) and their names.

    Parameters
    ----------
    maps : name to (X, Y, Z) values in the map's unit; absent or None gives NaN columns.
    inside : (X, Y, Z) bool, the brain.
    centres : (n, 3) voxel indices.
    wanted : names of the maps, in the order of the columns.

    Raises
    ------
    InputRefused
        If a wanted map has no grey-level range, shapes differ or a centre lies outside.
    """
    width = len(NAMES)
    limits = [settings.ranges.of(name) for name in wanted]
    table = np.full((len(centres), width * len(wanted)), np.nan, dtype=np.float32)
    for place, (name, (low, high)) in enumerate(zip(wanted, limits, strict=True)):
        values = maps.get(name)
        if values is None:
            continue
        table[:, place * width : (place + 1) * width] = firstorder(
            values,
            inside,
            centres,
            low=low,
            high=high,
            levels=settings.levels,
            radius=settings.radius,
        )
    return table, feature_names(wanted)
