"""Bounds of the quantities of a 2x2 table of which three scores are known within bounds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, product

from numpy.polynomial import Polynomial

from gliofront.evaluation.claim_quantities import Quantity

# Shares of all cases: true positives, false positives, false negatives, true negatives.
Table = tuple[Fraction, Fraction, Fraction, Fraction]
Bounds = tuple[Fraction, Fraction]

# Far above the error of the arithmetic and far below any published digit.
_SLACK = 1e-9
# Coefficients this much smaller than the largest are rounding errors of the products.
_NOISE = 1e-13


def mixed(called: Fraction, spared: Fraction, share: Fraction) -> Table:
    """Return the table of this PPV, NPV and share of positive calls, each 0 to 1.

    >>> [float(cell) for cell in mixed(Fraction("0.8"), Fraction("0.9"), Fraction("0.5"))]
    [0.4, 0.1, 0.05, 0.45]
    """
    rest = 1 - share
    return share * called, share * (1 - called), rest * (1 - spared), rest * spared


def transposed(table: Table) -> Table:
    """Swap calls and truth: PPV becomes sensitivity, NPV becomes specificity."""
    tp, fp, fn, tn = table
    return tp, fn, fp, tn


def corners(ppv: Bounds, npv: Bounds, accuracy: Bounds) -> tuple[Table, ...]:
    """Return the corners of the set of tables with PPV, NPV and accuracy within bounds.

    A table is a mixture of (PPV, 1 - PPV, 0, 0) and (0, 0, 1 - NPV, NPV), so bounds on both leave
    a tetrahedron. Two planes of equal accuracy cut a slice from it, which is convex. Its corners
    are those of the tetrahedron that lie inside, and the points where an edge crosses a plane.
    Fractions keep this exact: a set that is a single point is not lost.

    Parameters
    ----------
    ppv, npv, accuracy : lowest and highest, 0 to 1.

    Returns
    -------
    The corners, none twice; empty if no table fits.

    >>> half, one = Fraction(1, 2), Fraction(1)
    >>> corners((one, one), (half, half), (half, half))  # only calling nothing
    ((Fraction(0, 1), Fraction(0, 1), Fraction(1, 2), Fraction(1, 2)),)
    """
    low, high = accuracy
    all_called = [mixed(p, npv[0], Fraction(1)) for p in ppv]
    none_called = [mixed(ppv[0], n, Fraction(0)) for n in npv]
    whole = sorted(all_called + none_called, key=_accuracy)
    inside = [table for table in whole if low <= _accuracy(table) <= high]
    crossings = [
        _crossing(one, other, at)
        for one, other in combinations(whole, 2)
        for at in accuracy
        if _accuracy(one) < at < _accuracy(other)
    ]
    return tuple(dict.fromkeys(inside + crossings))


def _accuracy(table: Table) -> Fraction:
    return table[0] + table[3]


def _crossing(one: Table, other: Table, accuracy: Fraction) -> Table:
    """Return the table of this accuracy on the line between two."""
    place = (accuracy - _accuracy(one)) / (_accuracy(other) - _accuracy(one))
    tp, fp, fn, tn = ((1 - place) * a + place * b for a, b in zip(one, other, strict=True))
    return tp, fp, fn, tn


def value_of(quantity: Quantity, table: Table) -> float:
    """Return the quantity of one table, NaN where it is undefined."""
    return _value(quantity, [float(share) for share in table])


def bounds_of(quantity: Quantity, between: Sequence[Table]) -> tuple[float, float]:
    """Return the lowest and highest value over the convex set with these corners.

    The set is one of `corners`, transposed or not. The extremes lie on its edges:

    - shares are linear, and sensitivity, specificity, PPV and NPV are ratios of linear functions:
      they are monotone along every line, so their extremes lie at corners;
    - lift = PPV / prevalence is monotone in prevalence at a fixed PPV, balanced accuracy is linear
      at a fixed prevalence. Both fix a plane, and the corners of the plane's section lie on edges;
    - MCC is linear in the true positives at a fixed prevalence and share of calls f, so its
      extremes lie on faces. At a fixed PPV it is sqrt(f / (1 - f)) (PPV - prevalence) /
      sqrt(prevalence (1 - prevalence)), monotone in f and in prevalence; likewise at a fixed NPV,
      sensitivity or specificity. At a fixed accuracy its only stationary point (both 1/2) is a
      saddle. So no face has an extreme inside.

    Along an edge the derivative's numerator is a polynomial; its roots and both ends are tried.
    All pairs of corners are taken for edges: those that are none lie inside and do no harm. Where
    the quantity is undefined its limit along each edge counts, as it is approached. The bounds are
    1e-9 wider than the result, for this arithmetic is floating point.

    Returns
    -------
    Lowest and highest, perhaps infinite; NaN twice if the quantity is undefined everywhere.
    """
    points = [[float(share) for share in table] for table in between]
    values = [
        value
        for start, end in product(points, repeat=2)
        for value in _extremes(quantity, start, end)
        if not math.isnan(value)
    ]
    if not values:
        return math.nan, math.nan
    low, high = min(values) - _SLACK, max(values) + _SLACK
    return max(low, quantity.lowest), min(high, quantity.highest)


def _extremes(quantity: Quantity, start: Sequence[float], end: Sequence[float]) -> Iterator[float]:
    """Yield the limit at the start of an edge and the values at its stationary points."""
    line = [Polynomial([s, e - s]) for s, e in zip(start, end, strict=True)]
    above, below = quantity.parts(*line)
    yield _limit(above, below, quantity.root)
    if max(above.degree(), below.degree()) <= 1:
        return  # monotone along the edge
    slope = quantity.root * above.deriv() * below - above * below.deriv()
    slope = slope.trim(_NOISE * max(abs(slope.coef)))
    # Whatever the root is worth, it names a table of the set: complex ones need no care.
    for place in slope.roots().real:
        if 0 < place < 1:
            # The expanded polynomials cancel where shares are small; mixing the shares does not.
            yield _value(
                quantity,
                [(1 - place) * s + place * e for s, e in zip(start, end, strict=True)],
            )


def _value(quantity: Quantity, shares: Sequence[float]) -> float:
    above, below = quantity.parts(*(Polynomial([share]) for share in shares))
    return _limit(above, below, quantity.root)


def _limit(above: Polynomial, below: Polynomial, root: int) -> float:
    """Return above / below ** (1 / root) as its variable falls to 0; NaN if below is 0 all along.

    Where below starts at 0, shares are exactly 0 there, and the orders of both are no rounding
    error.
    """
    top, bottom = _leading(above), _leading(below)
    if bottom is None:
        return math.nan
    if top is None or top[0] * root > bottom[0]:
        return 0.0
    if top[0] * root < bottom[0]:
        return math.copysign(math.inf, top[1])
    return float(top[1] / bottom[1] ** (1 / root))


def _leading(polynomial: Polynomial) -> tuple[int, float] | None:
    """Return the lowest power whose coefficient is not 0, and the coefficient."""
    return next(((power, float(c)) for power, c in enumerate(polynomial.coef) if c), None)
