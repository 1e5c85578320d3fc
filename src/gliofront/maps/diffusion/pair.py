"""The EPI distortion between two images of opposite phase encoding.

One field moves signal forward in one image and backward in the other (Chang and Fitzpatrick, IEEE
TMI 11:319, 1992). It is the smooth field after whose removal, signal piled up or thinned
included, both images agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gliofront.image.grid import FloatArray, Grid
from gliofront.image.resample import resample_volume
from gliofront.image.volume import BoolArray, Volume
from gliofront.maps.diffusion.field_search import Level, Parts, improved, ordered
from gliofront.maps.diffusion.levels import along_last, coarser, held_onto
from gliofront.maps.diffusion.shift import linear
from gliofront.maps.diffusion.volumes import share_of, volume_of

_LEVELS_MM = (12.0, 8.0, 5.0, 3.0)
_STEPS = 8  # at most, a level
_ENOUGH_MM = 0.02  # largest change of the field at which a level ends
_SMOOTHNESS = 0.1  # of the objective at a setting of 1, found on simulated heads


@dataclass(frozen=True, eq=False)
class _Pair(Level):
    """Two images and weights (..., n)."""

    first: FloatArray
    second: FloatArray
    weight: FloatArray

    def parts(self, field: FloatArray) -> Parts:
        """Compare the first at x + field with the second at x - field."""
        shift, slope = field / self.spacing[-1], self.slope(field)
        ahead, behind = linear(self.first, shift), linear(self.second, -shift)
        rise_ahead = linear(self.slope(self.first), shift)
        rise_behind = linear(self.slope(self.second), -shift)
        difference = ahead * (1 + slope) - behind * (1 - slope)
        by_field = rise_ahead * (1 + slope) + rise_behind * (1 - slope)
        w = self.weight
        return w * difference, w * by_field, w * (ahead + behind)


def pair_field(
    first: Volume, second: Volume, near: BoolArray, axis: int, smoothness: float, most_mm: float
) -> FloatArray:
    """Find the field that makes two images of opposite phase encoding agree.

    Parameters
    ----------
    first, second : (X, Y, Z) b0 images on one grid, without motion between them.
    near : (X, Y, Z) where they are compared: the brain and what is around it.
    axis : voxel axis of the phase encoding.
    smoothness : positive; larger is smoother. most_mm : bound of the field.

    Returns
    -------
    field : (X, Y, Z) mm along the axis: the first image shows at x + field what lies at x, the
        second at x - field.
    """
    field = volume_of(first.grid, np.zeros(first.grid.shape), "field", "mm")
    for level_mm in _LEVELS_MM:
        grid = coarser(first.grid, level_mm)
        level = _level(first, second, near, grid, axis, smoothness)
        start = np.moveaxis(held_onto(field, grid), axis, -1)
        found = np.clip(_climb(level, start), -most_mm, most_mm)
        field = volume_of(grid, np.moveaxis(found, -1, axis), "field", "mm")
    return held_onto(field, first.grid)


def _level(
    first: Volume, second: Volume, near: BoolArray, grid: Grid, axis: int, smoothness: float
) -> _Pair:
    weight = resample_volume(share_of(first.grid, near), grid, fill=0.0).data
    images = [np.nan_to_num(resample_volume(v, grid, fill=0.0).data) for v in (first, second)]
    # As bright as each other on the whole, and the head about 1.
    scaled = [image / np.mean(image[weight > 0.5]) for image in images]
    one, two, w = (np.moveaxis(np.asarray(a, np.float64), axis, -1) for a in (*scaled, weight))
    return _Pair(along_last(grid.spacing, axis), _SMOOTHNESS * smoothness, one, two, w)


def _climb(level: _Pair, field: FloatArray) -> FloatArray:
    field = ordered(level, field)
    for _ in range(_STEPS):
        better = improved(level, field)
        if better is None:
            return field
        change = float(np.abs(better - field).max())
        field = better
        if change < _ENOUGH_MM:
            break
    return field
