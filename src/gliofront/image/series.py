"""Several images of one grid in a row: diffusion directions, or frames of a bolus."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import Float32Array, Volume


@dataclass(frozen=True, eq=False)
class Series:
    """Images of one quantity, on one grid, in the order in which they were acquired.

    Parameters
    ----------
    grid : where the voxels of every image lie.
    data : (X, Y, Z, N), kept as read-only float32; NaN means undefined.
    quantity : what it is, such as ``"DWI"`` or ``"DSC"``.
    unit : as in `gliofront.image.volume.Volume`.
    """

    grid: Grid
    data: Float32Array
    quantity: str
    unit: str = "arbitrary"

    def __post_init__(self) -> None:
        """Check the shape and freeze the data."""
        # Nothing of a series may change behind its back, but its gigabyte is not copied for that.
        data = np.asarray(self.data, dtype=np.float32).view()
        if data.shape[:-1] != self.grid.shape or data.ndim != 4 or not data.shape[-1]:
            problem = f"data of shape {data.shape} on a grid of shape {self.grid.shape}"
            raise InputRefused(self.quantity, problem, "give one image or more on the grid")
        data.flags.writeable = False
        object.__setattr__(self, "data", data)

    def __len__(self) -> int:
        """Return the number of images."""
        return int(self.data.shape[-1])

    def image(self, index: int) -> Volume:
        """Return one image, counted from 0."""
        return Volume(self.grid, self.data[..., index], self.quantity, self.unit)

    def with_data(self, data: ArrayLike) -> Series:
        """Return the same quantity with other values (X, Y, Z, N)."""
        return replace(self, data=np.asarray(data, dtype=np.float32))
