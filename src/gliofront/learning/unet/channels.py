"""What the U-Net is shown of a row: a column a map, whether the map is there, the distance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from gliofront.learning.table import columns_of, map_of

_MEAN = "{}_firstorder_mean"
_CLIP = 5.0  # robust standard deviations; a broken map must not drown the others: assumed
_IQR_OF_NORMAL = 1.349


@dataclass(frozen=True, eq=False)
class Channels:
    """The inputs of each row: m maps, m times whether the map is there, the distance, a 1.

    The 1 marks where rows are. All channels are 0 elsewhere, so padding looks like no row.

    Parameters
    ----------
    columns : (m,) int64, the column of each map.
    centre : (m,) or, with the distance last, (m + 1,) float32.
    scale : like `centre`, positive.
    """

    columns: NDArray[np.int64]
    centre: NDArray[np.float32]
    scale: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        features: NDArray[np.float32],
        distance_mm: NDArray[np.floating],
        names: Sequence[str],
        with_distance: bool,
    ) -> Self:
        """Choose the columns, and take medians and interquartile ranges of the training rows.

        Parameters
        ----------
        features : (n, p) float32.
        distance_mm : (n,).
        names : (p,) column names.
        """
        columns = chosen_columns(names)
        values = [features[:, column] for column in columns]
        if with_distance:
            values.append(distance_mm.astype(np.float32))
        middle = np.array([_quartiles(column) for column in values])
        width = (middle[:, 2] - middle[:, 0]) / _IQR_OF_NORMAL
        # A column that hardly varies tells nothing, whatever it is divided by.
        scale = np.where(width > 0, width, 1.0)
        return cls(columns, middle[:, 1].astype(np.float32), scale.astype(np.float32))

    @property
    def maps(self) -> int:
        """How many maps, m."""
        return len(self.columns)

    @property
    def with_distance(self) -> bool:
        """Whether the distance is among them."""
        return len(self.centre) > self.maps

    @property
    def count(self) -> int:
        """How many channels."""
        return 2 * self.maps + self.with_distance + 1

    def inputs(
        self, features: NDArray[np.float32], distance_mm: NDArray[np.floating]
    ) -> NDArray[np.float32]:
        """Return the channels of the rows of one patient, (n, count) float32, within ±5.

        An undefined value counts as the training median. A map is there if any row has it.
        """
        found = np.ones((len(features), self.count), dtype=np.float32)
        maps = np.asarray(features[:, self.columns])
        defined = np.isfinite(maps)
        found[:, : self.maps] = np.where(defined, self._standardised(maps, slice(self.maps)), 0)
        found[:, self.maps : 2 * self.maps] = defined.any(axis=0)
        if self.with_distance:
            found[:, 2 * self.maps] = self._standardised(distance_mm, -1)
        return found

    def without(
        self, inputs: NDArray[np.float32], maps: NDArray[np.integer]
    ) -> NDArray[np.float32]:
        """Return a copy of the channels (n, count) as if the maps of these numbers were missing."""
        spoilt = inputs.copy()
        spoilt[:, maps] = 0
        spoilt[:, self.maps + maps] = 0
        return spoilt

    def by_source(self, channels: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return what belongs to the channels (n, count) by map, the distance last, (n, m + 1)."""
        found = np.zeros((len(channels), self.maps + 1))
        found[:, :-1] = channels[:, : self.maps] + channels[:, self.maps : 2 * self.maps]
        if self.with_distance:
            found[:, -1] = channels[:, 2 * self.maps]
        return found

    def _standardised(
        self, values: NDArray[np.floating], which: slice | int
    ) -> NDArray[np.floating]:
        return np.clip((values - self.centre[which]) / self.scale[which], -_CLIP, _CLIP)


def chosen_columns(names: Sequence[str]) -> NDArray[np.int64]:
    """Return the column of each map: its local mean, or its first if it has none, (m,).

    >>> chosen_columns(["T1C_firstorder_mean", "ADC_glcm_contrast", "ADC_firstorder_mean"]).tolist()
    [0, 2]
    """
    names = tuple(names)
    maps = dict.fromkeys(map_of(name) for name in names)
    means = {name: _MEAN.format(name) for name in maps}
    found = [
        names.index(means[name]) if means[name] in names else columns_of(names, name)[0]
        for name in maps
    ]
    return np.array(found, dtype=np.int64)


def _quartiles(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the three quartiles of what is defined; zeros if nothing is."""
    finite = values[np.isfinite(values)]
    return np.quantile(finite, [0.25, 0.5, 0.75]) if finite.size else np.zeros(3)
