"""A plan volume that keeps its promise: conformal risk control of coverage over patients.

Angelopoulos, Bates, Fisch, Lei and Schuster, Conformal risk control, arXiv 2208.02814 (2022).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from gliofront.evaluation.coverage import CoverageCurve
from gliofront.foundation.errors import InputRefused

# Thousands of small shares are summed; their rounding must not move the choice.
_ROUNDING = 1e-9


def controlled_volume_ml(curves: Sequence[CoverageCurve], most_missed: float) -> float:
    """Return the smallest plan volume whose expected miss in a new patient is kept, mL.

    The miss is 1 - coverage. Over patients drawn like these and a new one like them, the mean of
    the new patient's miss is at most `most_missed`. It is a promise over patients with
    progression in the region: the others have no coverage and are left out.

    Parameters
    ----------
    curves : of held-out patients, by models that never saw them.
    most_missed : 0 to 1, such as 0.2 for an expected coverage of 80 %.

    Returns
    -------
    Infinite if the cohort is too small for the promise: with n patients, below 1 / (n + 1).

    Raises
    ------
    InputRefused
        If `most_missed` is not between 0 and 1.

    >>> curve = CoverageCurve(np.array([1, 4]), 10, 0.5)
    >>> controlled_volume_ml([curve] * 9, 0.2), controlled_volume_ml([curve] * 3, 0.2)
    (2.0, inf)
    """
    return _smallest(curves, most_missed, lambda curve: curve.ranks * curve.voxel_ml)


def controlled_share(curves: Sequence[CoverageCurve], most_missed: float) -> float:
    """Return the same as `controlled_volume_ml`, but as a share of each patient's own region.

    0 to 1, or infinite; a patient's plan is the voxels of the highest probability up to it.
    """
    return _smallest(curves, most_missed, lambda curve: curve.ranks / curve.voxels)


def _smallest(
    curves: Sequence[CoverageCurve],
    most_missed: float,
    sizes: Callable[[CoverageCurve], NDArray[np.floating]],
) -> float:
    """Return the smallest plan size of which the corrected mean miss is low enough.

    With misses of at most 1, the mean miss R of n patients is corrected to (n R + 1) / (n + 1):
    the new patient is taken to be missed altogether.
    """
    if not 0 <= most_missed <= 1:
        problem = f"the expected miss {most_missed:g} is not between 0 and 1"
        raise InputRefused("coverage target", problem, "give a share such as 0.2")
    told = [curve for curve in curves if curve.ranks.size]
    allowed = (len(told) + 1) * most_missed - 1
    if allowed < -_ROUNDING or not told:
        return math.inf
    steps = np.concatenate([sizes(curve) for curve in told])
    drops = np.concatenate([np.full(c.ranks.size, 1 / c.ranks.size) for c in told])
    order = np.argsort(steps)
    missed = len(told) - np.concatenate([[0.0], np.cumsum(drops[order])])
    enough = int(np.argmax(missed <= max(allowed, 0.0) + _ROUNDING))
    return float(steps[order][enough - 1]) if enough else 0.0
