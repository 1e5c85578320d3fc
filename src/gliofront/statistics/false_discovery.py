"""False discovery rates: how many of the tests called positive are so by chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import false_discovery_control


def false_discovery_rates(p: ArrayLike) -> NDArray[np.float64]:
    """Return the q of each test: the smallest rate of false discoveries that calls it.

    Benjamini and Hochberg, J R Stat Soc B 57:289, 1995; it also holds for tests that depend on
    each other positively, as features of the same voxels do (Benjamini and Yekutieli, Ann Stat
    29:1165, 2001).

    Parameters
    ----------
    p : (n,) of all tests of the family, NaN where there is no test; they do not count.

    Returns
    -------
    (n,), NaN where p is.

    >>> false_discovery_rates([0.01, 0.02, float("nan"), 0.3]).round(3).tolist()
    [0.03, 0.03, nan, 0.3]
    """
    values = np.asarray(p, dtype=np.float64)
    q = np.full(values.shape, np.nan)
    there = ~np.isnan(values)
    if there.any():
        q[there] = false_discovery_control(values[there], method="bh")
    return q
