"""The voxels of a patient: features, places, labels and distances."""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.learning.context import VoxelContext

REFERENCE_MAP = "T1C"
UNKNOWN = -1


def map_of(column: str) -> str:
    """Return the map that a feature column comes from.

    >>> map_of("rCBV_firstorder_mean")
    'rCBV'
    """
    return column.split("_", 1)[0]


@dataclass(frozen=True, eq=False)
class PatientVoxels:
    """The peritumoural voxels of one patient.

    Parameters
    ----------
    patient : canonical id; voxels of one id never part.
    site : where the patient was scanned; empty if unknown.
    voxel_ml : volume of a voxel, mL.
    names : (p,) names of the feature columns, ``MAP_family_feature``.
    features : (n, p) float32, possibly memory-mapped; NaN is undefined.
    voxel : (n, 3) indices i, j, k in the patient's working grid.
    label : (n,) int8: 1 progression, 0 none, -1 unknown.
    shell : (n,) int16, which shell.
    distance_mm : (n,) float32, to the enhancing tumour.
    context : what else is known of them, (n,).
    doubt : (n,) float32, share of the repeats of the alignment of the scan at progression that
        contradict the label, 0 to 1; 0 where the label rests on none.

    Raises
    ------
    InputRefused
        If lengths differ, a column name comes twice, a label is another number, or a doubt is no
        share.
    """

    patient: str
    site: str
    voxel_ml: float
    names: tuple[str, ...]
    features: NDArray[np.float32]
    voxel: NDArray[np.int32]
    label: NDArray[np.int8]
    shell: NDArray[np.int16]
    distance_mm: NDArray[np.float32]
    doubt: NDArray[np.float32]
    context: VoxelContext

    def __post_init__(self) -> None:
        """Fix the types and check that everything belongs together."""
        kinds = {
            "voxel": np.int32,
            "label": np.int8,
            "shell": np.int16,
            "distance_mm": np.float32,
            "doubt": np.float32,
        }
        for name, kind in kinds.items():
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=kind))
        if self.features.dtype != np.float32:
            object.__setattr__(self, "features", self.features.astype(np.float32))
        object.__setattr__(self, "names", tuple(self.names))
        self._check()

    def _check(self) -> None:
        n = len(self.features)
        whole = self.features.shape == (n, len(self.names)) and self.voxel.shape == (n, 3)
        lengths = {len(a) for a in self._columns()}
        if not whole or lengths != {n}:
            self._refuse("features, names, voxels, labels and distances differ in length")
        if len(set(self.names)) != len(self.names):
            self._refuse("a feature column comes twice")
        if n and not np.isin(self.label, (UNKNOWN, 0, 1)).all():
            self._refuse("a label is not 1, 0 or -1")
        if not ((self.doubt >= 0) & (self.doubt <= 1)).all():
            self._refuse("a doubt is not between 0 and 1")
        if not self.patient:
            self._refuse("the patient has no id")

    def _columns(self) -> tuple[Sized, ...]:
        return self.label, self.shell, self.distance_mm, self.doubt, self.context

    def _refuse(self, problem: str) -> None:
        raise InputRefused(f"voxels of {self.patient}", problem, "compute the features again")

    @property
    def maps(self) -> tuple[str, ...]:
        """The maps of the columns, in order."""
        return tuple(dict.fromkeys(map_of(name) for name in self.names))

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Where the label is known, and T1C's features and the distance are finite, (n,)."""
        known = self.label != UNKNOWN
        return np.asarray(known & predictable(self.features, self.distance_mm, self.names))

    @property
    def progression_ml(self) -> float:
        """Volume labelled progression, mL."""
        return float(np.count_nonzero(self.label == 1) * self.voxel_ml)


def columns_of(names: tuple[str, ...], wanted: str) -> NDArray[np.intp]:
    """Return the positions of the columns of a map."""
    return np.flatnonzero([map_of(name) == wanted for name in names])


def predictable(
    features: NDArray[np.float32], distance_mm: NDArray[np.floating], names: tuple[str, ...]
) -> NDArray[np.bool_]:
    """Return where the reference map's features and the distance are finite, (n,)."""
    columns = columns_of(names, REFERENCE_MAP)
    defined = np.isfinite(features[:, columns]).all(axis=1)
    return np.asarray(defined & np.isfinite(distance_mm))
