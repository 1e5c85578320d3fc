"""The exact test of a table of counts with two columns (Fisher; Freeman and Halton)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

# Tables of equal probability differ by rounding.
_EQUAL = 1e-7
_MOST_TABLES = 4_000_000


def exact_p(table: NDArray[np.integer]) -> float:
    """Return the probability of this table or a less likely one, given all its sums.

    Freeman and Halton, Biometrika 38:141, 1951; for 2 x 2 it is Fisher's two-sided test.

    Parameters
    ----------
    table : (k, 2) counts, no row or column empty.

    Returns
    -------
    0 to 1; NaN if there are more tables of these sums than can be looked at.

    >>> round(exact_p(np.array([[24, 14], [13, 6]])), 4)  # males, females of Yan et al., Table 1
    0.7746
    """
    rows, wanted = table.sum(axis=1), int(table[:, 0].sum())
    if math.prod(int(row) + 1 for row in rows[:-1]) > _MOST_TABLES:
        return math.nan
    filled, chance = np.zeros(1, dtype=np.intp), np.zeros(1)
    for row in rows[:-1]:
        steps = np.arange(row + 1)
        filled = np.add.outer(filled, steps).ravel()
        chance = np.add.outer(chance, _log_choices(row, steps)).ravel()
    rest = wanted - filled
    fits = (rest >= 0) & (rest <= rows[-1])
    chance = np.exp(
        chance[fits] + _log_choices(rows[-1], rest[fits]) - _log_choices(table.sum(), wanted)
    )
    seen = sum(_log_choices(row, cell) for row, cell in zip(rows, table[:, 0], strict=True))
    limit = np.exp(seen - _log_choices(table.sum(), wanted)) * (1 + _EQUAL)
    return min(float(chance[chance <= limit].sum()), 1.0)


def _log_choices(
    total: int | np.integer, chosen: int | np.integer | NDArray[np.integer]
) -> NDArray[np.float64]:
    """Return the logarithm of the binomial coefficient."""
    logs = gammaln(total + 1) - gammaln(chosen + 1) - gammaln(total - chosen + 1)
    return np.asarray(logs, dtype=np.float64)
