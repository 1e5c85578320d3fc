"""Mutual information of two images at a pose, over points of the brain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from gliofront.alignment.coarsen import coarsen
from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import BoolArray, Volume

FloatArray = NDArray[np.float64]

_ROBUST_RANGE = (0.5, 99.5)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two images made ready to be compared at any pose.

    points : (3, N) world RAS mm; fixed_bins : (N,) bin of the fixed image at them;
    moving_bins : (X, Y, Z) the moving image in units of bins, NaN where undefined;
    to_moving_voxel : (4, 4) from the moving image's world to its voxel indices.
    """

    points: FloatArray
    fixed_bins: NDArray[np.int64]
    moving_bins: NDArray[np.float32]
    to_moving_voxel: FloatArray
    bins: int

    @property
    def centre(self) -> FloatArray:
        """Mean of the points, RAS mm (3,)."""
        return np.asarray(self.points.mean(axis=1))

    def histogram(self, pull: FloatArray) -> tuple[FloatArray, float]:
        """Return the joint histogram (bins, bins), sum 1, and the share of points compared.

        A moving value between two bins counts for both in proportion, so that the histogram
        changes smoothly with the pose. The histogram is all 0 when no point can be compared.
        """
        matrix = self.to_moving_voxel @ pull
        voxels = matrix[:3, :3] @ self.points + matrix[:3, 3:]
        values = map_coordinates(self.moving_bins, voxels, order=1, cval=np.nan, prefilter=False)
        seen = np.isfinite(values)
        if not seen.any():
            return np.zeros((self.bins, self.bins)), 0.0
        value = values[seen].astype(np.float64)
        low = np.minimum(value.astype(np.int64), self.bins - 2)
        cell = self.fixed_bins[seen] * self.bins + low
        upper, size = value - low, self.bins**2
        counts = np.bincount(cell, 1.0 - upper, size) + np.bincount(cell + 1, upper, size)
        return counts.reshape(self.bins, self.bins) / len(value), float(seen.mean())


def _entropy(p: FloatArray) -> float:
    p = p[p > 0]
    return float(-(p * np.log(p)).sum())


def mutual_information(joint: FloatArray) -> float:
    """Return the mutual information of a joint histogram (B, B) of sum 1, in nats.

    >>> mutual_information(np.eye(2) / 2).__round__(4), mutual_information(np.ones((2, 2)) / 4)
    (0.6931, 0.0)
    """
    return _entropy(joint.sum(0)) + _entropy(joint.sum(1)) - _entropy(joint.ravel())


def normalised_mutual_information(joint: FloatArray) -> float:
    """Return (H(f) + H(m)) / H(f, m), 1 to 2, of a joint histogram; NaN for a single cell.

    Studholme, Hill, Hawkes, Pattern Recognition 32:71 (1999), eq. 8.
    """
    both = _entropy(joint.ravel())
    if both <= 0:
        return float("nan")
    return (_entropy(joint.sum(0)) + _entropy(joint.sum(1))) / both


def _in_bins(values: Any, sample: Any, bins: int, what: str) -> NDArray[np.float32]:
    """Scale values so that the robust range of the sample is 0 to bins - 1; NaN stays NaN."""
    sample = sample[np.isfinite(sample)]
    low, high = np.percentile(sample, _ROBUST_RANGE) if sample.size else (0.0, 0.0)
    if not high > low:
        raise InputRefused(
            what, "the image is constant, or undefined in the brain", "check the file"
        )
    scaled = (values - np.float32(low)) * np.float32((bins - 1) / (high - low))
    return np.asarray(np.clip(scaled, 0, bins - 1), dtype=np.float32)


def _points_in(grid: Grid, mask: BoolArray, count: int, rng: np.random.Generator) -> FloatArray:
    """Draw points in the voxels of the mask, world mm (3, N).

    They lie off the voxel centres, or two images on one lattice would fit best where no voxel
    is interpolated (Pluim, Maintz, Viergever, CVIU 77:211, 2000), but stay within the finest
    spacing of them, because between thick slices nothing was measured.
    """
    inside = np.flatnonzero(mask)
    if inside.size > count:
        inside = np.sort(rng.choice(inside, count, replace=False))
    centres = np.stack(np.unravel_index(inside, mask.shape)).astype(np.float64)
    reach = (grid.spacing.min() / grid.spacing)[:, None]
    jittered = centres + reach * rng.uniform(-0.5, 0.5, centres.shape)
    return grid.to_world(jittered.T).T


def _values_at(volume: Volume, points: FloatArray) -> NDArray[np.float32]:
    voxels = volume.grid.to_voxel(points.T).T
    return np.asarray(map_coordinates(volume.data, voxels, order=1, cval=np.nan, prefilter=False))


def compare(
    fixed: Volume,
    moving: Volume,
    mask: BoolArray,
    *,
    level_mm: float,
    samples: int,
    bins: int = 32,
    near: FloatArray | None = None,
    seed: int = 0,
) -> Comparison:
    """Make two images ready to be compared at voxels of about level_mm.

    Parameters
    ----------
    fixed, moving : NaN where undefined; on any two grids.
    mask : where to compare, on the fixed grid.
    samples : greatest number of points compared.
    bins : of each image's intensities, over its 0.5th to 99.5th percentile.
    near : (4, 4) a pose at which the moving image's percentiles are taken over the points;
        without it, over the whole image.
    seed : of the points.

    Raises
    ------
    InputRefused
        If the mask is empty, or an image is constant or undefined there.
    """
    if mask.shape != fixed.grid.shape or not mask.any():
        raise InputRefused(fixed.quantity, "the brain mask is empty or misshapen", "mask again")
    coarse = coarsen(moving, level_mm)
    points = _points_in(fixed.grid, mask, samples, np.random.default_rng(seed))
    at_fixed = _values_at(coarsen(fixed, level_mm), points)
    points, at_fixed = points[:, np.isfinite(at_fixed)], at_fixed[np.isfinite(at_fixed)]
    at_near = coarse.data
    if near is not None:
        at_near = _values_at(coarse, near[:3, :3] @ points + near[:3, 3:])
    return Comparison(
        points,
        np.rint(_in_bins(at_fixed, at_fixed, bins, fixed.quantity)).astype(np.int64),
        _in_bins(coarse.data, at_near, bins, moving.quantity),
        np.asarray(np.linalg.inv(coarse.grid.affine), dtype=np.float64),
        bins,
    )
