"""Where spectroscopy voxels lie: as for images, but voxels are large, and one may be alone."""

from __future__ import annotations

from itertools import product

import numpy as np

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import FloatArray, Grid
from gliofront.image.nifti_header import NiftiHeader
from gliofront.image.placement import FORMS_AGREE_MM, SHEAR_DEGREES, squared

MRS_ZOOM_RANGE_MM = (1.0, 400.0)
"""Voxel sides that 1H spectroscopy of a head can have, mm; NIfTI-MRS writes 10 m for none."""

_FARTHEST_MM = 1e6


def mrs_grid(header: NiftiHeader, subject: str) -> Grid:
    """Return the grid that the header states.

    Raises
    ------
    InputRefused
        If sform and qform are both absent, one is not finite or singular, they disagree by more
        than 0.5 mm at a corner of the box of voxels, the axes are sheared by more than 0.1
        degrees, or a voxel side is outside 1 to 400 mm, as that of a dimension without
        localisation is.
    """
    shape = (header.shape[0], header.shape[1], header.shape[2])
    affines = [affine for affine in (header.sform, header.qform) if affine is not None]
    if not affines:
        problem = "sform and qform codes are both 0, so its place in the head is not known"
        raise InputRefused(subject, problem, "convert the scan again, so that its place is kept")
    grids = [_grid(affine, shape, subject) for affine in affines]
    apart = np.linalg.norm(_box(grids[0]) - _box(grids[-1]), axis=1).max()
    if apart > FORMS_AGREE_MM:
        problem = f"sform and qform disagree by up to {apart:.1f} mm"
        mend = "find out which is right and copy it over the other, or set the other's code to 0"
        raise InputRefused(subject, problem, mend)
    return squared(grids[0])


def _grid(affine: FloatArray, shape: tuple[int, int, int], subject: str) -> Grid:
    if not np.all(np.abs(affine) <= _FARTHEST_MM):
        problem = "in its header the affine is not finite, or places it out of the world"
        raise InputRefused(subject, problem, "set sform and qform again")
    try:
        grid = Grid(affine, shape)
    except InputRefused as error:
        raise InputRefused(subject, f"in its header {error.problem}", error.mend) from error
    if grid.shear_degrees() > SHEAR_DEGREES:
        problem = f"its axes are sheared by {grid.shear_degrees():.2f} degrees"
        raise InputRefused(subject, problem, "export the scan again: voxels are upright boxes")
    low, high = MRS_ZOOM_RANGE_MM
    if grid.spacing.min() < low or grid.spacing.max() > high:
        sides = " x ".join(f"{side:.4g}" for side in grid.spacing)
        problem = f"voxels of {sides} mm are outside {low:g} to {high:g} mm"
        mend = "correct the voxel size, or leave it out: a dimension may be without localisation"
        raise InputRefused(subject, problem, mend)
    return grid


def _box(grid: Grid) -> FloatArray:
    """Return the eight corners of the box that the voxels fill, (8, 3)."""
    ends = [(-0.5, size - 0.5) for size in grid.shape]
    return grid.to_world(np.array(list(product(*ends))))
