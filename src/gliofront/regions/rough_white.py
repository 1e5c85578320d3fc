"""The first normalisation, before any tumour is known: white matter from the brain's histogram."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from sklearn.mixture import GaussianMixture

from gliofront.foundation.errors import InputRefused
from gliofront.image.volume import BoolArray, Volume
from gliofront.maps.intensity import in_nawm_units

MOST_SAMPLES = 50_000
VESSEL_Z = 4.0  # of the brain: brighter is vessel or tumour
LEAST_SHARE = 0.15  # of the brain that white matter has at least


def rough_white(t1c: Volume, brain: BoolArray, seed: int = 0) -> BoolArray:
    """Return voxels of the brain about the white-matter mode of T1C, (X, Y, Z) bool.

    The brightest of three normal distributions fitted to the brain's intensities, without the very
    bright ones, two standard deviations either side of its mean. Grey matter, oedema and
    noise are in it: good enough to set an outline's thresholds, not to measure.

    Raises
    ------
    InputRefused
        If the brain has fewer than 1000 finite voxels, or they hardly vary.
    """
    inside = brain & np.isfinite(t1c.data)
    values = t1c.data[inside].astype(np.float64)
    if values.size < 1000 or np.ptp(np.percentile(values, [5, 95])) == 0:
        raise InputRefused(t1c.quantity, "too few or constant voxels", "check the brain mask")
    middle = float(np.median(values))
    spread = 1.4826 * float(np.median(np.abs(values - middle)))
    values = values[values < middle + VESSEL_Z * spread]
    if values.size > MOST_SAMPLES:
        values = np.random.default_rng(seed).choice(values, MOST_SAMPLES, replace=False)
    starts = np.percentile(values, [5, 35, 75])[:, None]
    model = GaussianMixture(
        3, means_init=starts, reg_covar=1e-6 * float(values.var()), random_state=seed
    )
    model.fit(values[:, None])
    large = model.weights_ >= LEAST_SHARE
    white = int(np.argmax(np.where(large, model.means_[:, 0], -np.inf)))
    mean, sd = float(model.means_[white, 0]), float(np.sqrt(model.covariances_[white, 0, 0]))
    return np.asarray(inside & (np.abs(t1c.data - mean) <= 2 * sd))


def rough_white_units(volume: Volume, white: BoolArray) -> Volume:
    """Return the volume in robust z of rough white matter: (x - median) / (1.4826 MAD).

    Parameters
    ----------
    white : (X, Y, Z) bool, as from `rough_white`, on the volume's grid.

    Raises
    ------
    InputRefused
        If the white matter is empty or constant in this volume.
    """
    return replace(in_nawm_units(volume, white), unit="rough white-matter z")
