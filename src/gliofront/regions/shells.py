"""Shells: rings around the enhancing tumour by distance in millimetres."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import FloatArray, Grid
from gliofront.image.volume import BoolArray, LabelVolume
from gliofront.regions.morphology import distance_to


def distance_outside(enhancing: BoolArray, grid: Grid) -> FloatArray:
    """Return the distance of every voxel from the enhancing tumour, mm, 0 inside.

    The distance is Euclidean, from voxel centre to the nearest tumour voxel's centre, as margins
    on images are commonly drawn. The tumour's surface lies about half a voxel outside its
    outermost centres, so the distance to the surface is shorter by up to about half a voxel
    (0.5 mm on the 1 mm grid). No correction is made.

    Parameters
    ----------
    enhancing : (X, Y, Z) bool, enhancing tumour with necrosis.
    grid : its grid; anisotropic spacing is respected.

    Raises
    ------
    InputRefused
        If the tumour is empty: no distance is defined.

    >>> tumour = np.zeros((5, 1, 1), bool)
    >>> tumour[0] = True
    >>> distance_outside(tumour, Grid(np.diag([2.0, 1, 1, 1]), (5, 1, 1))).ravel().tolist()
    [0.0, 2.0, 4.0, 6.0, 8.0]
    """
    if not enhancing.any():
        raise InputRefused("enhancing tumour", "the mask is empty", "give a mask or a seed point")
    return distance_to(enhancing, grid.spacing)


def shells(
    distance_mm: FloatArray, grid: Grid, edges_mm: Sequence[float] = (5.0, 10.0, 15.0, 20.0)
) -> LabelVolume:
    """Return the shells: label n holds distances above edge n-1 up to and including edge n.

    Parameters
    ----------
    distance_mm : (X, Y, Z), as from `distance_outside`; 0 (the tumour itself) is in no shell.
    edges_mm : positive, ascending.

    Raises
    ------
    InputRefused
        If the edges are not positive and ascending.

    >>> tumour = np.zeros((8, 1, 1), bool)
    >>> tumour[0] = True
    >>> grid = Grid(np.diag([2.0, 1, 1, 1]), (8, 1, 1))
    >>> rings = shells(distance_outside(tumour, grid), grid, (5, 10))
    >>> rings.data.ravel().tolist(), rings.names[2]
    ([0, 1, 1, 2, 2, 2, 0, 0], '5-10 mm')
    """
    edges = np.array([0.0, *edges_mm])
    if len(edges) < 2 or not np.isfinite(edges).all() or (np.diff(edges) <= 0).any():
        raise InputRefused("shells", f"edges {list(edges_mm)} do not ascend from 0", "sort them")
    labels = np.searchsorted(edges, distance_mm, side="left")
    labels[(labels >= len(edges)) | (distance_mm <= 0)] = 0
    pairs = pairwise(edges.tolist())
    names = {n: f"{low:g}-{high:g} mm" for n, (low, high) in enumerate(pairs, start=1)}
    return LabelVolume(grid, labels.astype(np.uint8), names)
