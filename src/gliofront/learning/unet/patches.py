"""Training patches: drawn anew at every step, some without maps, some turned left to right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.learning.classifiers.classifier import TrainingRows
from gliofront.learning.table import REFERENCE_MAP, map_of
from gliofront.learning.unet.channels import Channels
from gliofront.learning.unet.volumes import box_of, rounded_up, rows_inside, scattered

# How far the row that a patch is drawn for may lie from its middle, share of the size: assumed.
_JITTER = 0.25


@dataclass(frozen=True, eq=False)
class PatientRows:
    """All rows of a training patient.

    Parameters
    ----------
    inputs : (n, c) channels.
    voxel : (n, 3) grid indices.
    label : (n,) 0 or 1.
    weight : (n,) positive.
    """

    inputs: NDArray[np.float32]
    voxel: NDArray[np.int32]
    label: NDArray[np.int8]
    weight: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Patches:
    """Some patches.

    Parameters
    ----------
    inputs : (b, c, *size) float32.
    label : (b, 1, *size) float32, 0 or 1.
    weight : (b, 1, *size) float32, sums to 1; 0 where there is no row.
    """

    inputs: NDArray[np.float32]
    label: NDArray[np.float32]
    weight: NDArray[np.float32]


class PatchSource:
    """Draws patches of some patients, each patient as often as its rows weigh.

    Parameters
    ----------
    rows : of all patients.
    channels : shown of each row.
    most : voxels along an axis, a multiple of `STRIDE`; fewer where no patient is as large.
    map_dropout : probability that a patch lacks maps, 0 to 1.
    rng : what is random.
    """

    def __init__(
        self,
        rows: TrainingRows,
        channels: Channels,
        *,
        most: int,
        map_dropout: float,
        rng: np.random.Generator,
    ) -> None:
        """Part the rows by patient."""
        self._channels = channels
        self._patients = _patients(rows, channels)
        self._share = _shares([patient.weight.sum() for patient in self._patients])
        self._within = [_shares(patient.weight) for patient in self._patients]
        largest = np.max([box_of(patient.voxel)[1] for patient in self._patients], axis=0)
        self._size = np.minimum(rounded_up(largest), most)
        maps = [map_of(rows.names[column]) for column in channels.columns]
        self._losable = np.flatnonzero([name != REFERENCE_MAP for name in maps])
        self._map_dropout = map_dropout
        self._rng = rng

    def draw(self, count: int) -> Patches:
        """Return so many patches."""
        found = np.stack([self._one() for _ in range(count)])
        weight = found[:, -1:] / found[:, -1:].sum(axis=(1, 2, 3, 4), keepdims=True) / count
        return Patches(found[:, :-2], found[:, -2:-1], weight)

    def _one(self) -> NDArray[np.float32]:
        """Return a patch (c + 2, *size): channels, label and weight."""
        number = self._rng.choice(len(self._patients), p=self._share)
        patient = self._patients[number]
        middle = patient.voxel[self._rng.choice(len(patient.voxel), p=self._within[number])]
        low = self._corner(patient.voxel, middle)
        rows = rows_inside(patient.voxel, low, self._size)
        place = patient.voxel[rows] - low
        if self._rng.random() < 0.5:
            # The first axis of the working grid is the nearest to left and right.
            place[:, 0] = self._size[0] - 1 - place[:, 0]
        inputs = self._spoilt(patient.inputs[rows])
        columns = np.column_stack([inputs, patient.label[rows], patient.weight[rows]])
        return scattered(columns.astype(np.float32), place, self._size)

    def _corner(self, voxel: NDArray[np.int32], middle: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the lowest corner of a patch around a row, as little as possible of it empty."""
        low, size = box_of(voxel)
        slack = low + size - self._size
        jitter = np.rint(self._size * self._rng.uniform(-_JITTER, _JITTER, 3)).astype(np.int64)
        wanted = middle - self._size // 2 + jitter
        return np.asarray(np.clip(wanted, np.minimum(low, slack), np.maximum(low, slack)))

    def _spoilt(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the channels, or with a chance of `map_dropout` those of fewer maps.

        As with `drop_maps`: a number drawn evenly from 1 to all of them but T1C.
        """
        if not self._losable.size or self._rng.random() >= self._map_dropout:
            return inputs
        count = self._rng.integers(1, len(self._losable), endpoint=True)
        return self._channels.without(inputs, self._rng.permutation(self._losable)[:count])


def _patients(rows: TrainingRows, channels: Channels) -> list[PatientRows]:
    found = []
    for number in np.unique(rows.patient):
        here = rows.patient == number
        inputs = channels.inputs(rows.features[here], rows.distance_mm[here])
        found.append(PatientRows(inputs, rows.voxel[here], rows.label[here], rows.weight[here]))
    return found


def _shares(weight: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    found = np.asarray(weight, dtype=np.float64)
    return np.asarray(found / found.sum())
