"""Means of a coarse map in fine regions, each coarse voxel weighed by its overlap with the region.

The map stays on its own grid: a spectroscopy voxel of a millilitre is a measurement, and making
seven hundred fine ones of it would count it so often. What the pulse profile or the point spread
function gathers from beyond the voxel's box is not considered.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import BoolArray, LabelVolume, Volume

FloatArray = NDArray[np.float64]

_PARTS = 6  # parts of a coarse voxel's side that a piece of a fine voxel may be as large as
_BLOCK = 200_000  # pieces of fine voxels at a time


@dataclass(frozen=True)
class RegionMean:
    """One row of a table of regions.

    Parameters
    ----------
    region, quantity, unit : what the mean is of.
    mean : weighed by overlap; NaN where there is nothing to average.
    bound : of the mean, from the voxels' bounds taken as independent; NaN without bounds.
    overlap_ml : volume of the region in voxels that have a value.
    region_ml : volume of the whole region.
    voxels : how many voxels of the map take part.
    reason : why there is no mean; empty where there is one.
    """

    region: str
    quantity: str
    unit: str
    mean: float
    bound: float
    overlap_ml: float
    region_ml: float
    voxels: int
    reason: str = ""


def region_means(
    volume: Volume,
    bound: Volume | None,
    grid: Grid,
    regions: Mapping[str, BoolArray],
) -> list[RegionMean]:
    """Return the mean of a map in each region.

    Parameters
    ----------
    volume : the coarse map; NaN where a voxel has no value.
    bound : its bounds, on the same grid, or None.
    grid : of the regions; its axes may run in other directions than the map's.
    regions : name to mask (X, Y, Z) on that grid; they may overlap.

    Raises
    ------
    InputRefused
        If a mask is not on the grid, or the bounds are not on the map's.

    >>> grid = Grid(np.diag([4.0, 4, 4, 1]), (2, 1, 1))
    >>> coarse = Volume(grid, [[[1.0]], [[3.0]]], "Cho", "ratio")
    >>> fine = Grid(np.eye(4), (4, 1, 1))
    >>> row = region_means(coarse, None, fine, {"tumour": np.ones((4, 1, 1), bool)})[0]
    >>> round(row.mean, 6), row.voxels, row.overlap_ml
    (1.75, 2, 0.004)
    """
    if bound is not None and not bound.grid.matches(volume.grid):
        raise InputRefused(bound.quantity, "it is not on the grid of its map", "give the map's own")
    wrong = [name for name, mask in regions.items() if mask.shape != grid.shape]
    if wrong:
        problem = f"the masks {', '.join(wrong)} are not on the grid of the regions"
        raise InputRefused("regions", problem, "give masks of one grid")
    return [_row(volume, bound, grid, name, mask) for name, mask in regions.items()]


def regions_of(labels: LabelVolume) -> dict[str, BoolArray]:
    """Return the mask of each label by name."""
    return {name: labels.mask(name) for name in labels.names.values()}


def overlap_ml(coarse: Grid, fine: Grid, mask: BoolArray) -> FloatArray:
    """Return the volume that each voxel of a grid (X, Y, Z) shares with a region, mL.

    Fine voxels are cut into pieces no larger than a sixth of a coarse voxel, and each piece counts
    where its centre lies: exact for grids whose faces fall on pieces' faces, else to about a piece.
    """
    to_coarse = np.linalg.inv(coarse.affine) @ fine.affine
    reach = np.abs(to_coarse[:3, :3]).max(axis=0)
    cuts = np.maximum(np.ceil(reach * _PARTS), 1).astype(int)
    offsets = np.stack(
        np.meshgrid(*((np.arange(n) + 0.5) / n - 0.5 for n in cuts), indexing="ij"), -1
    ).reshape(-1, 3)
    total = np.zeros(int(np.prod(coarse.shape)))
    for places in _blocks(np.argwhere(mask), len(offsets)):
        pieces = (places[:, None] + offsets).reshape(-1, 3)
        found = pieces @ to_coarse[:3, :3].T + to_coarse[:3, 3]
        # A centre on a face, as of grids with common planes, is put to the same side always.
        index = np.floor(found + 0.5 + 1e-9).astype(int)
        inside = ((index >= 0) & (index < coarse.shape)).all(1)
        flat = np.ravel_multi_index(tuple(index[inside].T), coarse.shape)
        total += np.bincount(flat, minlength=total.size)
    return np.asarray(total.reshape(coarse.shape) * fine.voxel_ml / len(offsets))


def _blocks(places: NDArray[np.intp], pieces: int) -> Iterator[NDArray[np.intp]]:
    size = max(_BLOCK // pieces, 1)
    for start in range(0, len(places), size):
        yield places[start : start + size]


def _row(
    volume: Volume, bound: Volume | None, grid: Grid, name: str, mask: BoolArray
) -> RegionMean:
    weights = overlap_ml(volume.grid, grid, mask)
    size = float(np.count_nonzero(mask) * grid.voxel_ml)
    given = np.isfinite(volume.data) & (weights > 0)
    shared = weights[given]
    mean, of_mean, reason = math.nan, math.nan, ""
    if not size:
        reason = "the region is empty"
    elif not weights.any():
        reason = "the region lies outside the spectroscopy grid"
    elif not given.any():
        reason = "no voxel in the region has a value"
    else:
        mean = float(np.average(volume.data[given].astype(np.float64), weights=shared))
        if bound is not None:
            own = bound.data[given].astype(np.float64)
            of_mean = float(np.sqrt(np.sum((shared * own) ** 2)) / shared.sum())
    return RegionMean(
        region=name,
        quantity=volume.quantity,
        unit=volume.unit,
        mean=mean,
        bound=of_mean,
        overlap_ml=round(float(shared.sum()), 9),
        region_ml=round(size, 9),
        voxels=int(np.count_nonzero(given)),
        reason=reason,
    )
