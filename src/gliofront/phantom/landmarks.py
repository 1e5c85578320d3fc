"""Places that an expert could find again: corners of ventricles, crests and depths of folds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.phantom.anatomy import Anatomy

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

CORNER_MM = 2.5
APART_MM = 12.0
NEAR_MM = (6.0, 30.0)
COUNT = 20


def pick_landmarks(anatomy: Anatomy, core: BoolArray, unusable: BoolArray) -> FloatArray:
    """Return 20 landmarks, half of them 6 to 30 mm from the core, (20, 3), RAS+ mm.

    The strongest corners of the healthy tissue, at least 12 mm apart: where the smallest
    eigenvalue of the structure tensor peaks, tissue changes in all three directions (Rohr, Image
    Vis Comput 15:219-230, 1997). Fewer than 20 where there are no more.

    Parameters
    ----------
    anatomy : the head.
    core : the enhancing region before surgery, (X, Y, Z).
    unusable : tissue that is no longer there or no longer the same, (X, Y, Z).
    """
    strength = corner_strength(anatomy)
    distance = ndimage.distance_transform_edt(~core, sampling=anatomy.grid.spacing)
    usable = anatomy.brain & ~unusable & (distance >= NEAR_MM[0])
    near = usable & (distance <= NEAR_MM[1])
    taken = _strongest(anatomy, np.where(near, strength, 0), COUNT // 2, np.empty((0, 3)))
    return _strongest(anatomy, np.where(usable & ~near, strength, 0), COUNT, taken)


def corner_strength(anatomy: Anatomy) -> FloatArray:
    """Return the smallest eigenvalue of the structure tensor of a T1-like image, (X, Y, Z)."""
    spacing = anatomy.grid.spacing
    image = anatomy.white + 0.6 * anatomy.grey
    slopes = [ndimage.gaussian_filter1d(image, 1.0, axis=a, order=1) for a in range(3)]
    slopes = [g / h for g, h in zip(slopes, spacing, strict=True)]
    tensor = np.empty((*image.shape, 3, 3), dtype=np.float32)
    for i in range(3):
        for j in range(i, 3):
            mixed = ndimage.gaussian_filter(slopes[i] * slopes[j], CORNER_MM / spacing)
            tensor[..., i, j] = tensor[..., j, i] = mixed
    strength = np.zeros(image.shape)
    strength[anatomy.brain] = np.linalg.eigvalsh(tensor[anatomy.brain])[:, 0]
    return strength


def _strongest(anatomy: Anatomy, strength: FloatArray, count: int, taken: FloatArray) -> FloatArray:
    """Add the strongest peaks that are apart from those taken, up to a count of all, (n, 3)."""
    peaks = strength * (strength == ndimage.maximum_filter(strength, 3))
    order = np.argsort(-peaks, axis=None, kind="stable")[: np.count_nonzero(peaks > 0)]
    places = anatomy.grid.to_world(np.stack(np.unravel_index(order, strength.shape), -1))
    for place in places:
        if len(taken) >= count:
            break
        if not len(taken) or np.linalg.norm(taken - place, axis=1).min() >= APART_MM:
            taken = np.vstack([taken, place])
    return taken
