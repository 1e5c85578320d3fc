"""A rough brain from the frames before the bolus, where none is given."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import FloatArray
from gliofront.image.volume import BoolArray, Volume
from gliofront.maps.brain import stripped_mask

_SHARE = 0.35  # of the robust greatest signal: above noise and the fat-suppressed scalp
_OPEN_MM = 4.0  # bridges to the scalp and eyes are thinner than twice this
_FEWEST = 500  # voxels


def rough_brain(baseline: Volume) -> BoolArray:
    """Return the brain of a T2*-weighted echo-planar image, (X, Y, Z) bool.

    An image that is already stripped gives its own mask. Else: what is brighter than a share of
    the 98th percentile, opened slice by slice (slices are thick), its largest piece, holes
    filled. Rough: a mask from an anatomical image is better.

    Raises
    ------
    InputRefused
        If nothing like a brain is left.
    """
    given = stripped_mask(baseline)
    if given is not None:
        return given
    data = np.nan_to_num(baseline.data)
    bright = (
        data > _SHARE * float(np.percentile(data[data > 0], 98)) if data.max() > 0 else data > 0
    )
    plane = baseline.grid.spacing[:2]
    core = _depth(bright, plane) > _OPEN_MM
    pieces, count = ndimage.label(core)
    if count:
        core = pieces == 1 + np.bincount(pieces.ravel())[1:].argmax()
    brain = bright & (_depth(~core, plane) <= _OPEN_MM) & core.any(axis=(0, 1))
    for index in range(brain.shape[2]):
        brain[..., index] = ndimage.binary_fill_holes(brain[..., index])
    if np.count_nonzero(brain) < _FEWEST:
        problem = "no brain is found in the frames before the bolus"
        raise InputRefused(baseline.quantity, problem, "give a brain mask")
    return np.asarray(brain)


def _depth(mask: BoolArray, spacing: FloatArray) -> FloatArray:
    """Return how deep in mm every voxel lies in the mask, within its slice; 0 outside."""
    slices = [
        ndimage.distance_transform_edt(mask[..., k], sampling=tuple(spacing))
        if not mask[..., k].all()
        else np.full(mask.shape[:2], np.inf)
        for k in range(mask.shape[2])
    ]
    return np.stack(slices, axis=-1)
