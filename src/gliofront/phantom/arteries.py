"""The large arteries at the base of the brain, where the bolus is first seen."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

RADIUS_MM = 1.6
"""Order of a middle cerebral artery's; assumed for all."""
FULLEST = 0.8
# Ways in the template, RAS+ mm, of the right side; the left mirrors them. Assumed, from anatomy.
WAYS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "middle": ((8, 4, -16), (26, 5, -16), (40, 0, -8), (44, -14, 4), (46, -30, 14)),
    "anterior": ((8, 6, -16), (3, 24, -14), (3, 40, 4), (4, 34, 20), (4, 12, 32)),
    "posterior": ((1, -22, -36), (3, -22, -18), (18, -32, -10), (16, -62, 0)),
}


def artery_density(places: FloatArray, brain: BoolArray, spacing_mm: float) -> FloatArray:
    """Return the share of each voxel that is artery, (X, Y, Z), 0 to 0.8.

    Tubes about the ways of the middle, anterior and posterior cerebral arteries; what fills a
    voxel in part shows as much.

    Parameters
    ----------
    places : position in the template, RAS+ mm, (X, Y, Z, 3).
    brain : inside of the skull, (X, Y, Z).
    spacing_mm : voxel size.
    """
    points = places[brain]
    points[:, 0] = np.abs(points[:, 0])
    nearest = np.full(len(points), np.inf)
    for way in WAYS.values():
        for start, stop in pairwise(way):
            np.minimum(nearest, _from_segment(points, np.array(start), np.array(stop)), nearest)
    share = np.zeros(brain.shape)
    edge = max(spacing_mm, RADIUS_MM)
    share[brain] = FULLEST * np.clip((RADIUS_MM + edge / 2 - nearest) / edge, 0, 1)
    return share


def _from_segment(points: FloatArray, start: FloatArray, stop: FloatArray) -> FloatArray:
    """Return the distance of points (V, 3) from a straight piece of a way, mm, (V,)."""
    along = stop - start
    part = np.clip((points - start) @ along / (along @ along), 0, 1)
    away = points - start - part[:, None] * along
    return np.asarray(np.sqrt((away**2).sum(1)))
