"""The threshold above which a voxel is called progression, chosen in training patients only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def threshold_of_share(
    probability: NDArray[np.float64], weight: NDArray[np.float64], share: float
) -> float:
    """Return the threshold t at which ``probability >= t`` calls a share nearest to `share`.

    With `share` the training prevalence, as many voxels are called as progress. The Dice-best
    threshold is not used: for a predictor without skill it calls everything progression. Of two
    shares equally near the smaller wins. A constant predictor calls nothing unless the prevalence
    is above one half, so the prevalence null turns into the all-negative one.

    Parameters
    ----------
    probability : (n,) of voxels of patients that the predictor was not fitted on.
    weight : (n,) positive.
    share : wanted share of the weight, 0 to 1.

    >>> p = np.array([0.1, 0.2, 0.3, 0.4])
    >>> threshold_of_share(p, np.ones(4), 0.5)
    0.3
    >>> threshold_of_share(np.full(4, 0.3), np.ones(4), 0.3) > 0.3
    True
    """
    levels, where = np.unique(probability, return_inverse=True)
    of_level = np.bincount(where, weights=weight, minlength=levels.size)
    called = np.append(np.cumsum(of_level[::-1])[::-1], 0.0) / weight.sum()
    thresholds = np.append(levels, np.nextafter(levels[-1], np.inf))
    off = np.abs(called - share)
    # Scanned from the smallest called share, so that a tie calls fewer.
    best = off.size - 1 - int(np.argmin(np.round(off[::-1], 12)))
    return float(thresholds[best])
