"""The target: where the tumour enhances at progression and did not before surgery."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy import ndimage

from gliofront.image.grid import Grid
from gliofront.image.volume import BoolArray, Float32Array, LabelVolume
from gliofront.regions.morphology import distance_to

LOCAL, BEYOND, DISTANT = "local", "beyond", "distant"
PARTS = {1: LOCAL, 2: BEYOND, 3: DISTANT}


def progression_target(at_progression: BoolArray, before: BoolArray, brain: BoolArray) -> BoolArray:
    """Return enhancing at progression minus enhancing before surgery, in the brain.

    Parameters
    ----------
    at_progression : (X, Y, Z) bool, enhancing region at progression on the pre-operative grid.
    before : pre-operative enhancing region with necrosis; counting it would flatter every plan.
    brain : brain mask before surgery.
    """
    return at_progression & ~before & brain


def progression_share(targets: Iterable[BoolArray]) -> Float32Array:
    """Return the share of repeats in which a voxel progressed, 0 to 1, (X, Y, Z).

    The label of a voxel is no surer than the alignment that carried it: near the edge of a region,
    repeats disagree. At 0.5 the share is a hard label again.

    Parameters
    ----------
    targets : progression by each repeat of the alignment, (X, Y, Z) bool; at least one.
    """
    first, *others = targets
    total = first.astype(np.float32)
    for target in others:
        total += target
    return np.asarray(total / np.float32(1 + len(others)))


def progression_parts(
    progression: BoolArray, before: BoolArray, grid: Grid, outermost_mm: float = 20.0
) -> LabelVolume:
    """Split progression by where it lies: within the shells, grown beyond them, or distant.

    A body that begins within the outermost shell and runs beyond it is local inside and beyond
    outside; one that nowhere comes so near, as in the other hemisphere, is distant.

    Parameters
    ----------
    progression, before : (X, Y, Z) bool; before is the pre-operative enhancing region.
    outermost_mm : outer edge of the outermost shell.

    Returns
    -------
    Labels 1 local, 2 beyond, 3 distant.
    """
    bodies, count = ndimage.label(progression, np.ones((3, 3, 3)))
    within = distance_to(before, grid.spacing) <= outermost_mm
    near = np.zeros(count + 1, dtype=bool)
    near[np.unique(bodies[within & progression])] = True
    apart = progression & ~near[bodies]
    data = np.select([apart, progression & within, progression], [3, 1, 2], 0)
    return LabelVolume(grid, data.astype(np.uint8), PARTS)
