"""Which rows train, which tell when to stop, and which are only tested on."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

TRAINING, VALIDATION, TEST = 0, 1, 2


def divide(
    rows: int,
    shares: tuple[float, float, float],
    seed: int,
    groups: ArrayLike | None = None,
) -> NDArray[np.int8]:
    """Return the side of each row, (rows,): `TRAINING`, `VALIDATION` or `TEST`.

    Without groups rows are drawn one by one, as MATLAB's dividerand does. Neighbouring voxels of
    one patient then lie on both sides, so that the validation loss rewards learning patients by
    heart; with groups (patients) it tells of patients not seen. The shares are of groups then,
    whose rows may be few or many.

    Parameters
    ----------
    rows : how many.
    shares : of the three sides, sum 1; the test side may be 0.
    seed : of the drawing.
    groups : (rows,) names or numbers; rows of one group never part.

    Raises
    ------
    ValueError
        If shares are not as said, or there are too few rows or groups for each side to have one.
    """
    if min(shares[:2]) <= 0 or shares[TEST] < 0 or not np.isclose(sum(shares), 1):
        raise ValueError(f"shares {shares} must sum to 1, training and validation above 0")
    if groups is None:
        return _sides(rows, shares, seed, "rows")
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    return _sides(len(names), shares, seed, "groups")[member]


def _sides(
    count: int, shares: tuple[float, float, float], seed: int, what: str
) -> NDArray[np.int8]:
    held, tested = (max(1, round(share * count)) if share else 0 for share in shares[1:])
    if held + tested >= count:
        sides = "training, validation and test" if tested else "training and validation"
        raise ValueError(f"{count} {what} are too few for {sides}: give one or more to each side")
    order = np.random.default_rng(seed).permutation(count)
    side = np.full(count, TRAINING, dtype=np.int8)
    side[order[:held]] = VALIDATION
    side[order[held : held + tested]] = TEST
    return side
