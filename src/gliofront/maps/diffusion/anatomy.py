"""The EPI distortion of a b0 image, from an undistorted image of the anatomy.

The field is sought under which the b0 becomes what the anatomy predicts of it: in every
neighbourhood the quadratic function of the anatomy's values that fits the b0 best. So contrasts
may differ from place to place, as they do in a tumour, and only boundaries count (local
correlation, as in Cachier et al., CVIU 89:272, 2003, extended from a line to a parabola).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter

from gliofront.image.grid import FloatArray, Grid
from gliofront.image.resample import resample_volume
from gliofront.image.volume import BoolArray, Volume
from gliofront.maps.diffusion.brain import widened
from gliofront.maps.diffusion.field_search import Level, Parts, improved, ordered
from gliofront.maps.diffusion.levels import along_last, coarser, held_onto
from gliofront.maps.diffusion.shift import linear
from gliofront.maps.diffusion.volumes import share_of, volume_of

_LEVELS_MM = (12.0, 8.0, 5.0, 3.0)
_STEPS = 8  # a level; the prediction is made anew at each
# Sigma of a neighbourhood, a level: at first the whole brain, or it would follow the distortion.
_WINDOWS_MM = (300.0, 300.0, 40.0, 40.0)
_RIM_MM = 6.0  # around the brain, where its skull is dark: the brain's outline counts too
_BRIGHTEST = 3.0  # of the b0's median: fluid would outweigh all else
_RIDGE = 1e-3  # of the anatomy's variance: keeps flat neighbourhoods solvable
_SMOOTHNESS = 0.15  # of the objective at a setting of 1, found on simulated heads


@dataclass(frozen=True, eq=False)
class _ToAnatomy(Level):
    """A b0 image, what it should look like, and weights (..., n)."""

    b0: FloatArray
    anatomy: FloatArray
    brain: FloatArray
    weight: FloatArray
    window_mm: float
    target: FloatArray

    def parts(self, field: FloatArray) -> Parts:
        """Compare the b0 at x + field with the target at x."""
        shift, slope = field / self.spacing[-1], self.slope(field)
        there = linear(self.b0, shift)
        rise = linear(self.slope(self.b0), shift)
        w = self.weight
        return w * (there * (1 + slope) - self.target), w * rise * (1 + slope), w * there

    def predicted(self, field: FloatArray) -> FloatArray:
        """Return the b0 that the anatomy predicts, if the field is right."""
        shift = field / self.spacing[-1]
        unwarped = linear(self.b0, shift) * (1 + self.slope(field))
        fit = _local_fit(unwarped, self.anatomy, self.brain, self.window_mm / self.spacing)
        return self.brain * fit


def anatomy_field(
    b0: Volume, anatomy: Volume, brain: BoolArray, axis: int, smoothness: float, most_mm: float
) -> FloatArray:
    """Find the field that makes a b0 image agree with the anatomy.

    Parameters
    ----------
    b0 : (X, Y, Z); anatomy : such as T1C, rigidly aligned and on the same grid; NaN undefined.
    brain : (X, Y, Z) of the anatomy.
    axis : voxel axis of the phase encoding.
    smoothness : positive; larger is smoother. most_mm : bound of the field.

    Returns
    -------
    field : (X, Y, Z) mm along the axis: the b0 shows at x + field what lies at x.
    """
    field = volume_of(b0.grid, np.zeros(b0.grid.shape), "field", "mm")
    for level_mm, window_mm in zip(_LEVELS_MM, _WINDOWS_MM, strict=True):
        grid = coarser(b0.grid, level_mm)
        level = _level(b0, anatomy, brain, grid, axis, smoothness, window_mm)
        start = np.moveaxis(held_onto(field, grid), axis, -1)
        found = np.clip(_climb(level, start), -most_mm, most_mm)
        field = volume_of(grid, np.moveaxis(found, -1, axis), "field", "mm")
    return held_onto(field, b0.grid)


def _level(
    b0: Volume,
    anatomy: Volume,
    brain: BoolArray,
    grid: Grid,
    axis: int,
    smoothness: float,
    window_mm: float,
) -> _ToAnatomy:
    rim = widened(brain, b0.grid.spacing, _RIM_MM)
    share, weight = (
        resample_volume(share_of(b0.grid, mask), grid, fill=0.0).data for mask in (brain, rim)
    )
    images = [np.nan_to_num(resample_volume(v, grid, fill=0.0).data) for v in (b0, anatomy)]
    scaled = [image / np.median(image[share > 0.5]) for image in images]
    one, two, inside, w = (
        np.moveaxis(np.asarray(a, np.float64), axis, -1) for a in (*scaled, share, weight)
    )
    spacing = along_last(grid.spacing, axis)
    b0_held = np.minimum(one, _BRIGHTEST)
    return _ToAnatomy(
        spacing, _SMOOTHNESS * smoothness, b0_held, two, inside, w, window_mm, np.zeros_like(two)
    )


def _climb(level: _ToAnatomy, field: FloatArray) -> FloatArray:
    field = ordered(level, field)
    for _ in range(_STEPS):
        better = improved(replace(level, target=level.predicted(field)), field)
        if better is None:
            break
        field = better
    return field


def _local_fit(
    values: FloatArray, anatomy: FloatArray, weight: FloatArray, sigma: FloatArray
) -> FloatArray:
    """Return the local weighted least-squares fit of values by 1, a and a2 (X, Y, Z)."""
    centred = anatomy - np.average(anatomy, weights=weight)
    spread = np.sqrt(np.average(centred**2, weights=weight))
    a = centred / max(spread, 1e-12)
    terms = np.stack([np.ones_like(a), a, a**2], axis=-1)

    def mean(image: FloatArray) -> FloatArray:
        return np.asarray(gaussian_filter(weight * image, sigma, mode="constant"))

    powers = [mean(a**n) for n in range(5)]
    normal = np.stack([np.stack([powers[i + j] for j in range(3)], -1) for i in range(3)], -2)
    right = np.stack([mean(values * a**n) for n in range(3)], -1)
    ridge = _RIDGE * np.maximum(powers[0], 1e-6)[..., None, None] * np.eye(3)
    found = np.linalg.solve(normal + ridge, right[..., None])[..., 0]
    return np.asarray((found * terms).sum(-1))
