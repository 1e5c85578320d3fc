"""The quaternion of a NIfTI qform: three numbers in single precision, the first part left out."""

from __future__ import annotations

import nibabel as nib
import numpy as np
from numpy.typing import ArrayLike

from gliofront.image.grid import FloatArray

# What float32 rounding can add to the sum of squares; beyond it the numbers are no quaternion.
_LARGEST_SQUARES = 1.0 + 1e-5


def rotation_of(stored: ArrayLike) -> FloatArray | None:
    """Return the rotation (3, 3) of a qform's (b, c, d), or None where they are no quaternion.

    The first part is sqrt(1 - b^2 - c^2 - d^2), kept however small it is. Readers that take a
    small one for 0 turn the image by up to 0.07 degrees, near half a turn, where LPS grids lie.

    >>> rotation_of([0, 0, 1]).diagonal().tolist()
    [-1.0, -1.0, 1.0]
    """
    imaginary = np.asarray(stored, dtype=np.float64)
    with np.errstate(over="ignore"):  # a damaged header may hold any number
        squares = float(np.sum(imaginary**2))
    if not squares <= _LARGEST_SQUARES:
        return None
    first = np.sqrt(max(1.0 - squares, 0.0))
    return np.asarray(nib.quaternions.quat2mat([first, *imaginary]))
