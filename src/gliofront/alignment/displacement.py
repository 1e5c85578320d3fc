"""A smooth movement of places that is no matrix: displacements on a grid, and their algebra."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import FloatArray, Grid
from gliofront.image.volume import Float32Array

_INVERSE_STEPS = 30
_INVERSE_MM = 0.01


@dataclass(frozen=True, eq=False)
class Displacement:
    """Where tissue goes: a place x, RAS+ mm, goes to x + what stands at x.

    Parameters
    ----------
    grid : where the displacements are known; between its voxels they are linear, beyond them the
        nearest holds.
    data : (X, Y, Z, 3), mm along R, A, S; kept as read-only float32.
    """

    grid: Grid
    data: Float32Array

    def __post_init__(self) -> None:
        """Check the shape and freeze the data."""
        data = np.array(self.data, dtype=np.float32, order="C")
        if data.shape != (*self.grid.shape, 3) or not np.isfinite(data).all():
            problem = f"it is of shape {data.shape}, or not finite, on {self.grid.describe()}"
            raise InputRefused("displacement", problem, "align again")
        data.flags.writeable = False
        object.__setattr__(self, "data", data)

    @classmethod
    def none(cls, grid: Grid) -> Displacement:
        """Return the displacement that moves nothing."""
        return cls(grid, np.zeros((*grid.shape, 3), dtype=np.float32))

    def move(self, points: ArrayLike) -> FloatArray:
        """Move points (..., 3), RAS+ mm.

        >>> grid = Grid(np.diag([2.0, 2.0, 2.0, 1.0]), (4, 4, 4))
        >>> up = Displacement(grid, np.full((4, 4, 4, 3), [0, 0, 1.5]))
        >>> up.move([3.0, 1.0, 0.0]).tolist()
        [3.0, 1.0, 1.5]
        """
        points = np.asarray(points, dtype=np.float64)
        voxels = self.grid.to_voxel(points.reshape(-1, 3)).T
        moves = [
            ndimage.map_coordinates(self.data[..., axis], voxels, order=1, mode="nearest")
            for axis in range(3)
        ]
        return np.asarray(points + np.stack(moves, axis=-1).reshape(points.shape))

    def then(self, other: Displacement) -> Displacement:
        """Return this movement followed by another, on the grid of this one."""
        places = all_places(self.grid)
        moved = places + self.data
        return Displacement(self.grid, (other.move(moved) - places).astype(np.float32))

    def inverted(self) -> Displacement:
        """Return the movement that undoes this one, on the same grid.

        By fixed-point iteration (Chen et al., Med Phys 35:81-88, 2008); it converges where nothing
        folds, and stops at 0.01 mm.
        """
        places = all_places(self.grid)
        back = places - self.data
        for _ in range(_INVERSE_STEPS):
            miss = self.move(back) - places
            back -= miss
            if float(np.abs(miss).max()) < _INVERSE_MM:
                break
        return Displacement(self.grid, (back - places).astype(np.float32))

    def jacobian(self) -> FloatArray:
        """Return the local change of volume, (X, Y, Z): 1 is none, 0 or less is a fold."""
        slopes = np.stack([np.gradient(self.data[..., n], axis=(0, 1, 2)) for n in range(3)])
        # From change an index to change a millimetre, along the world's axes.
        along = np.moveaxis(slopes, (0, 1), (-2, -1)) @ np.linalg.inv(self.grid.affine[:3, :3])
        return np.asarray(np.linalg.det(along + np.eye(3)))


def all_places(grid: Grid) -> FloatArray:
    """Return the world positions of all voxels, (X, Y, Z, 3), RAS+ mm."""
    return grid.to_world(np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), -1))


def smallest_jacobian(move: Displacement, mask: NDArray[np.bool_]) -> float:
    """Return the smallest local change of volume within a mask (X, Y, Z); NaN if it is empty."""
    return float(move.jacobian()[mask].min()) if mask.any() else float("nan")
