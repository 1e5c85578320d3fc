"""The distance null: progression probability from the distance to the enhancing tumour alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from gliofront.foundation.errors import InputRefused


@dataclass(frozen=True, eq=False)
class DistanceNull:
    """A decreasing function of distance: linear between knots, flat beyond them.

    Parameters
    ----------
    knots_mm : (k,) strictly rising distances.
    probability : (k,) from 0 to 1, never rising.

    >>> null = DistanceNull(np.array([0.0, 10.0]), np.array([0.4, 0.0]))
    >>> null.predict(np.array([-1.0, 5.0, 99.0])).tolist()
    [0.4, 0.2, 0.0]
    """

    knots_mm: NDArray[np.float64]
    probability: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Check that it is a decreasing probability."""
        knots = np.asarray(self.knots_mm, dtype=np.float64)
        share = np.asarray(self.probability, dtype=np.float64)
        shaped = knots.ndim == 1 and knots.size > 0 and knots.shape == share.shape
        finite = np.isfinite(knots).all() and np.isfinite(share).all()
        falling = (np.diff(knots) > 0).all() and (np.diff(share) <= 0).all()
        if not (shaped and finite and falling and share.min() >= 0 and share.max() <= 1):
            problem = "the knots are not a decreasing probability over distance"
            raise InputRefused("distance null", problem, "train the model again")
        object.__setattr__(self, "knots_mm", knots)
        object.__setattr__(self, "probability", share)

    def predict(self, distance_mm: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the probability at each distance, (n,); NaN where the distance is."""
        wide = np.asarray(distance_mm, dtype=np.float64)
        found = np.interp(wide, self.knots_mm, self.probability)
        # With a single knot, interpolation would make a value of NaN.
        return np.where(np.isnan(wide), np.nan, found)


def fit_distance_null(
    distance_mm: NDArray[np.floating], label: NDArray[np.integer], weight: NDArray[np.float64]
) -> DistanceNull:
    """Fit by weighted isotonic regression (pool adjacent violators), decreasing with distance.

    Parameters
    ----------
    distance_mm : (n,) finite.
    label : (n,) 0 or 1.
    weight : (n,) positive.
    """
    fit = IsotonicRegression(y_min=0.0, y_max=1.0, increasing=False, out_of_bounds="clip")
    fit.fit(np.asarray(distance_mm, dtype=np.float64), label, sample_weight=weight)
    # Rounding may lift a knot by one bit above the one before it.
    falling = np.minimum.accumulate(np.clip(fit.y_thresholds_, 0.0, 1.0))
    return DistanceNull(np.array(fit.X_thresholds_, dtype=np.float64), falling)
