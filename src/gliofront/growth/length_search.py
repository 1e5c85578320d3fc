"""The infiltration length at which a model's FLAIR volume is that seen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

_WIDER = 1.5
"""Factor by which the search goes on from a first guess until it holds the solution."""


def search_length(
    volume_at: Callable[[float], float],
    wanted: float,
    guess_mm: float,
    bounds_mm: tuple[float, float],
    tolerance: float,
) -> float:
    """Return the length in mm at which a volume that grows with it is met.

    The nearer bound if it is not met between the bounds.

    Parameters
    ----------
    volume_at : volume at a length, positive; costly, so it is asked once a length.
    wanted : volume to be met, positive, in the same unit.
    guess_mm : where to begin.
    bounds_mm : shortest and longest length.
    tolerance : share of the length to which it is sought.

    >>> round(search_length(lambda mm: mm**3, 27.0, 1.0, (0.5, 9.0), 1e-4), 2)
    3.0
    >>> search_length(lambda mm: mm**3, 27.0, 1.0, (0.5, 2.0), 1e-4)
    2.0
    """
    known: dict[float, float] = {}

    def excess(log_mm: float) -> float:
        if log_mm not in known:
            known[log_mm] = float(np.log(volume_at(float(np.exp(log_mm))) / wanted))
        return known[log_mm]

    shortest, longest = np.log(bounds_mm).tolist()
    low = high = float(np.clip(np.log(guess_mm), shortest, longest))
    while excess(low) > 0 and low > shortest:
        low, high = max(low - np.log(_WIDER), shortest), low
    while excess(high) < 0 and high < longest:
        low, high = high, min(high + np.log(_WIDER), longest)
    if excess(low) >= 0:
        return float(np.exp(low))
    if excess(high) <= 0:
        return float(np.exp(high))
    return float(np.exp(brentq(excess, low, high, xtol=tolerance)))
