"""Necrosis: what an enhancing rim encloses, though the rim has gaps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.image.grid import FloatArray
from gliofront.image.volume import BoolArray
from gliofront.regions.enhancing_evidence import Evidence
from gliofront.regions.morphology import Box, closed, dilate, grown_box, opened, parts
from gliofront.regions.settings import OutlineSettings

MOST_CAVITIES = 12


def fill_necrosis(
    rim: BoolArray,
    brain: BoolArray,
    spacing: FloatArray,
    *,
    closing_mm: float,
    largest_ml: float,
) -> BoolArray:
    """Return what the enhancing rim encloses, without the rim, (X, Y, Z).

    Gaps up to twice the closing radius are bridged. A voxel is enclosed if it lies in a hole in
    three dimensions, or in holes of at least two of the three orthogonal planes. Enclosed parts
    above the largest volume are left out: no necrosis is that large, but the space between dura
    and dura is.
    """
    if not rim.any():
        return np.zeros_like(rim)
    bridged = closed(rim, closing_mm, spacing)
    enclosed = ndimage.binary_fill_holes(bridged) | (_planes_filled(bridged) >= 2)
    inside = enclosed & ~rim & brain
    labels, count = ndimage.label(inside)
    sizes = np.bincount(labels.ravel(), minlength=count + 1) * float(np.prod(spacing)) / 1000
    fits = sizes <= largest_ml
    fits[0] = False
    return np.asarray(fits[labels])


def _planes_filled(mask: BoolArray) -> NDArray[np.uint8]:
    """Return in how many of the three orthogonal planes each voxel is in the mask or in a hole."""
    votes = np.zeros(mask.shape, dtype=np.uint8)
    for axis in range(3):
        # A flat structure joins within a plane only, so one call fills every plane by itself.
        structure = np.zeros((3, 3, 3), dtype=bool)
        cross = ndimage.generate_binary_structure(2, 1)
        structure[tuple(1 if a == axis else slice(None) for a in range(3))] = cross
        votes += ndimage.binary_fill_holes(mask, structure=structure)
    return np.asarray(votes)


def ringed_cavities(evidence: Evidence, settings: OutlineSettings) -> BoolArray:
    """Return dark bodies that an enhancing wall surrounds nearly everywhere, (X, Y, Z).

    A cyst's wall can be thin, faint and at the brain's edge, where closing and filling fail. A
    ventricle or sulcus is as dark, but vessels and choroid plexus border little of it, and it
    has a dark mirror image.
    """
    grid = evidence.grid
    brain = evidence.brain & (evidence.depth_mm > 1.5)
    dark = opened(brain & (evidence.brightness < settings.cavity_z), 2.0, grid.spacing)
    least = int(np.ceil(settings.minimum_ml / grid.voxel_ml))
    found = np.zeros(grid.shape, dtype=bool)
    for body in parts(dark, least)[:MOST_CAVITIES]:
        if np.count_nonzero(body) * grid.voxel_ml > settings.largest_hole_ml:
            continue
        box = grown_box(body, 8.0, grid.spacing)
        walled = _walled(body[box], evidence, box, settings.low_z)
        dark_twin = float(np.median(evidence.mirrored_brightness[body])) < settings.cavity_z
        if walled >= settings.wall_share and not dark_twin:
            found |= body
    return found


def _walled(body: BoolArray, evidence: Evidence, box: Box, limit: float) -> float:
    """Return the share of the shell 1 to 3 mm outside a body with enhancement within 2 mm."""
    spacing = evidence.grid.spacing
    shell = dilate(body, 3.0, spacing) & ~dilate(body, 1.0, spacing) & evidence.brain[box]
    size = [2 * int(2.0 / s) + 1 for s in spacing]
    strongest = ndimage.maximum_filter(evidence.strength[box], size=size)
    return float(np.mean(strongest[shell] > limit)) if shell.any() else 0.0
