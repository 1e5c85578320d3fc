"""What speaks for enhancing tumour at each voxel, from T1C, and T1 and FLAIR where they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from gliofront.image.grid import FloatArray, Grid
from gliofront.image.volume import BoolArray, Volume
from gliofront.regions.midplane import Plane
from gliofront.regions.morphology import (
    depth_in,
    dilate,
    opened,
    parts,
    smooth,
)
from gliofront.regions.settings import OutlineSettings

MIRROR_SLACK_MM = 6.0  # two halves of a brain match no better than this
DEEP_MM = 6.0
LEAST_LESION_ML = 1.0


@dataclass(frozen=True, eq=False)
class Evidence:
    """Voxel-wise evidence on one grid (X, Y, Z).

    Parameters
    ----------
    brightness : smoothed T1C in robust z of white matter.
    strength : brightness, averaged with the gain over matched T1 where there is T1.
    mirrored_brightness : brightness at the mirror point; 0 without a midplane.
    asymmetry : strength minus the strongest within 6 mm of the mirror point; 0 without a midplane.
    lesion : abnormal FLAIR; None without FLAIR or where nothing is abnormal.
    depth_mm : distance from the brain's edge.
    """

    grid: Grid
    brain: BoolArray
    brightness: FloatArray
    strength: FloatArray
    mirrored_brightness: FloatArray
    asymmetry: FloatArray
    lesion: BoolArray | None
    has_flair: bool
    has_t1: bool
    has_midplane: bool
    depth_mm: FloatArray


def gather(
    t1c: Volume,
    brain: BoolArray,
    t1: Volume | None,
    flair: Volume | None,
    plane: Plane | None,
    settings: OutlineSettings,
) -> Evidence:
    """Compute the evidence; T1C and FLAIR in robust z of rough white matter, T1 in any unit."""
    grid = t1c.grid
    sigma = settings.smoothing_mm
    depth = depth_in(brain, grid.spacing)
    brightness = smooth(_filled(t1c), sigma, grid.spacing)
    strength = brightness
    if t1 is not None:
        before = smooth(_filled(t1), sigma, grid.spacing)
        strength = (brightness + matched_gain(brightness, before, depth > DEEP_MM)) / 2
    mirrored, asymmetry = np.zeros(grid.shape), np.zeros(grid.shape)
    if plane is not None:
        mirrored = plane.mirrored(brightness, grid)
        asymmetry = strength - _mirrored_most(strength, grid, plane)
    lesion = None if flair is None else abnormal_flair(flair, depth, plane)
    return Evidence(
        grid=grid,
        brain=brain,
        brightness=brightness,
        strength=strength,
        mirrored_brightness=mirrored,
        asymmetry=asymmetry,
        lesion=lesion,
        has_flair=flair is not None,
        has_t1=t1 is not None,
        has_midplane=plane is not None,
        depth_mm=depth,
    )


def _filled(volume: Volume) -> FloatArray:
    return np.nan_to_num(volume.data.astype(np.float64))


def matched_gain(after: FloatArray, before: FloatArray, inside: BoolArray) -> FloatArray:
    """Return the change of T1C over what T1 predicts, in robust z, (X, Y, Z).

    T1 is matched to T1C by a line fitted inside the mask; the 10 % of voxels furthest from the
    line are dropped and it is fitted again, five times, so that enhancement does not pull it.
    Where T1 is constant the line is level and the gain is T1C's own deviation.
    """
    x, y = before[inside], after[inside]
    keep = np.ones(x.size, dtype=bool)
    slope, offset = 0.0, float(np.median(y)) if y.size else 0.0
    for _ in range(5):
        if np.ptp(x[keep]) == 0 if keep.any() else True:
            break
        slope, offset = _line(x[keep], y[keep])
        away = np.abs(y - slope * x - offset)
        keep = away <= np.quantile(away, 0.9)
    rest = after - slope * before - offset
    centre = float(np.median(rest[inside])) if y.size else 0.0
    spread = 1.4826 * float(np.median(np.abs(rest[inside] - centre))) if y.size else 1.0
    return np.asarray((rest - centre) / (spread or 1.0))


def _line(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    mean_x, mean_y = float(x.mean()), float(y.mean())
    slope = float(((x - mean_x) * (y - mean_y)).sum() / ((x - mean_x) ** 2).sum())
    return slope, mean_y - slope * mean_x


def _mirrored_most(values: FloatArray, grid: Grid, plane: Plane) -> FloatArray:
    """Return the largest value within the slack of each voxel's mirror point."""
    size = [2 * int(MIRROR_SLACK_MM / s) + 1 for s in grid.spacing]
    return plane.mirrored(ndimage.maximum_filter(values, size=size), grid)


def abnormal_flair(flair: Volume, depth_mm: FloatArray, plane: Plane | None) -> BoolArray | None:
    """Return abnormally bright FLAIR deep in the brain, or None where nothing is.

    Bright means far above the brain's interior, and above the mirrored tissue, which rules out
    ventricular caps and bright cortex, which are on both sides.
    """
    grid = flair.grid
    image = smooth(_filled(flair), 1.5, grid.spacing)
    inner = depth_mm > DEEP_MM
    if not inner.any():
        return None
    middle, high = np.percentile(image[inner], [50, 84])
    scale = max(float(high - middle), 1e-6)
    z = (image - middle) / scale
    bright = (z > 1.6) & (depth_mm > 2.0)
    if plane is not None:
        bright &= z - plane.mirrored(z, grid) > 0.8
    solid = opened(bright, 2.5, grid.spacing)
    least = int(np.ceil(LEAST_LESION_ML / grid.voxel_ml))
    found = parts(solid, least)[:6]
    if not found:
        return None
    sizes = np.array([np.count_nonzero(part) for part in found])
    kept = [p for p, size in zip(found, sizes, strict=True) if size >= 0.2 * sizes[0]]
    return np.asarray(dilate(np.logical_or.reduce(kept), 1.0, grid.spacing) & bright)
