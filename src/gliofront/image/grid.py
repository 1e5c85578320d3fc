"""Where voxels lie: a shape and an affine to RAS+ millimetres."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from nibabel.affines import apply_affine
from nibabel.orientations import aff2axcodes
from numpy.typing import ArrayLike, NDArray

from gliofront.foundation.errors import InputRefused

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Grid:
    """A regular grid of voxels in the world.

    Parameters
    ----------
    affine : (4, 4) float, from voxel index (i, j, k) at voxel centres to RAS+ mm.
    shape : three positive integers.

    Raises
    ------
    InputRefused
        If the affine is not finite or singular, or a dimension is not positive.

    >>> grid = Grid(np.diag([2.0, 2.0, 3.0, 1.0]), (10, 10, 5))
    >>> grid.spacing.tolist(), grid.voxel_ml
    ([2.0, 2.0, 3.0], 0.012)
    """

    affine: FloatArray
    shape: tuple[int, int, int]

    def __post_init__(self) -> None:
        """Check and freeze."""
        affine = np.array(self.affine, dtype=np.float64)
        if affine.shape != (4, 4) or not np.isfinite(affine).all():
            raise InputRefused("grid", "the affine is not a finite 4 x 4 matrix", "set it again")
        if not np.array_equal(affine[3], [0, 0, 0, 1]):
            raise InputRefused("grid", "the affine's last row is not 0 0 0 1", "set it again")
        lengths = np.linalg.norm(affine[:3, :3], axis=0)
        if lengths.min() == 0 or abs(np.linalg.det(affine[:3, :3] / lengths)) < 1e-3:
            raise InputRefused("grid", "the affine is singular", "set sform and qform again")
        if len(self.shape) != 3 or min(self.shape) < 1:
            raise InputRefused("grid", f"shape {self.shape} is not three positive sizes", "crop")
        affine.flags.writeable = False
        object.__setattr__(self, "affine", affine)
        object.__setattr__(self, "shape", tuple(int(n) for n in self.shape))

    @cached_property
    def spacing(self) -> FloatArray:
        """Voxel size along each index axis, mm, (3,)."""
        return np.asarray(np.linalg.norm(self.affine[:3, :3], axis=0))

    @cached_property
    def direction(self) -> FloatArray:
        """Unit vectors of the index axes in RAS+, as columns, (3, 3)."""
        return np.asarray(self.affine[:3, :3] / self.spacing)

    @property
    def origin(self) -> FloatArray:
        """World position of the centre of voxel (0, 0, 0), RAS+ mm, (3,)."""
        return np.asarray(self.affine[:3, 3])

    @property
    def voxel_ml(self) -> float:
        """Volume of a voxel in mL."""
        return float(abs(np.linalg.det(self.affine[:3, :3])) / 1000.0)

    @property
    def axis_codes(self) -> str:
        """Nearest anatomical directions towards which the index axes grow, such as ``"RAS"``."""
        return "".join(aff2axcodes(self.affine))

    def to_world(self, voxels: ArrayLike) -> FloatArray:
        """Map voxel indices (..., 3) to RAS+ mm (..., 3)."""
        return np.asarray(apply_affine(self.affine, voxels))

    def to_voxel(self, points: ArrayLike) -> FloatArray:
        """Map RAS+ mm (..., 3) to fractional voxel indices (..., 3)."""
        return np.asarray(apply_affine(np.linalg.inv(self.affine), points))

    def corners(self) -> FloatArray:
        """World positions of the centres of the eight corner voxels, (8, 3)."""
        ends = np.array(self.shape) - 1
        picks = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), -1).reshape(8, 3)
        return self.to_world(picks * ends)

    def shear_degrees(self) -> float:
        """Largest deviation of two index axes from a right angle, degrees."""
        cosines = self.direction.T @ self.direction - np.eye(3)
        return float(np.degrees(np.arcsin(np.clip(np.abs(cosines).max(), 0, 1))))

    def matches(self, other: Grid, tolerance_mm: float = 0.01) -> bool:
        """Tell whether both grids put every voxel at the same place within the tolerance."""
        if self.shape != other.shape:
            return False
        return bool(np.abs(self.corners() - other.corners()).max() <= tolerance_mm)

    def describe(self) -> str:
        """Return shape, voxel size, directions and world extent in one line."""
        low, high = self.corners().min(0), self.corners().max(0)
        size = " x ".join(str(n) for n in self.shape)
        zoom = " x ".join(f"{s:.3g}" for s in self.spacing)
        extent = ", ".join(f"{a:.1f} to {b:.1f}" for a, b in zip(low, high, strict=True))
        return f"{size} voxels of {zoom} mm, axes {self.axis_codes}, world (RAS mm) {extent}"
