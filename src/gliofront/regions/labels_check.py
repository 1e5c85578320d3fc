"""Whether given tumour labels mean what their scheme says: enhancing tissue must brighten."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from gliofront.foundation.findings import Finding, Level
from gliofront.image.grid import FloatArray
from gliofront.image.volume import BoolArray, Volume
from gliofront.regions.morphology import dilate

RealArray = NDArray[np.float32] | NDArray[np.float64]
LEAST_T1C = 0.70
LEAST_GAIN = 0.60
SURROUNDING_MM = (2.0, 12.0)


def probability_brighter(first: RealArray, second: RealArray) -> float:
    """Return the probability that a value of the first set exceeds one of the second (AUROC).

    NaN where a set is empty. Free of scale and of any monotone change of intensity.

    >>> probability_brighter(np.array([3.0, 4.0]), np.array([1.0, 2.0, 3.0]))
    0.9166666666666666
    """
    n, m = len(first), len(second)
    if n == 0 or m == 0:
        return float("nan")
    ranks = stats.rankdata(np.concatenate([first, second]))
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m))


def enhancing_brightens(
    t1c: Volume,
    enhancing: BoolArray,
    tumour: BoolArray,
    brain: BoolArray,
    *,
    t1: Volume | None = None,
    subject: str = "tumour labels",
) -> Finding | None:
    """Return a warning if voxels labelled enhancing are not brighter than their surroundings.

    Parameters
    ----------
    t1c, t1 : images on one grid, any unit.
    enhancing : (X, Y, Z) bool, enhancing tissue alone, without necrosis.
    tumour : the whole labelled tumour core (it is left out of the surroundings).
    brain : brain mask. The surroundings are the brain 2 to 12 mm outside the core.

    Where T1 is there, the change from T1 to T1C (after ranks, so of any unit) must be larger too.
    """
    spacing = t1c.grid.spacing
    core = tumour | enhancing
    near, far = (dilate(core, radius, spacing) for radius in SURROUNDING_MM)
    around = far & ~near & brain
    bright = probability_brighter(t1c.data[enhancing], t1c.data[around])
    if np.isnan(bright):
        return _warn(subject, "no voxel is labelled enhancing, or nothing lies around it")
    if bright < LEAST_T1C:
        share = f"{100 * bright:.0f} %"
        return _warn(subject, f"tissue labelled enhancing beats its surroundings on T1C in {share}")
    if t1 is None:
        return None
    gain = _gain(t1c.data, t1.data, brain)
    brightening = probability_brighter(gain[enhancing], gain[around])
    if brightening >= LEAST_GAIN:
        return None
    share = f"{100 * brightening:.0f} %"
    return _warn(subject, f"tissue labelled enhancing brightens from T1 to T1C in {share} only")


def _gain(t1c: RealArray, t1: RealArray, brain: BoolArray) -> FloatArray:
    """Return T1C minus T1, both in robust z of the brain."""
    return _robust(t1c, brain) - _robust(t1, brain)


def _robust(values: RealArray, brain: BoolArray) -> FloatArray:
    low, middle, high = np.percentile(values[brain], [25, 50, 75])
    return np.asarray((values - middle) / max(high - low, 1e-12))


def _warn(subject: str, problem: str) -> Finding:
    mend = "check the label scheme: enhancing may be 1, 3 or 4"
    return Finding(Level.WARNING, "enhancing-does-not-brighten", subject, problem, mend)
