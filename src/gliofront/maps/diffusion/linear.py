"""Linear registration of one image onto another by ANTs, as a matrix of the world."""

from __future__ import annotations

import tempfile
from typing import Literal

import numpy as np
from scipy.linalg import polar

from gliofront.image.ants_arrays import matrix_from_ants, to_ants
from gliofront.image.grid import FloatArray
from gliofront.image.resample import resample_volume
from gliofront.image.volume import BoolArray, Volume
from gliofront.maps.diffusion.similarity import normalised_mutual_information

# isort: split
# After ants_arrays, which sets ANTs' seed and its single thread: both are read when it is loaded.
import ants

_ITERATIONS = (200, 200, 100)
_SHRINK = (4, 2, 1)
_SMOOTH = (2, 1, 0)
# Of the mutual information of no motion, which looks a little better than it is because nothing
# is interpolated: less than this is a search gone astray.
_KEPT = 0.8


def register_linear(
    fixed: Volume, moving: Volume, mask: BoolArray, kind: Literal["Rigid", "Affine"]
) -> FloatArray:
    """Maximise the mutual information of two images on small grids, from no motion.

    Parameters
    ----------
    fixed, moving : of any contrast; NaN where undefined.
    mask : (X, Y, Z) where the fixed image is compared.

    Returns
    -------
    pull : (4, 4) from the fixed image's world to the moving image's, RAS mm, as
        `gliofront.image.resample.resample_volume` takes it; the identity where the search went
        astray and the images became clearly less alike.
    """
    with tempfile.TemporaryDirectory() as folder:  # ANTs hands transforms over as files
        found = ants.registration(
            to_ants(fixed),
            to_ants(moving),
            type_of_transform=kind,
            initial_transform="Identity",
            outprefix=f"{folder}/",
            mask=to_ants(fixed.with_data(mask)),
            aff_iterations=_ITERATIONS,
            aff_shrink_factors=_SHRINK,
            aff_smoothing_sigmas=_SMOOTH,
        )
        pull = matrix_from_ants(ants.read_transform(found["fwdtransforms"][0]))
    moved = resample_volume(moving, fixed.grid, pull=pull)
    still = resample_volume(moving, fixed.grid)
    before, after = (
        normalised_mutual_information(fixed.data, image.data, mask) - 1 for image in (still, moved)
    )
    return pull if after >= _KEPT * before else np.eye(4)


def rotation_of(pull: FloatArray) -> FloatArray:
    """Return the rotation (3, 3) nearest to an affine (4, 4): its polar decomposition's.

    >>> shear = np.eye(4)
    >>> shear[0, 1] = 0.02
    >>> rotation_of(shear).round(3)[0].tolist()
    [1.0, 0.01, 0.0]
    """
    rotation, _ = polar(pull[:3, :3])
    return np.asarray(rotation)


def degrees_of(pull: FloatArray) -> float:
    """Return the angle of an affine's rotation, 0 to 180 degrees."""
    cosine = (np.trace(rotation_of(pull)) - 1) / 2
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def displacement_mm(pull: FloatArray, points: FloatArray) -> float:
    """Return how far an affine (4, 4) carries points (P, 3) on average, mm."""
    moved = points @ pull[:3, :3].T + pull[:3, 3]
    return float(np.linalg.norm(moved - points, axis=1).mean())
