"""Grey levels: fixed bin size over a stated range."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

OUTSIDE = 0


def discretise(
    values: NDArray[np.floating], low: float, high: float, levels: int
) -> NDArray[np.uint16]:
    """Return grey levels 1 to `levels` of any shape; `OUTSIDE` (0) where a value is not finite.

    Level of x: floor(levels (x - low) / (high - low)) + 1 (IBSI, fixed bin size and number; in
    this order, so that whole numbers on the edge of a bin go up as they should). Values below
    `low` go to level 1, values from `high` on to the last.

    >>> discretise(np.array([-5.0, 0.0, 0.24, 0.25, 1.0, 7.0, np.nan]), 0.0, 1.0, 4).tolist()
    [1, 1, 1, 2, 4, 4, 0]
    """
    wide = np.asarray(values, dtype=np.float64)
    bins = np.floor((wide - low) * levels / (high - low))
    clamped = np.clip(bins, 0, levels - 1) + 1
    return np.where(np.isfinite(wide), clamped, OUTSIDE).astype(np.uint16)
