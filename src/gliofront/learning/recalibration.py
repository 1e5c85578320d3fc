"""Recalibration: from held-out scores to probabilities that come true as often as they say.

Three maps, each plain numbers, so that a model file can keep them as tensors. All keep the order
of the voxels. Fit them on scores of patients whom the model was not trained on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression

from gliofront.foundation.errors import InputRefused

FloatArray = NDArray[np.float64]

CLIP = 1e-6  # probabilities are kept this far from 0 and 1, where the logit is infinite
_SUBJECT = "recalibration"
_MORE = "give held-out voxels of more patients"


def log_odds(probability: ArrayLike) -> FloatArray:
    """Return the logit of probabilities, which are first kept `CLIP` away from 0 and 1."""
    return np.asarray(logit(np.clip(np.asarray(probability, np.float64), CLIP, 1 - CLIP)))


@dataclass(frozen=True, eq=False)
class IsotonicRecalibration:
    """A rising function of the score: linear between knots, flat beyond them.

    Parameters
    ----------
    knots : (k,) strictly rising scores.
    probability : (k,) from 0 to 1, never falling.

    >>> mended = IsotonicRecalibration(np.array([0.2, 0.6]), np.array([0.1, 0.3]))
    >>> mended.predict(np.array([0.0, 0.4, 1.0])).round(3).tolist()
    [0.1, 0.2, 0.3]
    """

    knots: FloatArray
    probability: FloatArray

    def __post_init__(self) -> None:
        """Check that it is a rising probability."""
        _check_rising(self.knots, self.probability)

    def predict(self, score: NDArray[np.floating]) -> FloatArray:
        """Return the probability of each score, (n,); NaN where the score is."""
        wide = np.asarray(score, dtype=np.float64)
        # With a single knot, interpolation would make a value of NaN.
        return np.where(np.isnan(wide), np.nan, np.interp(wide, self.knots, self.probability))


def _check_rising(knots: FloatArray, *shares: FloatArray) -> None:
    shaped = knots.ndim == 1 and knots.size > 0 and np.isfinite(knots).all()
    if not shaped or (np.diff(knots) <= 0).any() or not all(_rising(knots, s) for s in shares):
        problem = "the knots are not a rising probability over the score"
        raise InputRefused(_SUBJECT, problem, "train the model again")


def _rising(knots: FloatArray, share: FloatArray) -> bool:
    shaped = share.shape == knots.shape and bool((np.diff(share) >= 0).all())
    return shaped and bool(share.min() >= 0 and share.max() <= 1)


def fit_isotonic(
    score: NDArray[np.floating], label: NDArray[np.integer], weight: FloatArray
) -> IsotonicRecalibration:
    """Fit by weighted isotonic regression (pool adjacent violators; Zadrozny and Elkan, KDD 2002).

    Parameters
    ----------
    score : (n,) finite.
    label : (n,) 0 or 1.
    weight : (n,) positive.

    Raises
    ------
    InputRefused
        If there is no voxel.
    """
    if not score.size:
        raise InputRefused(_SUBJECT, "no held-out voxel", _MORE)
    fit = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    fit.fit(np.asarray(score, dtype=np.float64), label, sample_weight=weight)
    # Rounding may lower a knot by one bit below the one before it.
    rising = np.maximum.accumulate(np.clip(fit.y_thresholds_, 0.0, 1.0))
    return IsotonicRecalibration(np.array(fit.X_thresholds_, dtype=np.float64), rising)


@dataclass(frozen=True)
class LogisticRecalibration:
    """A straight line between log odds.

    Parameters
    ----------
    slope : 1 if the probabilities are spread rightly, below 1 if they are too extreme.
    intercept : 0 if they need no shift.

    >>> float(LogisticRecalibration(1.0, 0.0).predict(np.array([0.3]))[0].round(9))
    0.3
    """

    slope: float
    intercept: float

    def predict(self, probability: NDArray[np.floating]) -> FloatArray:
        """Return the recalibrated probability of each probability, (n,); NaN where it is."""
        return np.asarray(expit(self.intercept + self.slope * log_odds(probability)))


def fit_logistic(
    probability: NDArray[np.floating],
    label: NDArray[np.integer] | NDArray[np.bool_],
    weight: FloatArray,
    *,
    slope: float | None = None,
) -> LogisticRecalibration:
    """Fit slope and intercept by weighted maximum likelihood (Cox, Biometrika 45:562, 1958).

    Parameters
    ----------
    probability : (n,) finite, 0 to 1.
    label : (n,) 0 or 1.
    weight : (n,) positive.
    slope : if given it is kept, and the intercept alone is fitted.

    Raises
    ------
    InputRefused
        If only one class is there, all probabilities are equal, or they part the classes without
        a fault: then no finite slope is the most likely one.
    """
    odds, truth = log_odds(probability), np.asarray(label, dtype=np.float64)
    positive = odds[truth == 1]
    negative = odds[truth == 0]
    if not positive.size or not negative.size:
        raise InputRefused(_SUBJECT, "only one class among the voxels", _MORE)
    if slope is not None:
        shift = _newton(np.ones((odds.size, 1)), truth, weight, slope * odds)
        return LogisticRecalibration(slope, float(shift[0]))
    if np.ptp(odds) < 1e-9:
        raise InputRefused(_SUBJECT, "all probabilities are equal", _MORE)
    if positive.min() >= negative.max() or positive.max() <= negative.min():
        raise InputRefused(_SUBJECT, "the probabilities part the classes without a fault", _MORE)
    columns = np.column_stack([np.ones(odds.size), odds])
    intercept, fitted = _newton(columns, truth, weight, np.zeros(odds.size))
    return LogisticRecalibration(float(fitted), float(intercept))


def _newton(
    columns: FloatArray, truth: FloatArray, weight: FloatArray, offset: FloatArray
) -> FloatArray:
    """Return the coefficients (c,) of a weighted logistic regression on columns (n, c).

    Steps that lower the likelihood are halved, so that a far start cannot throw it off.
    """
    share = weight / weight.sum()

    def loss(coefficients: FloatArray) -> float:
        odds = columns @ coefficients + offset
        return float(share @ (np.logaddexp(0.0, odds) - truth * odds))

    found = np.zeros(columns.shape[1])
    for _ in range(100):
        chance = expit(columns @ found + offset)
        slope = columns.T @ (share * (truth - chance))
        bend = (columns.T * (share * chance * (1 - chance))) @ columns
        step = np.linalg.solve(bend, slope)
        while loss(found + step) > loss(found) and np.abs(step).max() > 1e-12:
            step = step / 2
        found = found + step
        if np.abs(step).max() < 1e-10:
            break
    return found


@dataclass(frozen=True, eq=False)
class VennAbers:
    """Inductive Venn-Abers: two probabilities a score, of which one is calibrated for certain.

    Parameters
    ----------
    knots : (k,) strictly rising, the calibration scores at which an answer changes.
    lower : (k,) p0, the isotonic fit with the new voxel added as no progression.
    upper : (k,) p1, the fit with it added as progression.
    """

    knots: FloatArray
    lower: FloatArray
    upper: FloatArray

    def __post_init__(self) -> None:
        """Check that both are rising probabilities, p0 never above p1."""
        _check_rising(self.knots, self.lower, self.upper)
        if (self.lower > self.upper).any():
            problem = "the lower probability lies above the upper one"
            raise InputRefused(_SUBJECT, problem, "train the model again")

    def interval(self, score: NDArray[np.floating]) -> tuple[FloatArray, FloatArray]:
        """Return p0 and p1 of each score, (n,) each, p0 below p1; NaN where the score is.

        A voxel added as progression pools with the calibration scores above it, one added as none
        with those below it, so between two knots p1 is that of the upper and p0 of the lower.
        """
        wide = np.asarray(score, dtype=np.float64)
        low = np.concatenate([[0.0], self.lower])[np.searchsorted(self.knots, wide, side="right")]
        high = np.append(self.upper, 1.0)[np.searchsorted(self.knots, wide, side="left")]
        unknown = np.isnan(wide)
        return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)

    def predict(self, score: NDArray[np.floating]) -> FloatArray:
        """Return the one probability p1 / (1 - p0 + p1), (n,), whose log loss regrets least."""
        low, high = self.interval(score)
        return high / (1 - low + high)


def fit_venn_abers(
    score: NDArray[np.floating], label: NDArray[np.integer], weight: FloatArray
) -> VennAbers:
    """Fit from held-out scores (Vovk and Petej, Venn-Abers predictors, UAI 2014).

    All k calibration scores take one pass over a stack of corners, by the algorithm of Vovk,
    Petej and Fedorova, NIPS 2015. The method's promise holds for exchangeable voxels of equal
    weight. Voxels of one patient are alike, so for a new patient the interval is too narrow.

    Parameters
    ----------
    score : (n,) finite.
    label : (n,) 0 or 1.
    weight : (n,) positive; a new voxel has the mean weight.

    Raises
    ------
    InputRefused
        If there is no voxel.
    """
    if not score.size:
        raise InputRefused(_SUBJECT, "no held-out voxel", _MORE)
    knots, where = np.unique(np.asarray(score, dtype=np.float64), return_inverse=True)
    unit = weight / weight.mean()
    mass = np.asarray(np.bincount(where, weights=unit), dtype=np.float64)
    positive = np.asarray(np.bincount(where, weights=unit * np.asarray(label)), dtype=np.float64)
    upper = _with_progression_added(mass, positive)
    # No progression is progression seen in a mirror: scores and labels turn round.
    lower = 1.0 - _with_progression_added(mass[::-1], (mass - positive)[::-1])[::-1]
    # Rounding may break the order of neighbours by one bit.
    low, high = (np.maximum.accumulate(np.clip(p, 0.0, 1.0)) for p in (lower, upper))
    needed = _needed_knots(low, high)
    return VennAbers(knots[needed], low[needed], high[needed])


def _needed_knots(lower: FloatArray, upper: FloatArray) -> NDArray[np.bool_]:
    """Return the knots (k,) without which some score would have another answer.

    Few are: of 300,000 scores about 1,000, so that a model file holds no list of its voxels.
    """
    needed = np.ones(lower.size, dtype=bool)
    needed[1:-1] = (lower[1:-1] != lower[:-2]) | (upper[1:-1] != upper[2:])
    return needed


def _with_progression_added(mass: FloatArray, positive: FloatArray) -> FloatArray:
    """Return the isotonic fit at each group (k,) when one progression voxel is added to it.

    The fit is a slope of the greatest convex minorant of the points (summed mass, summed
    progression). Adding a voxel to group i moves all points before it by (-1, -1), so from group
    to group one point moves. `corners` holds the minorant's corners from the moved points on, the
    leftmost last; the wanted slope is that of its last two.
    """
    steps = list(zip(mass.tolist(), positive.tolist(), strict=True))
    ends = list(zip(np.cumsum(mass).tolist(), np.cumsum(positive).tolist(), strict=True))
    corners: list[tuple[float, float]] = []
    for point in [*ends[::-1], (-1.0, -1.0)]:
        _push(corners, point)
    moved, found = (-1.0, -1.0), np.empty(mass.size)
    for group, (wide, high) in enumerate(steps):
        left, right = corners[-1], corners[-2]
        found[group] = (right[1] - left[1]) / (right[0] - left[0])
        moved = (moved[0] + wide, moved[1] + high)
        if _turn(left, right, moved) < 0:
            corners.pop()
            _push(corners, moved)
    return found


def _push(corners: list[tuple[float, float]], point: tuple[float, float]) -> None:
    """Put a point left of all corners, and drop those that are no longer corners."""
    while len(corners) > 1 and _turn(point, corners[-2], corners[-1]) >= 0:
        corners.pop()
    corners.append(point)


def _turn(
    left: tuple[float, float], right: tuple[float, float], point: tuple[float, float]
) -> float:
    """Return above 0 for a point above the line from left to right, below 0 for one below it."""
    wide, high = right[0] - left[0], right[1] - left[1]
    return (point[1] - left[1]) * wide - (point[0] - left[0]) * high
