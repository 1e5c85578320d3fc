"""Checks between grids: the same voxels, and enough of the same world."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gliofront.foundation.findings import Finding, Level
from gliofront.image.grid import Grid

SAME_GRID_MM = 0.01
"""Corners of one grid by two headers may lie this far apart, mm."""

_SAMPLES = 32


def same_grid_findings(
    reference: Grid, others: Mapping[str, Grid], *, tolerance_mm: float = SAME_GRID_MM
) -> list[Finding]:
    """Return an error for each grid that is not the reference's, all of them at once.

    Parameters
    ----------
    reference : the grid that all should be on.
    others : name of each image or mask to its grid.
    tolerance_mm : largest distance of a corner voxel, mm.
    """
    mend = "resample it onto that grid, or give the one that was made on it"
    findings = []
    for name, grid in others.items():
        if grid.matches(reference, tolerance_mm):
            continue
        both = f"{grid.describe()}; expected: {reference.describe()}"
        problem = f"on another grid: {both}{_apart(reference, grid)}"
        findings.append(Finding(Level.ERROR, "other-grid", name, problem, mend))
    return findings


def _apart(reference: Grid, grid: Grid) -> str:
    if reference.shape != grid.shape:
        return ""
    apart = np.linalg.norm(reference.corners() - grid.corners(), axis=1).max()
    return f"; corners up to {apart:.2f} mm apart"


def world_overlap(a: Grid, b: Grid) -> float:
    """Return the share of the smaller field of view that lies in the other, 0 to 1.

    Exact to about 1/32 along each axis: the smaller one is sampled at 32 cubed even points.

    >>> one = Grid(np.eye(4), (10, 10, 10))
    >>> world_overlap(one, Grid(np.diag([2.0, 2.0, 2.0, 1.0]), (20, 20, 20)))
    1.0
    """
    small, large = sorted((a, b), key=lambda grid: grid.voxel_ml * float(np.prod(grid.shape)))
    even = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    points = np.stack(np.meshgrid(even, even, even, indexing="ij"), -1)
    voxels = large.to_voxel(small.to_world(points * small.shape - 0.5))
    inside = (voxels >= -0.5) & (voxels <= np.array(large.shape) - 0.5)
    return float(inside.all(axis=-1).mean())
