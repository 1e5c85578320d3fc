"""The last fraction of a millimetre between two images of different contrast."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.optimize import minimize
from scipy.spatial.transform import Rotation

from gliofront.image.grid import FloatArray
from gliofront.image.volume import BoolArray, Volume
from gliofront.maps.diffusion.similarity import normalised_mutual_information

_POINTS = 30000
_RADIUS_MM = 60.0  # of a head: makes a rotation as large a step as a shift
_STEP_MM = 1.0
_SEED = 0


def refine_rigid(fixed: Volume, moving: Volume, mask: BoolArray) -> FloatArray:
    """Climb from no motion to the greatest normalised mutual information in the brain.

    Points lie off the voxel centres of the fixed image, or no motion at all would look best
    because nothing is interpolated there (Pluim et al., CVIU 77:211, 2000). Powell's method.

    Returns
    -------
    pull : (4, 4) from the fixed image's world to the moving image's, RAS mm; the identity where
        the brain is too small to compare.
    """
    voxels = np.argwhere(mask)
    step = max(1, len(voxels) // _POINTS)
    rng = np.random.default_rng(_SEED)
    chosen = voxels[::step] + rng.uniform(-0.5, 0.5, (len(voxels[::step]), 3))
    points = fixed.grid.to_world(chosen)
    centre = points.mean(axis=0)
    here = _values(fixed, points)
    everywhere = np.ones(len(points), dtype=bool)

    def unlike(six: FloatArray) -> float:
        pull = _rigid(six, centre)
        there = _values(moving, points @ pull[:3, :3].T + pull[:3, 3])
        value = normalised_mutual_information(here, there, everywhere)
        return -value if np.isfinite(value) else 0.0

    return _rigid(_descend(unlike), centre)


def _descend(cost: Callable[[FloatArray], float]) -> FloatArray:
    directions = _STEP_MM * np.eye(6)
    found = minimize(
        cost,
        np.zeros(6),
        method="Powell",
        options={"direc": directions, "xtol": 0.02, "ftol": 1e-5, "maxiter": 4},
    )
    return np.asarray(found.x if found.fun < cost(np.zeros(6)) else np.zeros(6))


def _rigid(six: FloatArray, centre: FloatArray) -> FloatArray:
    """Return shifts in mm and rotations in mm at the head's radius as (4, 4) about a centre."""
    pull = np.eye(4)
    pull[:3, :3] = Rotation.from_rotvec(six[3:] / _RADIUS_MM).as_matrix()
    pull[:3, 3] = six[:3] + centre - pull[:3, :3] @ centre
    return pull


def _values(volume: Volume, points: FloatArray) -> np.ndarray:
    where = volume.grid.to_voxel(points).T
    return np.asarray(map_coordinates(volume.data, where, order=1, cval=np.nan, prefilter=False))
