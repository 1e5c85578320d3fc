"""Intensities in units of normal-appearing white matter (NAWM)."""

from __future__ import annotations

import numpy as np

from gliofront.foundation.errors import InputRefused
from gliofront.image.volume import BoolArray, Volume

_FEWEST = 50  # voxels, for a median and a spread that mean something
_SIGMA_PER_MAD = 1.4826  # of a normal distribution


def in_nawm_units(volume: Volume, nawm: BoolArray) -> Volume:
    """Return (x - median) / (1.4826 MAD), both of the NAWM; unit ``"NAWM z"``.

    0 is the white matter of the other hemisphere, 1 its robust standard deviation, so patients
    and scanners compare. MAD is the median absolute deviation. NaN stays NaN.

    Parameters
    ----------
    nawm : (X, Y, Z) where contralateral normal-appearing white matter is; undefined voxels in it
        do not count.

    Raises
    ------
    InputRefused
        If fewer than 50 defined voxels are in the NAWM, or they hardly vary.

    >>> from gliofront.image.grid import Grid
    >>> image = Volume(Grid(np.eye(4), (10, 10, 1)), np.arange(100).reshape(10, 10, 1), "T2", "a")
    >>> z = in_nawm_units(image, np.ones((10, 10, 1), dtype=bool))
    >>> float(np.median(z.data)), z.unit, round(float(z.data.max()), 3)
    (0.0, 'NAWM z', 1.335)
    """
    if nawm.shape != volume.grid.shape:
        problem = f"a white-matter mask of shape {nawm.shape} for {volume.grid.describe()}"
        raise InputRefused(volume.quantity, problem, "resample the mask onto the image")
    values = volume.data[nawm].astype(np.float64)
    values = values[np.isfinite(values)]
    if values.size < _FEWEST:
        problem = f"only {values.size} voxels of normal-appearing white matter are defined"
        raise InputRefused(volume.quantity, problem, "check the brain mask and the NAWM mask")
    median = float(np.median(values))
    spread = _SIGMA_PER_MAD * float(np.median(np.abs(values - median)))
    if spread <= 1e-6 * max(abs(median), float(np.abs(values).max())):
        problem = "the image is constant in the normal-appearing white matter"
        raise InputRefused(volume.quantity, problem, "check that the image is not a mask or empty")
    return volume.with_data((volume.data.astype(np.float64) - median) / spread, "NAWM z")
