"""The plane between the hemispheres: where the image matches its own mirror image best."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage, optimize

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import FloatArray, Grid
from gliofront.image.volume import BoolArray, Float32Array, Volume
from gliofront.regions.morphology import bounding_box, smooth, sub_grid

COARSE_MM = 4.0
LARGEST_TILT = 0.7  # radians; a head turned further was not put on a canonical grid


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane in the world.

    Parameters
    ----------
    point : (3,) RAS mm, a point on it.
    normal : (3,) unit vector, towards the patient's right (RAS: x grows to the right).
    """

    point: FloatArray
    normal: FloatArray

    def signed_mm(self, points: ArrayLike) -> FloatArray:
        """Return the distance of world points (..., 3) in mm: right positive, left negative.

        >>> Plane(np.zeros(3), np.array([1.0, 0, 0])).signed_mm([[3.0, 1, 1], [-2, 0, 0]]).tolist()
        [3.0, -2.0]
        """
        return np.asarray((np.asarray(points, dtype=float) - self.point) @ self.normal)

    def signed_over(self, grid: Grid) -> FloatArray:
        """Return the distance of every voxel centre of a grid in mm: right positive."""
        step = grid.affine[:3, :3].T @ self.normal
        start = float(self.signed_mm(grid.origin))
        i, j, k = (np.arange(n) for n in grid.shape)
        x, y, z = step[0] * i, step[1] * j, step[2] * k
        return np.asarray(start + x[:, None, None] + y[None, :, None] + z[None, None, :])

    def reflection(self) -> FloatArray:
        """Return the (4, 4) map of world points to their mirror images."""
        matrix = np.eye(4)
        matrix[:3, :3] -= 2 * np.outer(self.normal, self.normal)
        matrix[:3, 3] = 2 * self.normal * float(self.point @ self.normal)
        return matrix

    def mirrored(self, values: FloatArray, grid: Grid) -> FloatArray:
        """Return values (X, Y, Z) of the mirror image on the same grid; 0 from outside it."""
        pull = np.linalg.inv(grid.affine) @ self.reflection() @ grid.affine
        return np.asarray(
            ndimage.affine_transform(values, pull[:3, :3], pull[:3, 3], order=1, cval=0.0)
        )


def find_midplane(volume: Volume, brain: BoolArray) -> Plane:
    """Find the plane of best mirror symmetry of a brain.

    The score of a plane is the mean over brain points of exp(-d^2 / 2) where the mirror point
    is in the brain (d: difference of the two intensities over half the brain's spread), else 0.
    It is bounded, so a tumour on one side costs little (Welsch's robust estimator).

    Parameters
    ----------
    volume : any image with anatomy in it, such as T1C.
    brain : (X, Y, Z) bool.

    Raises
    ------
    InputRefused
        If the brain has fewer than 1000 points on a 4 mm lattice (64 mL).
    """
    box = bounding_box(brain, 1)
    grid = sub_grid(volume.grid, box)
    image, inside = _standardised(volume.data[box], brain[box], grid)
    points = _lattice(inside, grid)
    if len(points) < 1000:
        raise InputRefused(volume.quantity, "the brain mask is below 64 mL", "give a brain mask")
    centre = points.mean(axis=0)
    score = _Symmetry(image, inside.astype(float), grid, points, centre)
    rough = _rough_search(score)
    result = optimize.minimize(
        lambda q: -score(q),
        rough,
        method="Nelder-Mead",
        options={
            "initial_simplex": rough + np.vstack([np.zeros(3), np.diag([0.06, 0.06, 2.0])]),
            "xatol": 1e-3,
            "fatol": 1e-7,
            "maxiter": 300,
        },
    )
    normal = _normal(result.x)
    return Plane(centre + normal * float(result.x[2]), normal)


def _standardised(data: Float32Array, brain: BoolArray, grid: Grid) -> tuple[FloatArray, BoolArray]:
    """Smooth, clip to the 2nd to 98th percentile and scale to half a standard deviation."""
    finite = brain & np.isfinite(data)
    values = np.asarray(data, dtype=np.float64)
    if not finite.any():
        return np.zeros(data.shape), finite
    low, high = np.percentile(values[finite], [2, 98])
    filled = np.where(finite, np.clip(values, low, high), np.median(values[finite]))
    image = smooth(filled, COARSE_MM / 2, grid.spacing)
    spread = float(image[finite].std())
    return image / (spread / 2 if spread > 0 else 1.0), finite


def _lattice(brain: BoolArray, grid: Grid) -> FloatArray:
    """Return world positions of brain voxels on a lattice of about 4 mm, (N, 3)."""
    steps = [max(1, round(COARSE_MM / s)) for s in grid.spacing]
    picks = np.zeros_like(brain)
    picks[:: steps[0], :: steps[1], :: steps[2]] = True
    return grid.to_world(np.argwhere(picks & brain))


def _normal(parameters: FloatArray) -> FloatArray:
    """Return the unit normal of two tilts in radians: about the vertical and the frontal axis."""
    yaw, roll = float(parameters[0]), float(parameters[1])
    normal = np.array([np.cos(yaw) * np.cos(roll), np.sin(yaw) * np.cos(roll), np.sin(roll)])
    return np.asarray(normal / np.linalg.norm(normal))


class _Symmetry:
    """The symmetry of an image about a plane: (yaw, roll, offset in mm) to a score of 0 to 1."""

    def __init__(
        self,
        image: FloatArray,
        brain: FloatArray,
        grid: Grid,
        points: FloatArray,
        centre: FloatArray,
    ) -> None:
        self.image, self.brain, self.grid = image, brain, grid
        self.points, self.centre = points, centre
        self.values = self._sample(image, points)

    def _sample(self, values: FloatArray, points: FloatArray) -> FloatArray:
        voxels = self.grid.to_voxel(points).T
        return np.asarray(ndimage.map_coordinates(values, voxels, order=1, cval=0.0))

    def __call__(self, parameters: FloatArray) -> float:
        """Return the score; -1 for a tilt that no head on a canonical grid has."""
        if max(abs(float(parameters[0])), abs(float(parameters[1]))) > LARGEST_TILT:
            return -1.0
        normal = _normal(parameters)
        away = (self.points - self.centre) @ normal - float(parameters[2])
        mirror = self.points - 2 * away[:, None] * normal
        weight = self._sample(self.brain, mirror)
        difference = self._sample(self.image, mirror) - self.values
        return float(np.mean(weight * np.exp(-0.5 * difference**2)))


def _rough_search(score: _Symmetry) -> FloatArray:
    """Return the best of a small lattice of tilts and offsets."""
    tilts, offsets = np.radians([-20.0, -10.0, 0.0, 10.0, 20.0]), [-8.0, -4.0, 0.0, 4.0, 8.0]
    trials = [np.array(t) for t in product(tilts, tilts, offsets)]
    return trials[int(np.argmax([score(t) for t in trials]))]
