"""Location: does the plan point to where progression is, and how far is its surface from it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from gliofront.evaluation.coverage import plan_order
from gliofront.evaluation.scores import NO_PROGRESSION, Score

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Places = NDArray[np.intp]

EMPTY_PLAN = "the plan is empty"
NO_LESION = "no progression lesion above the smallest size"
_TOUCHING = np.ones((3, 3, 3), dtype=bool)


def centroid_hit(
    voxel: NDArray[np.integer], progression: BoolArray, plan: BoolArray, spacing: FloatArray
) -> Score:
    """Return 1 if the plan holds the centre of the progression, else 0.

    The centre is the progression voxel nearest to the centroid, which itself may lie outside a
    bent progression; of equally near ones, the first.

    Parameters
    ----------
    voxel : (n, 3) indices of the peritumoural voxels.
    progression, plan : (n,) bool, such as the plan of the top 5 mL.
    spacing : (3,) voxel size, mm.
    """
    if not progression.any():
        return Score(math.nan, NO_PROGRESSION)
    points = voxel[progression] * spacing
    away = np.square(points - points.mean(axis=0)).sum(axis=1)
    return Score(float(plan[progression][np.argmin(away)]))


def nearest_edge_hit(
    progression: BoolArray, plan: BoolArray, distance_mm: NDArray[np.floating]
) -> Score:
    """Return 1 if the plan holds the part of the progression nearest to the tumour, else 0.

    On a grid many voxels are equally near; then at least half of them must be in the plan.

    Parameters
    ----------
    progression, plan : (n,) bool.
    distance_mm : (n,) to the enhancing tumour.
    """
    if not progression.any():
        return Score(math.nan, NO_PROGRESSION)
    away = distance_mm[progression]
    nearest = plan[progression][away <= away.min() + 1e-6]
    return Score(float(nearest.mean() >= 0.5))


def surface_distance(
    voxel: NDArray[np.integer], progression: BoolArray, plan: BoolArray, spacing: FloatArray
) -> dict[str, Score]:
    """Return the mean and the 95th percentile distance of the two surfaces, mm.

    A surface is made of the voxels with a face neighbour outside; distances run between voxel
    centres. The mean is over the voxels of both surfaces together. The percentile is the larger
    of the two directions (Maier-Hein et al., Metrics reloaded, Nat Methods 21:195, 2024).

    Parameters
    ----------
    voxel, progression, plan, spacing : see `centroid_hit`.
    """
    if not progression.any() or not plan.any():
        reason = EMPTY_PLAN if progression.any() else NO_PROGRESSION
        return dict.fromkeys(("mean_mm", "hausdorff_95_mm"), Score(math.nan, reason))
    truth = _surface(voxel[progression]) * spacing
    planned = _surface(voxel[plan]) * spacing
    there, back = cKDTree(truth).query(planned)[0], cKDTree(planned).query(truth)[0]
    farthest = max(float(np.percentile(there, 95)), float(np.percentile(back, 95)))
    mean = float(np.concatenate([there, back]).mean())
    return {"mean_mm": Score(mean), "hausdorff_95_mm": Score(farthest)}


def _surface(voxel: NDArray[np.integer]) -> NDArray[np.integer]:
    """Return the voxels (k, 3) with a face neighbour outside."""
    places, shape = _box(voxel)
    mask = np.zeros(shape, dtype=bool)
    mask.ravel()[places] = True
    inner = ndimage.binary_erosion(mask)
    return np.asarray(voxel[~inner.ravel()[places]])


def _box(voxel: NDArray[np.integer]) -> tuple[Places, tuple[int, int, int]]:
    """Return flat places (n,) of voxels in their bounding box, with a rim, and its shape."""
    within = voxel - voxel.min(axis=0) + 1
    x, y, z = (int(size) for size in within.max(axis=0) + 2)
    return np.ravel_multi_index(tuple(within.T), (x, y, z)), (x, y, z)


@dataclass(frozen=True, eq=False)
class HotSpots:
    """The free-response curve: lesions found and false hot spots of plans that grow, (k,) each.

    Parameters
    ----------
    plan_ml : volume of the plan, mL, rising.
    false : hot spots shown so far that point outside all progression.
    found : lesions that a hot spot shown so far points to.
    lesions : how many there are.
    """

    plan_ml: FloatArray
    false: NDArray[np.intp]
    found: NDArray[np.intp]
    lesions: int

    def sensitivity(self, most_false: int) -> Score:
        """Return the share of lesions found by the largest plan with at most so many false ones.

        0 if every plan has more. Common are 1, 2 and 4.
        """
        if not self.lesions:
            return Score(math.nan, NO_LESION)
        within = self.found[self.false <= most_false]
        return Score(float(within.max(initial=0)) / self.lesions)


def hot_spots(
    voxel: NDArray[np.integer],
    probability: FloatArray,
    progression: BoolArray,
    distance_mm: NDArray[np.floating],
    voxel_ml: float,
    *,
    smallest_ml: float = 0.1,
    levels: int = 40,
) -> HotSpots:
    """Return lesions found against false hot spots (free-response curve, FROC).

    The plan grows from `smallest_ml` to the whole region, in steps of equal ratio. At each step
    its connected parts of at least `smallest_ml` are the hot spots. A hot spot points to its most
    probable voxel alone, as a mark does in a reading study (Chakraborty, Phys Med Biol 51:3449,
    2006): were overlap enough, the whole region as one spot would find everything. It is false
    if it points outside progression, and stays counted when it later flows into another. A
    lesion, a connected part of progression of at least `smallest_ml`, is found once a hot spot
    points into it. Voxels connect by faces, edges and corners.

    Parameters
    ----------
    voxel : (n, 3) indices of the peritumoural voxels.
    probability, progression : (n,).
    distance_mm : (n,); orders voxels of equal probability, see `plan_order`.
    voxel_ml : volume of a voxel, mL.
    smallest_ml : size of the smallest hot spot and lesion, mL; assumed.
    levels : number of plans.
    """
    least = max(1, math.ceil(smallest_ml / voxel_ml - 1e-9))
    places, shape = _box(voxel)
    lesion = _parts(places, shape, progression, least)
    lesions = np.unique(lesion[lesion > 0])
    order = plan_order(probability, distance_mm)
    sizes = np.unique(np.geomspace(min(least, order.size), order.size, levels).round().astype(int))
    shown, false, found = np.zeros(order.size, dtype=bool), [], []
    for size in sizes:
        shown[_peaks(places, shape, order[:size], least)] = True
        false.append(np.count_nonzero(shown & ~progression))
        found.append(np.intersect1d(lesion[shown], lesions).size)
    return HotSpots(sizes * voxel_ml, np.array(false), np.array(found), lesions.size)


def _parts(places: Places, shape: Sequence[int], mask: BoolArray, least: int) -> Places:
    """Return the connected part of each voxel (n,), 0 outside the mask and in small parts."""
    box = np.zeros(shape, dtype=bool)
    box.ravel()[places[mask]] = True
    part = ndimage.label(box, _TOUCHING)[0].ravel()[places].astype(np.intp)
    small = np.bincount(part) < least
    return np.where(small[part], 0, part)


def _peaks(places: Places, shape: Sequence[int], planned: Places, least: int) -> Places:
    """Return the first voxel of each connected part of a plan, which is given in its order."""
    part = _parts(places[planned], shape, np.ones(planned.size, dtype=bool), least)
    numbers, first = np.unique(part, return_index=True)
    return planned[first[numbers > 0]]
