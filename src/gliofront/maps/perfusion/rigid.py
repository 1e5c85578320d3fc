"""Rigid motion in voxel coordinates of an anisotropic grid: six numbers and their matrices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from gliofront.image.grid import FloatArray


def rigid_matrix(parameters: NDArray[np.floating]) -> FloatArray:
    """Return the (4, 4) matrix of a rotation vector (radians) and a translation (mm), (6,).

    >>> rigid_matrix(np.array([0, 0, np.pi / 2, 1, 2, 3.0]))[:3].round(6).tolist()
    [[0.0, -1.0, 0.0, 1.0], [1.0, 0.0, 0.0, 2.0], [0.0, 0.0, 1.0, 3.0]]
    """
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_rotvec(parameters[:3]).as_matrix()
    matrix[:3, 3] = parameters[3:]
    return matrix


def parameters_of(motion: FloatArray) -> FloatArray:
    """Return rotation vector (radians) and translation (mm) of a (4, 4) motion, (6,)."""
    turn = Rotation.from_matrix(motion[:3, :3]).as_rotvec()
    return np.concatenate([turn, motion[:3, 3]])


def in_voxels(motion: FloatArray, spacing: FloatArray, centre_mm: FloatArray) -> FloatArray:
    """Return a motion about a centre, in mm along the index axes, as a map of voxel indices."""
    to_mm = np.diag([*spacing, 1.0])
    to_mm[:3, 3] = -centre_mm
    return np.asarray(np.linalg.inv(to_mm) @ motion @ to_mm)


def degrees_of(motion: FloatArray) -> float:
    """Return the rotation angle of a (4, 4) motion, degrees."""
    return float(np.degrees(Rotation.from_matrix(motion[:3, :3]).magnitude()))


def displacement_mm(motion: FloatArray, points_mm: FloatArray) -> float:
    """Return the greatest displacement of points (P, 3), mm."""
    moved = points_mm @ motion[:3, :3].T + motion[:3, 3]
    return float(np.sqrt(((moved - points_mm) ** 2).sum(axis=1).max()))
