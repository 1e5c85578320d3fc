"""What a test found: which test, its statistic, p, an effect size with its interval, or why not."""

from __future__ import annotations

import math
from dataclasses import dataclass

TOO_FEW = "fewer than two known values in a group"


@dataclass(frozen=True)
class Effect:
    """How large a difference is.

    Parameters
    ----------
    name : such as "Hedges g"; positive where the first of the two is larger.
    value : NaN if undefined.
    low, high : 95 % interval; NaN if undefined.
    """

    name: str
    value: float
    low: float
    high: float


NO_EFFECT = Effect("", math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class Comparison:
    """A test of two groups, or of two measurements of the same patients.

    Parameters
    ----------
    test : its name; empty if none could be done.
    statistic : NaN if the test has none, as exact tests of tables.
    p : two-sided, 0 to 1; NaN if undefined.
    effect : with its interval.
    n : patients with known values in the first and the second; in pairs, the pairs.
    reason : why something is undefined; else empty.
    """

    test: str
    statistic: float
    p: float
    effect: Effect
    n: tuple[int, int]
    reason: str = ""

    @property
    def cells(self) -> dict[str, str | float]:
        """The columns that every table of tests has."""
        return {
            "test": self.test,
            "statistic": self.statistic,
            "p": self.p,
            "effect": self.effect.name,
            "effect_value": self.effect.value,
            "effect_low": self.effect.low,
            "effect_high": self.effect.high,
        }


def undefined(n: tuple[int, int], reason: str) -> Comparison:
    """Return a comparison of which nothing but the numbers is known.

    >>> undefined((1, 7), TOO_FEW).p
    nan
    """
    return Comparison("", math.nan, math.nan, NO_EFFECT, n, reason)
