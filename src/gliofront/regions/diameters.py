"""The two perpendicular diameters by which lesions are measured on axial slices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gliofront.image.grid import FloatArray
from gliofront.image.volume import BoolArray

Pair = tuple[float, float]
_TIE_MM = 1e-9


def largest_diameters(mask: BoolArray, spacing: FloatArray | Sequence[float]) -> Pair:
    """Return the largest diameter in any axial slice and the largest one perpendicular to it.

    Both are straight lines between points of the convex outline of the lesion in one slice, as
    response criteria measure them (Macdonald et al., J Clin Oncol 8:1277-1280, 1990), so a line
    may cross a notch or a necrotic hole. They run from voxel centre to voxel centre, and one
    voxel width along their direction is added for the half voxels beyond both ends: a single
    voxel measures its own two sides. That is exact between flat ends, and about half a voxel too
    long between rounded ones. Of equally long lines the one with the longer perpendicular is
    taken, so mirroring the mask changes nothing.

    Parameters
    ----------
    mask : (X, Y, Z) bool, one lesion on an RAS grid, whose third axis runs along the body; several
        lesions would be spanned together.
    spacing : of the voxels, mm; the third does not matter.

    Returns
    -------
    longer, shorter : mm; NaN both if the mask is empty. A visit that was looked at and shows no
        lesion has a product of 0, which this cannot know.

    >>> mask = np.zeros((9, 9, 3), bool)
    >>> mask[2:7, 3:6, 1] = True
    >>> mask[2, [3, 5], 1] = mask[6, [3, 5], 1] = False
    >>> largest_diameters(mask, (1.0, 1.0, 5.0))
    (5.0, 3.0)
    >>> largest_diameters(np.zeros((9, 9, 3), bool), (1.0, 1.0, 5.0))
    (nan, nan)
    """
    size = np.asarray(spacing, dtype=float)[:2]
    found = [_of_slice(mask[:, :, z], size) for z in np.flatnonzero(mask.any(axis=(0, 1)))]
    return _longest(found) if found else (np.nan, np.nan)


def _longest(pairs: list[Pair]) -> Pair:
    top = max(pair[0] for pair in pairs) - _TIE_MM
    return max((pair for pair in pairs if pair[0] >= top), key=lambda pair: pair[1])


def _of_slice(mask: BoolArray, size: FloatArray) -> Pair:
    """Return the diameters of a slice (X, Y) that is not empty."""
    outline = _outline(mask) * size
    if len(outline) == 1:
        return float(size.max()), float(size.min())
    first, second = np.triu_indices(len(outline), 1)
    steps = outline[second] - outline[first]
    apart = np.linalg.norm(steps, axis=1)
    along = steps / apart[:, None]
    lengths = apart + np.linalg.norm(along * size, axis=1)
    tied = np.flatnonzero(lengths >= lengths.max() - _TIE_MM)
    long, across = _longest([(float(lengths[i]), _across(outline, along[i], size)) for i in tied])
    return max(long, across), min(long, across)


def _across(outline: FloatArray, along: FloatArray, size: FloatArray) -> float:
    """Return the longest line across a convex outline at right angles to a unit vector, mm.

    Its length is concave along the vector, so it is longest at a corner.
    """
    normal = np.array([-along[1], along[0]])
    places, heights = outline @ along, outline @ normal
    runs, climbs = np.roll(places, -1) - places, np.roll(heights, -1) - heights
    edges = np.abs(runs) > _TIE_MM
    shares = (places[:, None] - places[edges]) / runs[edges]
    meets = heights[edges] + shares * climbs[edges]
    on_edge = np.abs(shares - 0.5) <= 0.5 + _TIE_MM
    top = np.where(on_edge, meets, -np.inf).max(axis=1)
    bottom = np.where(on_edge, meets, np.inf).min(axis=1)
    return float((top - bottom).max() + np.linalg.norm(normal * size))


def _outline(mask: BoolArray) -> FloatArray:
    """Return the corners (n, 2) of the convex hull of a slice's voxels, in order, as indices."""
    rows = np.flatnonzero(mask.any(axis=1))
    low = mask[rows].argmax(axis=1)
    high = mask.shape[1] - 1 - mask[rows, ::-1].argmax(axis=1)
    there = list(zip(rows.tolist(), low.tolist(), strict=True))
    back = list(zip(rows.tolist(), high.tolist(), strict=True))[::-1]
    return np.array(list(dict.fromkeys(_convex(there) + _convex(back))), dtype=float)


def _convex(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the points at which a path that only turns left goes round all others."""
    chain: list[tuple[int, int]] = []
    for point in points:
        while len(chain) > 1 and not _turns_left(chain[-2], chain[-1], point):
            chain.pop()
        chain.append(point)
    return chain


def _turns_left(start: tuple[int, int], corner: tuple[int, int], end: tuple[int, int]) -> bool:
    ahead = (corner[0] - start[0], corner[1] - start[1])
    onward = (end[0] - start[0], end[1] - start[1])
    return ahead[0] * onward[1] - ahead[1] * onward[0] > 0
