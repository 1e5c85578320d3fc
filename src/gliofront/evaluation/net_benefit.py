"""Net benefit: what a plan is worth when a voxel treated for nothing has a stated price.

Decision curve analysis (Vickers and Elkin, Med Decis Making 26:565, 2006), a voxel at a time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gliofront.evaluation.scores import NO_VOXEL, Score
from gliofront.foundation.errors import InputRefused

FloatArray = NDArray[np.float64]


def threshold_of(harm_ratio: ArrayLike) -> FloatArray:
    """Return the probability above which treating a voxel pays.

    Parameters
    ----------
    harm_ratio : harm of treating a healthy voxel over benefit of treating a progression voxel,
        at least 0. Ten healthy voxels for one of progression is a ratio of 0.1.

    >>> float(threshold_of(0.25))
    0.2
    """
    ratio = np.asarray(harm_ratio, dtype=np.float64)
    return np.asarray(ratio / (1 + ratio))


@dataclass(frozen=True, eq=False)
class DecisionCurve:
    """Net benefit a voxel over harm ratios, (r,) each; treating nothing has 0 throughout.

    Parameters
    ----------
    harm_ratio : see `threshold_of`.
    model : of treating the voxels at or above the threshold of the harm ratio.
    treat_all : of treating the whole region.
    """

    harm_ratio: FloatArray
    model: FloatArray
    treat_all: FloatArray

    @property
    def treat_none(self) -> FloatArray:
        """The net benefit of treating nothing, (r,)."""
        return np.zeros_like(self.harm_ratio)

    @property
    def useful(self) -> NDArray[np.bool_]:
        """Where the model beats both treating all and treating none, (r,)."""
        return np.asarray(self.model > np.maximum(self.treat_all, 0.0))


def decision_curve(
    progression: NDArray[np.bool_],
    probability: FloatArray,
    harm_ratio: ArrayLike,
    weight: FloatArray | None = None,
) -> DecisionCurve:
    """Return the net benefit: share of true positives minus harm ratio times false positives.

    It is in units of progression voxels rightly treated, for each voxel of the region, so at most
    the prevalence. A patient without progression counts: all treatment there is harm.

    Parameters
    ----------
    progression : (n,) truth.
    probability : (n,) finite, calibrated: the threshold comes from the harm ratio alone.
    harm_ratio : (r,) at least 0.
    weight : (n,) positive; none counts every voxel the same.

    Raises
    ------
    InputRefused
        If a harm ratio is negative or not finite, or there is no voxel.

    >>> truth, chance = np.array([True, False, False, False]), np.array([0.8, 0.3, 0.1, 0.1])
    >>> curve = decision_curve(truth, chance, [0.25, 1.0])
    >>> curve.model.tolist(), curve.treat_all.tolist()
    ([0.1875, 0.25], [0.0625, -0.5])
    """
    ratio = np.atleast_1d(np.asarray(harm_ratio, dtype=np.float64))
    if not np.isfinite(ratio).all() or (ratio < 0).any():
        raise InputRefused("harm ratio", "it is negative or not finite", "give 0 or more")
    if not progression.size:
        raise InputRefused("net benefit", NO_VOXEL, "give a patient with a region")
    share = np.ones(progression.size) if weight is None else weight
    share = share / share.sum()
    order = np.argsort(probability)
    first = np.searchsorted(probability[order], threshold_of(ratio), side="left")
    right = _called_from(share[order] * progression[order], first)
    wrong = _called_from(share[order] * ~progression[order], first)
    prevalence = float(share @ progression)
    return DecisionCurve(ratio, right - ratio * wrong, prevalence - ratio * (1 - prevalence))


def _called_from(share: FloatArray, first: NDArray[np.intp]) -> FloatArray:
    """Return the sum of shares (n,) from each position on, (r,)."""
    return np.append(np.cumsum(share[::-1])[::-1], 0.0)[first]


def net_benefit(
    progression: NDArray[np.bool_], probability: FloatArray, harm_ratio: float
) -> Score:
    """Return the net benefit a voxel at one harm ratio, see `decision_curve`."""
    if not progression.size:
        return Score(math.nan, NO_VOXEL)
    return Score(float(decision_curve(progression, probability, [harm_ratio]).model[0]))
