"""The features of all maps of a patient, as the columns of one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gliofront.radiomics.extract import features_at
from gliofront.radiomics.grey_image import grey_image
from gliofront.radiomics.names import feature_names
from gliofront.radiomics.settings import TextureSettings

# Rows computed at a time: 42 columns of them are 11 MB.
BLOCK = 2**16
Told = Callable[[int], None]


def column_names(wanted: Sequence[str], settings: TextureSettings) -> tuple[str, ...]:
    """Return the names of the columns of the wanted maps, in order.

    >>> column_names(["T1C", "ADC"], TextureSettings())[42]
    'ADC_firstorder_mean'
    """
    features = feature_names(settings.definitions)
    return tuple(f"{name}_{feature}" for name in wanted for feature in features)


def fill_features(
    table: NDArray[np.float32],
    maps: Mapping[str, NDArray[np.floating] | None],
    inside: NDArray[np.bool_],
    centres: NDArray[np.integer],
    settings: TextureSettings,
    wanted: Sequence[str],
    *,
    threads: int = 1,
    block: int = BLOCK,
    told: Told = lambda rows: None,
) -> None:
    """Write the features of each centre into a table, such as a memory-mapped one, in blocks.

    Parameters
    ----------
    table : (n, 42 x maps), written in place; its columns are those of `column_names`.
    maps : name to (X, Y, Z) values in the map's unit; absent or None gives NaN columns.
    inside : (X, Y, Z) bool, the brain.
    centres : (n, 3) voxel indices.
    wanted : names of the maps, in the order of the columns.
    threads, block : threads at work and rows at a time; they change no bit of the result.
    told : told after each block how many rows of one map were done; of an absent map all at once.

    Beyond input and output this holds one map, its grey levels, a padded copy of both, and a
    block.

    Raises
    ------
    InputRefused
        If a wanted map has no grey-level range, or as `extract` does.
    """
    each = [(name, settings.of_map(name)) for name in wanted]
    width = len(feature_names(settings.definitions))
    for place, (name, own) in enumerate(each):
        columns = slice(place * width, (place + 1) * width)
        values = maps.get(name)
        if values is None:
            table[:, columns] = np.nan
            told(len(centres))
            continue
        image = grey_image(values, inside, own)
        for start in range(0, len(centres), block):
            part = centres[start : start + block]
            table[start : start + block, columns] = features_at(image, part, own, threads=threads)
            told(len(part))
