"""Times to an event: Kaplan-Meier curve, its median, and the log-rank test of two groups."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2 as chi2_distribution

from gliofront.foundation.errors import InputRefused
from gliofront.statistics.comparison import Comparison, Effect, undefined
from gliofront.statistics.effect_sizes import Z

FloatArray = NDArray[np.float64]

NOBODY = "no patient with a known time"
NOT_REACHED = "fewer than half had the event within the follow-up"
OPEN_ABOVE = "the upper limit lies beyond the follow-up"
NO_EVENT = "nobody had the event while both groups were followed"


@dataclass(frozen=True, eq=False)
class FollowedTimes:
    """How long patients were followed, and whether that ended with the event.

    Parameters
    ----------
    days : (n,) finite, 0 or more.
    event : (n,) whether the event came then; else the patient was last seen without it.

    Raises
    ------
    InputRefused
        If a time is negative or not finite, or the lengths differ.
    """

    days: FloatArray
    event: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Fix the types and check."""
        object.__setattr__(self, "days", np.asarray(self.days, dtype=np.float64))
        object.__setattr__(self, "event", np.asarray(self.event, dtype=np.bool_))
        if self.days.shape != self.event.shape or not (np.isfinite(self.days)).all():
            problem = "each patient needs a finite time and whether the event came"
            raise InputRefused("survival times", problem, "leave out patients without a time")
        if (self.days < 0).any():
            raise InputRefused("survival times", "a time is negative", "count from the surgery")

    def at_risk(self, at: FloatArray) -> NDArray[np.intp]:
        """Return how many were still followed just before these times (k,)."""
        return np.asarray((self.days[:, None] >= at).sum(axis=0))

    def events(self, at: FloatArray) -> NDArray[np.intp]:
        """Return how many had the event at these times (k,)."""
        return np.asarray((self.days[self.event][:, None] == at).sum(axis=0))


@dataclass(frozen=True, eq=False)
class SurvivalCurve:
    """The Kaplan-Meier estimate, (k,) each.

    Parameters
    ----------
    days : of the events, ascending.
    survival : share without the event after each.
    low, high : 95 % interval; NaN where the curve is 0.
    """

    days: FloatArray
    survival: FloatArray
    low: FloatArray
    high: FloatArray


def kaplan_meier(followed: FollowedTimes) -> SurvivalCurve:
    """Return the curve of Kaplan and Meier (J Am Stat Assoc 53:457, 1958).

    Its interval has Greenwood's variance on the scale log(-log), where it cannot leave 0 to 1
    (Kalbfleisch and Prentice, 1980).
    """
    days = np.unique(followed.days[followed.event])
    n, d = followed.at_risk(days), followed.events(days)
    survival = np.asarray(np.cumprod(1 - d / n), dtype=np.float64)
    inside = survival > 0
    greenwood = np.cumsum(np.divide(d, n * (n - d), out=np.zeros(days.size), where=inside))
    low, high = np.full((2, days.size), np.nan)
    steepness = -np.log(survival[inside])
    reach = np.exp(Z * np.sqrt(greenwood[inside]) / steepness)
    low[inside], high[inside] = survival[inside] ** reach, survival[inside] ** (1 / reach)
    return SurvivalCurve(days, survival, low, high)


@dataclass(frozen=True)
class MedianSurvival:
    """The median time to an event.

    Parameters
    ----------
    days : NaN if not reached.
    low, high : 95 % interval; NaN where open.
    patients, events : how many.
    reason : why something is undefined; else empty.
    """

    days: float
    low: float
    high: float
    patients: int
    events: int
    reason: str = ""

    def __str__(self) -> str:
        """Return the median and its interval as text.

        >>> str(MedianSurvival(523.0, 407.0, math.nan, 37, 30))
        '523 (407 to not reached)'
        """
        if not self.patients:
            return "n/a"
        days, high = ("not reached" if math.isnan(x) else f"{x:g}" for x in (self.days, self.high))
        low = "n/a" if math.isnan(self.low) else f"{self.low:g}"
        return f"{days} ({low} to {high})"


def median_survival(followed: FollowedTimes) -> MedianSurvival:
    """Return the first day on which half have had the event, with its 95 % interval.

    The interval holds the days on which the interval of the curve holds one half (Brookmeyer and
    Crowley, Biometrics 38:29, 1982).
    """
    patients, events = followed.days.size, int(np.count_nonzero(followed.event))
    curve = kaplan_meier(followed)
    median, low, high = (
        _first_at_half(curve.days, values) for values in (curve.survival, curve.low, curve.high)
    )
    reason = OPEN_ABOVE if math.isnan(high) else ""
    reason = NOT_REACHED if math.isnan(median) else reason
    return MedianSurvival(median, low, high, patients, events, reason if patients else NOBODY)


def _first_at_half(days: FloatArray, survival: FloatArray) -> float:
    # A product of fractions that is one half need not be exactly that.
    there = days[survival <= 0.5 + 1e-12]
    return float(there[0]) if there.size else math.nan


def log_rank(first: FollowedTimes, second: FollowedTimes) -> Comparison:
    """Compare the times of two groups by the log-rank test, on 1 degree of freedom.

    Mantel, Cancer Chemother Rep 50:163, 1966. The effect is Peto's hazard ratio of the first to
    the second (Yusuf et al., Prog Cardiovasc Dis 27:335, 1985): below 1, the first live longer.
    """
    n = (first.days.size, second.days.size)
    if not all(n):
        return undefined(n, NOBODY)
    pooled = np.concatenate([first.days[first.event], second.days[second.event]])
    days = np.unique(pooled)
    risk, risk_second = first.at_risk(days), second.at_risk(days)
    events, total = first.events(days) + second.events(days), risk + risk_second
    share = risk / total
    spare = np.divide(total - events, total - 1, out=np.zeros(days.size), where=total > 1)
    excess = float((first.events(days) - events * share).sum())
    variance = float((events * share * (1 - share) * spare).sum())
    if variance == 0:
        return undefined(n, NO_EVENT)
    chi2 = excess**2 / variance
    log_ratio, spread = excess / variance, Z / math.sqrt(variance)
    ends = (math.exp(log_ratio + side * spread) for side in (0, -1, 1))
    effect = Effect("Peto's hazard ratio", *ends)
    return Comparison("log-rank", chi2, float(chi2_distribution.sf(chi2, 1)), effect, n)
