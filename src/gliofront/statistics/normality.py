"""Whether values may be taken as normal, which decides between a t-test and a test of ranks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import shapiro

ALPHA = 0.05
_MOST = 5000
"""The p-value of Shapiro and Wilk is an approximation fitted up to here (Royston, Appl Stat
44:547, 1995); a mean of more values is normal enough whatever they are."""


def fits_normal(values: NDArray[np.float64]) -> bool:
    """Tell whether the test of Shapiro and Wilk (Biometrika 52:591, 1965) keeps normality at 5 %.

    Parameters
    ----------
    values : (n,) finite. Fewer than 3 values, or equal ones, cannot be told and are not normal.

    >>> fits_normal(np.array([4.8, 5.1, 5.5, 5.9, 6.2])), fits_normal(np.array([1.0, 1, 1, 1, 90]))
    (True, False)
    """
    if values.size < 3 or np.ptp(values) == 0:
        return False
    return values.size > _MOST or bool(shapiro(values).pvalue >= ALPHA)
