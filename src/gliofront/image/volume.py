"""Values on a grid. Intensities and labels are different types, so none is interpolated wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid

Float32Array = NDArray[np.float32]
BoolArray = NDArray[np.bool_]


def _check_shape(grid: Grid, shape: tuple[int, ...], name: str) -> None:
    if shape != grid.shape:
        raise InputRefused(name, f"data of shape {shape} on a grid of shape {grid.shape}", "crop")


def _is_frozen(data: object) -> bool:
    """Tell whether an array can be kept without a copy: nobody can write into it."""
    if not isinstance(data, np.ndarray) or data.dtype != np.float32 or data.base is not None:
        return False
    return bool(data.flags.c_contiguous and not data.flags.writeable)


@dataclass(frozen=True, eq=False)
class Volume:
    """A quantity on a grid.

    Parameters
    ----------
    grid : where the voxels lie.
    data : (X, Y, Z), kept as read-only float32; NaN means undefined.
    quantity : what it is, such as ``"T1C"``, ``"ADC"``, ``"progression probability"``.
    unit : such as ``"arbitrary"``, ``"mm2/s"``, ``"NAWM z"``, ``"ratio"``, ``"probability"``.
    """

    grid: Grid
    data: Float32Array
    quantity: str
    unit: str

    def __post_init__(self) -> None:
        """Check the shape and freeze the data."""
        data = self.data if _is_frozen(self.data) else np.array(self.data, np.float32, order="C")
        _check_shape(self.grid, data.shape, self.quantity)
        data.flags.writeable = False
        object.__setattr__(self, "data", data)

    def with_data(self, data: ArrayLike, unit: str | None = None) -> Volume:
        """Return the same quantity with other values (X, Y, Z), and another unit if given."""
        return replace(self, data=np.asarray(data, dtype=np.float32), unit=unit or self.unit)


@dataclass(frozen=True, eq=False)
class LabelVolume:
    """Named labels on a grid; 0 is background.

    Parameters
    ----------
    grid : where the voxels lie.
    data : (X, Y, Z) of integers 0 to 65535, kept in the smallest unsigned type, read-only.
    names : label value to name, such as ``{1: "brain"}``; a value without a name is refused.
    """

    grid: Grid
    data: NDArray[np.unsignedinteger]
    names: Mapping[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check values and names, and freeze."""
        data = np.asarray(self.data)
        what = ", ".join(self.names.values()) or "labels"
        _check_shape(self.grid, data.shape, what)
        if data.dtype.kind not in "bui" or (
            data.size and not 0 <= data.min() <= data.max() < 2**16
        ):
            raise InputRefused(what, "labels are not integers from 0 to 65535", "round and recode")
        unnamed = sorted(set(np.unique(data).tolist()) - {0} - set(self.names))
        if unnamed:
            raise InputRefused(what, f"labels {unnamed} have no name in the scheme", "name them")
        data = data.astype(np.min_scalar_type(int(data.max(initial=0))), order="C", copy=True)
        data.flags.writeable = False
        object.__setattr__(self, "data", data)
        object.__setattr__(self, "names", MappingProxyType(dict(self.names)))

    @classmethod
    def from_mask(cls, grid: Grid, mask: ArrayLike, name: str) -> LabelVolume:
        """Make a volume of one label from a boolean array (X, Y, Z)."""
        return cls(grid, np.asarray(mask, dtype=bool).astype(np.uint8), {1: name})

    def mask(self, *wanted: str) -> BoolArray:
        """Return where any of the named labels is, (X, Y, Z) bool; an absent name is nowhere."""
        values = [value for value, name in self.names.items() if name in wanted]
        return np.isin(self.data, values)

    def volume_ml(self, *wanted: str) -> float:
        """Return the volume of the named labels in mL."""
        return float(np.count_nonzero(self.mask(*wanted)) * self.grid.voxel_ml)
