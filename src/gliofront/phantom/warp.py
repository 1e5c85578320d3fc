"""Random smooth diffeomorphisms: the exponential of a stationary velocity field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.image.grid import Grid
from gliofront.phantom.fields import smooth_field

FloatArray = NDArray[np.float64]
SQUARINGS = 5
KNOTS_PER_SCALE = 4.0


@dataclass(frozen=True, eq=False)
class Warp:
    """A displacement on a coarse grid.

    Parameters
    ----------
    grid : the coarse grid.
    displacement : (3, X, Y, Z), RAS+ mm.
    """

    grid: Grid
    displacement: FloatArray

    def displace(self, points: FloatArray) -> FloatArray:
        """Move points (..., 3), RAS+ mm; beyond the grid the nearest displacement holds."""
        voxels = np.moveaxis(self.grid.to_voxel(points), -1, 0)
        moves = [
            ndimage.map_coordinates(d, voxels, order=1, mode="nearest") for d in self.displacement
        ]
        return np.asarray(points + np.stack(moves, axis=-1))


def random_warp(rng: np.random.Generator, around: Grid, rms_mm: float, scale_mm: float) -> Warp:
    """Draw a diffeomorphism over a grid's field of view.

    The velocity is three independent Gaussian fields; it is integrated by scaling and squaring
    (Arsigny et al., MICCAI 2006, "A log-Euclidean framework for statistics on diffeomorphisms").

    Parameters
    ----------
    rng : the generator.
    around : grid whose field of view is to be covered.
    rms_mm : root mean square length of the velocity, mm in unit time.
    scale_mm : correlation length of the velocity, mm.
    """
    pitch = scale_mm / KNOTS_PER_SCALE
    grid = covering(around, pitch)
    spacing = np.full(3, pitch)
    velocity = np.stack([smooth_field(rng, grid.shape, spacing, scale_mm) for _ in range(3)])
    velocity *= rms_mm / np.sqrt(3)
    return Warp(grid, exponential(velocity, pitch))


def covering(around: Grid, pitch: float) -> Grid:
    """Return a grid of cubic voxels along RAS+ that covers another's field of view."""
    low, high = around.corners().min(0), around.corners().max(0)
    counts = np.ceil((high - low) / pitch).astype(int) + 1
    affine = np.diag([pitch, pitch, pitch, 1.0])
    affine[:3, 3] = low
    return Grid(affine, (int(counts[0]), int(counts[1]), int(counts[2])))


def exponential(velocity: FloatArray, pitch: float) -> FloatArray:
    """Integrate a stationary velocity for unit time, (3, X, Y, Z), mm, on a grid of pitch mm."""
    places = np.stack(np.meshgrid(*map(np.arange, velocity.shape[1:]), indexing="ij"))
    move = velocity / 2.0**SQUARINGS
    for _ in range(SQUARINGS):
        onward = places + move / pitch
        move = move + np.stack(
            [ndimage.map_coordinates(m, onward, order=1, mode="nearest") for m in move]
        )
    return np.asarray(move)


def jacobian_determinant(warp: Warp) -> FloatArray:
    """Return the local change of volume of a warp at its knots, (X, Y, Z)."""
    pitch = float(warp.grid.spacing[0])
    slopes = [np.stack(np.gradient(d, pitch), axis=-1) for d in warp.displacement]
    return np.asarray(np.linalg.det(np.stack(slopes, axis=-2) + np.eye(3)))
