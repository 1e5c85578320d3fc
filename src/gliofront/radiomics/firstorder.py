"""First-order features of the neighbourhood of each voxel.

Definitions: Image Biomarker Standardisation Initiative (Zwanenburg et al., Radiology 2020;
295:328), sections 3.3 and 3.4, with kurtosis not in excess and, for a constant neighbourhood,
skewness and kurtosis 0 (the choice of PyRadiomics).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gliofront.radiomics.discretise import discretise
from gliofront.radiomics.neighbourhood import neighbourhoods

NAMES = (
    "firstorder_mean",
    "firstorder_standard_deviation",
    "firstorder_median",
    "firstorder_minimum",
    "firstorder_maximum",
    "firstorder_variance",
    "firstorder_skewness",
    "firstorder_kurtosis",
    "firstorder_energy",
    "firstorder_entropy",
    "firstorder_uniformity",
    "firstorder_root_mean_square",
    "firstorder_mean_grey_level",
)
MIN_VOXELS = 2


def firstorder(
    values: NDArray[np.floating],
    inside: NDArray[np.bool_],
    centres: NDArray[np.integer],
    *,
    low: float,
    high: float,
    levels: int,
    radius: int,
    block: int = 512,
) -> NDArray[np.float32]:
    """Return the 13 features `NAMES` of the cube around each centre, (n, 13).

    Parameters
    ----------
    values : (X, Y, Z) map; values that are not finite count as outside.
    inside : (X, Y, Z) bool, what the cubes are cut by (the brain).
    centres : (n, 3) voxel indices.
    low, high, levels : range of the grey levels, in the unit of the map, and their number.
    radius : half width of the cube, voxels.
    block : centres at a time; bounds the memory and changes no bit of the result.

    A cube with fewer than 2 voxels inside gives NaN in every feature. Values beyond the square
    root of the float32 range give an infinite energy.

    >>> line = np.array([[[1.0, 2.0, 3.0]]])
    >>> row = firstorder(line, line > 0, np.array([[0, 0, 1]]), low=0, high=4, levels=4, radius=1)
    >>> f"{dict(zip(NAMES, row[0]))['firstorder_standard_deviation']:.3f}"
    '0.816'
    """
    cubes = neighbourhoods(values, inside, centres, radius)
    features = np.full((cubes.centres.size, len(NAMES)), np.nan, dtype=np.float32)
    for rows, raw in cubes.blocks(block):
        # Sorted values make every sum independent of the order of the voxels, so flips and
        # quarter turns give the same bits; NaN (outside) sorts to the end.
        ordered = np.sort(raw, axis=1)
        counts = np.count_nonzero(~np.isnan(ordered), axis=1)
        enough = counts >= MIN_VOXELS
        if not enough.all():
            ordered, counts = ordered[enough], counts[enough]
        found = np.empty((counts.size, len(NAMES)))
        grey = discretise(ordered, low, high, levels)
        found[:, :9], found[:, 11] = _moments(ordered.astype(np.float64), counts)
        found[:, 9], found[:, 10], found[:, 12] = _histogram(grey, counts, levels)
        with np.errstate(over="ignore"):
            features[np.arange(rows.start, rows.stop)[enough]] = found
    return features


def _moments(
    ordered: NDArray[np.float64], counts: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the features 0 to 8 of `NAMES` (n, 9) and the root mean square (n,)."""
    each = np.arange(len(ordered))
    absent = np.isnan(ordered)
    smallest, largest = ordered[:, 0], ordered[each, counts - 1]
    median = (ordered[each, (counts - 1) // 2] + ordered[each, counts // 2]) / 2
    spread = largest - smallest
    constant = spread == 0
    # Moments of (x - min) / (max - min): no cancellation in a nearly flat cube, no underflow of
    # fourth powers of a diffusivity, and exactly 0 in a constant one.
    unit = (ordered - smallest[:, None]) / np.where(constant, 1.0, spread)[:, None]
    unit[absent] = 0.0
    centre = unit.sum(1) / counts
    deviation = unit - centre[:, None]
    deviation[absent] = 0.0
    square = deviation * deviation
    second = square.sum(1) / counts
    third = (square * deviation).sum(1) / counts
    fourth = (square * square).sum(1) / counts
    divisor = np.where(constant, 1.0, second)
    energy = np.square(np.where(absent, 0.0, ordered)).sum(1)
    columns = (
        smallest + centre * spread,
        np.sqrt(second) * spread,
        median,
        smallest,
        largest,
        second * spread * spread,
        third / divisor**1.5,
        fourth / divisor**2,
        energy,
    )
    return np.stack(columns, axis=1), np.sqrt(energy / counts)


def _histogram(
    grey: NDArray[np.uint16], counts: NDArray[np.intp], levels: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return entropy (bits), uniformity and mean of the grey levels of each row."""
    rows = len(grey)
    cells = grey + np.arange(rows, dtype=np.int64)[:, None] * (levels + 1)
    table = np.bincount(cells.ravel(), minlength=rows * (levels + 1)).reshape(rows, levels + 1)
    share = table[:, 1:] / counts[:, None]
    bits = np.log2(share, out=np.zeros_like(share), where=share > 0)
    entropy = np.abs((share * bits).sum(1))
    mean_level = (table * np.arange(levels + 1)).sum(1) / counts
    return entropy, np.square(share).sum(1), mean_level
