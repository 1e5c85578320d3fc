"""Treated patients at a coarse voxel size, with what `make_patient` draws on the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.image.grid import Grid
from gliofront.phantom.anatomy import Anatomy, make_anatomy
from gliofront.phantom.course import Course, follow
from gliofront.phantom.fibres import lay_fibres
from gliofront.phantom.follow_up import FollowUp, scan_follow_up
from gliofront.phantom.mass_effect import Displacement, push_aside
from gliofront.phantom.oedema import draw_oedema
from gliofront.phantom.settings import CourseSettings, PhantomSettings
from gliofront.phantom.tumour import Tumour, grow_tumour

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Treated:
    """A patient before surgery and what became of him."""

    index: int
    anatomy: Anatomy
    tumour: Tumour
    mass: Displacement
    course: Course
    settings: CourseSettings

    def scanned(self, settings: CourseSettings | None = None) -> FollowUp:
        """Scan, at another slice thickness if settings are given."""
        oedema = draw_oedema(stream(self.index, 3), self.anatomy, self.tumour.core)
        how = settings or self.settings
        rng = stream(self.index, 8)
        return scan_follow_up(rng, self.anatomy, self.tumour, self.course, oedema, self.mass, how)


def stream(index: int, step: int) -> np.random.Generator:
    return np.random.default_rng([7, index, step])


def treat(index: int, resolution_mm: float, settings: CourseSettings) -> Treated:
    """Make a patient and treat him."""
    default = PhantomSettings(resolution_mm=resolution_mm)
    healthy = make_anatomy(stream(index, 0), resolution_mm, default.anatomy)
    fibres = lay_fibres(healthy)
    grown = grow_tumour(stream(index, 1), healthy, default.tumour, fibres, default.mass_effect)
    pushed = push_aside(stream(index, 7), healthy, grown, fibres, default.mass_effect)
    anatomy, tumour, _, mass = pushed
    course = follow(stream(index, 4), anatomy, tumour, settings)
    return Treated(index, anatomy, tumour, mass, course, settings)


def places(grid: Grid) -> FloatArray:
    """World positions of all voxel centres, (X, Y, Z, 3)."""
    return grid.to_world(np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), -1))


def look_up(grid: Grid, values: FloatArray, points: FloatArray) -> FloatArray:
    """Interpolate values (X, Y, Z) or (X, Y, Z, 3) at points (..., 3)."""
    if values.ndim == 4:
        return np.stack([look_up(grid, values[..., k], points) for k in range(3)], axis=-1)
    voxels = np.moveaxis(grid.to_voxel(points), -1, 0)
    return ndimage.map_coordinates(values.astype(float), voxels, order=1, mode="nearest")


def dice(one: BoolArray, other: BoolArray) -> float:
    """Overlap of two regions, 0 to 1."""
    return float(2 * (one & other).sum() / (one.sum() + other.sum()))
