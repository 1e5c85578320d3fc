"""Rigid motions as 4 x 4 matrices on world points, RAS+ mm."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

Matrix = NDArray[np.float64]


def rigid_matrix(
    rotation_degrees: ArrayLike, translation_mm: ArrayLike, centre: ArrayLike = (0.0, 0.0, 0.0)
) -> Matrix:
    """Return x -> R (x - centre) + centre + translation, (4, 4).

    Parameters
    ----------
    rotation_degrees : rotation vector (3,): its direction is the axis, its length the angle.
    translation_mm, centre : (3,) mm.

    >>> rigid_matrix([0, 0, 90], [1, 2, 3]).round(6) @ [1, 0, 0, 1]
    array([1., 3., 3., 1.])
    """
    centre = np.asarray(centre, dtype=np.float64)
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_rotvec(np.asarray(rotation_degrees), degrees=True).as_matrix()
    matrix[:3, 3] = centre + np.asarray(translation_mm) - matrix[:3, :3] @ centre
    return matrix


def inverse(rigid: Matrix) -> Matrix:
    """Return the inverse of a rigid motion (4, 4), again exactly rigid."""
    result = np.eye(4)
    result[:3, :3] = rigid[:3, :3].T
    result[:3, 3] = -rigid[:3, :3].T @ rigid[:3, 3]
    return result


def rotation_degrees(rigid: Matrix) -> float:
    """Return the angle of a rigid motion (4, 4), 0 to 180 degrees."""
    return float(np.degrees(Rotation.from_matrix(rigid[:3, :3]).magnitude()))


def displacement_mm(rigid: Matrix, points: ArrayLike) -> NDArray[np.float64]:
    """Return how far a motion (4, 4) carries each of the points (..., 3), mm (...).

    >>> displacement_mm(rigid_matrix([0, 0, 0], [3, 4, 0]), [[0, 0, 0], [9, 9, 9]])
    array([5., 5.])
    """
    points = np.asarray(points, dtype=np.float64)
    moved = points @ rigid[:3, :3].T + rigid[:3, 3]
    return np.asarray(np.linalg.norm(moved - points, axis=-1))


def mirror_x(position_mm: float) -> Matrix:
    """Return the reflection (4, 4) that swaps left and right about the plane x = position.

    >>> mirror_x(10.0) @ [12, 5, 5, 1]
    array([8., 5., 5., 1.])
    """
    matrix = np.diag([-1.0, 1.0, 1.0, 1.0])
    matrix[0, 3] = 2.0 * position_mm
    return matrix
