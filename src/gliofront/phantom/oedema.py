"""Vasogenic oedema: water that leaves the tumour along white matter, apart from the cells."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse import csgraph

from gliofront.phantom.anatomy import Anatomy
from gliofront.phantom.fields import lognormal_field, smooth_field

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

MEDIAN_ML = 50.0
SPREAD = 0.8
RANGE_ML = (4.0, 180.0)
LONGEST_MM = 45.0
GREY_RESISTANCE = 10.0
"""Vasogenic oedema spares grey matter; how much longer a way through it counts is assumed."""
LEAST_RESISTANCE = 0.2


def draw_oedema(rng: np.random.Generator, anatomy: Anatomy, core: BoolArray) -> FloatArray:
    """Draw how much the tissue is swollen with water, 0 to 1, (X, Y, Z).

    Oedema follows the shortest way from the core, long through grey matter and closed by fluid,
    made uneven by a random field of its own, so that it runs far on one side of the tumour and is
    missing on another. Its volume is drawn whatever the tumour's size and kinetics (log-normal,
    median 50 mL, 4 to 180 mL: assumed), for oedema of glioblastomas ranges from less than 1 cm to
    much of the hemisphere (Schoenegger et al., Eur J Neurol 16:874-878, 2009; Wu et al., World J
    Surg Oncol 13:97, 2015), and cells are found where MRI is normal (Lemee et al., J Neurooncol
    122:53-61, 2015).
    """
    spacing = anatomy.grid.spacing
    uneven = lognormal_field(rng, core.shape, spacing, 25.0, 0.8)
    patchy = 1 + 0.25 * smooth_field(rng, core.shape, spacing, 7.0)
    passable = anatomy.brain & (anatomy.fluid < 0.5) & ~anatomy.falx
    resistance = (anatomy.white + GREY_RESISTANCE * anatomy.grey) * uneven
    resistance = np.where(passable, np.maximum(resistance, LEAST_RESISTANCE), np.inf)
    way = way_from(core & passable, resistance, spacing, LONGEST_MM)
    wanted_ml = float(np.clip(MEDIAN_ML * np.exp(SPREAD * rng.standard_normal()), *RANGE_ML))
    extent = _extent(way[~core], wanted_ml / anatomy.grid.voxel_ml)
    level = np.clip(2.5 * (1 - way / extent), 0, 1) * np.clip(patchy, 0.3, 1)
    return np.asarray(ndimage.gaussian_filter(np.where(way < extent, level, 0), 0.5))


def _extent(ways: FloatArray, voxels: float) -> float:
    """Longest way that makes a region of so many voxels."""
    reached = np.sort(ways[np.isfinite(ways)])
    if not reached.size:
        return LONGEST_MM
    return float(reached[min(int(voxels), reached.size - 1)])


def way_from(
    start: BoolArray, resistance: FloatArray, spacing: FloatArray, longest: float
) -> FloatArray:
    """Return the least resistance times distance from a region, (X, Y, Z), inf beyond longest.

    Dijkstra's algorithm over the 26 neighbours.

    Parameters
    ----------
    start : (X, Y, Z) bool.
    resistance : (X, Y, Z), positive, inf where there is no way.
    spacing : voxel size, mm, (3,).
    longest : ways longer than this are not followed.
    """
    reach = np.ceil(longest / float(np.min(resistance)) / spacing).astype(int)
    box = _around(start, reach)
    small, cost = start[box], resistance[box]
    graph = _edges(cost, spacing)
    found = csgraph.dijkstra(
        graph, directed=False, indices=np.flatnonzero(small), min_only=True, limit=longest
    )
    way = np.full(start.shape, np.inf)
    way[box] = found.reshape(small.shape)
    return way


def _around(start: BoolArray, reach: NDArray[np.intp]) -> tuple[slice, ...]:
    found = ndimage.find_objects(start.astype(np.uint8))[0]
    return tuple(slice(max(0, s.start - r), s.stop + r) for s, r in zip(found, reach, strict=True))


def _edges(cost: FloatArray, spacing: FloatArray) -> sparse.csr_matrix:
    """Weights between all neighbours of a voxel grid: mean resistance times distance."""
    number = np.arange(cost.size).reshape(cost.shape)
    offsets = [o for o in product((-1, 0, 1), repeat=3) if o > (0, 0, 0)]
    rows, columns, weights = [], [], []
    for offset in offsets:
        here = tuple(
            slice(max(0, -o), n - max(0, o)) for o, n in zip(offset, cost.shape, strict=True)
        )
        there = tuple(
            slice(max(0, o), n - max(0, -o)) for o, n in zip(offset, cost.shape, strict=True)
        )
        weight = (cost[here] + cost[there]) / 2 * float(np.linalg.norm(np.array(offset) * spacing))
        open_way = np.isfinite(weight)
        rows.append(number[here][open_way])
        columns.append(number[there][open_way])
        weights.append(weight[open_way])
    parts = (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns)))
    return sparse.csr_matrix(parts, shape=(cost.size, cost.size))
