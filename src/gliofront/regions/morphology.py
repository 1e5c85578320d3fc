"""Morphology in millimetres: Euclidean balls on anisotropic grids, by distance transforms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from gliofront.image.grid import FloatArray, Grid
from gliofront.image.volume import BoolArray

Box = tuple[slice, slice, slice]
Spacing = FloatArray | Sequence[float]


def bounding_box(mask: BoolArray, pad: int = 0) -> Box:
    """Return the slices that hold the mask (X, Y, Z), with a margin in voxels; all if empty."""
    box = []
    for axis, size in enumerate(mask.shape):
        others = tuple(a for a in range(3) if a != axis)
        hits = np.flatnonzero(mask.any(axis=others))
        low, high = (hits[0], hits[-1] + 1) if hits.size else (0, size)
        box.append(slice(max(int(low) - pad, 0), min(int(high) + pad, size)))
    return box[0], box[1], box[2]


def grown_box(mask: BoolArray, margin_mm: float, spacing: Spacing) -> Box:
    """Return the slices that hold the mask with a margin of at least so many mm."""
    return bounding_box(mask, int(np.ceil(margin_mm / float(min(spacing)))))


def sub_grid(grid: Grid, box: Box) -> Grid:
    """Return the grid of the voxels inside the box."""
    affine = grid.affine.copy()
    affine[:3, 3] = grid.to_world([s.start for s in box])
    low, mid, high = (s.stop - s.start for s in box)
    return Grid(affine, (low, mid, high))


def distance_to(mask: BoolArray, spacing: Spacing) -> FloatArray:
    """Return the distance in mm of every voxel centre to the nearest in the mask; inf if empty."""
    if not mask.any():
        return np.full(mask.shape, np.inf)
    return np.asarray(ndimage.distance_transform_edt(~mask, sampling=tuple(spacing)))


def depth_in(mask: BoolArray, spacing: Spacing) -> FloatArray:
    """Return how deep in mm each voxel lies in the mask; the array's edge counts as outside."""
    padded = np.pad(mask, 1)
    depth = ndimage.distance_transform_edt(padded, sampling=tuple(spacing))
    return np.asarray(depth[1:-1, 1:-1, 1:-1])


def dilate(mask: BoolArray, radius_mm: float, spacing: Spacing) -> BoolArray:
    """Return the voxels within a radius in mm of the mask (X, Y, Z)."""
    if radius_mm <= 0 or not mask.any():
        return mask.copy()
    box = grown_box(mask, radius_mm, spacing)
    grown = np.zeros_like(mask)
    grown[box] = distance_to(mask[box], spacing) <= radius_mm
    return grown


def erode(mask: BoolArray, radius_mm: float, spacing: Spacing) -> BoolArray:
    """Return the voxels deeper than a radius in mm inside the mask (X, Y, Z)."""
    if radius_mm <= 0 or not mask.any():
        return mask.copy()
    box = bounding_box(mask)
    kept = np.zeros_like(mask)
    kept[box] = depth_in(mask[box], spacing) > radius_mm
    return kept


def opened(mask: BoolArray, radius_mm: float, spacing: Spacing) -> BoolArray:
    """Return the part of the mask that a ball of this radius in mm fits into."""
    return dilate(erode(mask, radius_mm, spacing), radius_mm, spacing) & mask


def closed(mask: BoolArray, radius_mm: float, spacing: Spacing) -> BoolArray:
    """Return the mask with gaps bridged that a ball of this radius in mm does not fit into."""
    pad = int(np.ceil(radius_mm / float(min(spacing)))) + 1
    grown = dilate(np.pad(mask, pad), radius_mm, spacing)
    inside = tuple(slice(pad, -pad) for _ in range(3))
    return np.asarray(erode(grown, radius_mm, spacing)[inside] | mask)


def smooth(values: FloatArray, sigma_mm: float, spacing: Spacing) -> FloatArray:
    """Return values (X, Y, Z) smoothed by a Gaussian of sigma in mm."""
    sigma = [sigma_mm / s for s in spacing]
    return np.asarray(ndimage.gaussian_filter(values, sigma, truncate=3.0))


def hysteresis(seeds: BoolArray, allowed: BoolArray) -> BoolArray:
    """Return the connected parts of `allowed` that hold a seed."""
    labels, count = ndimage.label(allowed)
    keep = np.zeros(count + 1, dtype=bool)
    keep[np.unique(labels[seeds & allowed])] = True
    keep[0] = False
    return np.asarray(keep[labels])


def parts(mask: BoolArray, minimum_voxels: int = 1) -> list[BoolArray]:
    """Return the connected parts of a mask, largest first, without those below the minimum."""
    labels, count = ndimage.label(mask)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    order = np.argsort(-sizes, kind="stable")
    return [labels == index + 1 for index in order if sizes[index] >= minimum_voxels]
