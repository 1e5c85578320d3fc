"""Small rigid motions of the head."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

FloatArray = NDArray[np.float64]


def random_motion(
    rng: np.random.Generator, centre: FloatArray, shift_mm: float, turn_degrees: float
) -> FloatArray:
    """Draw a rigid motion about a centre.

    Parameters
    ----------
    rng : the generator.
    centre : fixed point of the rotation, RAS+ mm, (3,).
    shift_mm, turn_degrees : standard deviations of each shift and each rotation angle;
        draws are cut at two of them.

    Returns
    -------
    (4, 4), RAS+ mm to RAS+ mm.

    >>> bool(np.allclose(random_motion(np.random.default_rng(0), np.zeros(3), 0, 0), np.eye(4)))
    True
    """
    angles = turn_degrees * np.clip(rng.standard_normal(3), -2, 2)
    shift = shift_mm * np.clip(rng.standard_normal(3), -2, 2)
    motion = np.eye(4)
    motion[:3, :3] = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    motion[:3, 3] = centre - motion[:3, :3] @ centre + shift
    return motion
