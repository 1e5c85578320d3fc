"""Coverage: what share of the progression lies inside a plan, beside a margin of equal volume."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from gliofront.evaluation.bootstrap import Interval, mean_interval
from gliofront.evaluation.scores import NO_PROGRESSION, Score

MARGIN_IS_ALL = "the margin fills the region, so every plan of its volume is the same"
MARGIN_IS_EMPTY = "no voxel of the region within the margin"
MARGIN_MISSES_ALL = "the margin holds no progression"
NO_DIFFERENCE = "no patient differs"
# Volumes come from multiplied voxel sizes; rounding must not cost a plan its last voxel.
_ROUNDING = 1e-9


def plan_order(score: NDArray[np.floating], distance_mm: NDArray[np.floating]) -> NDArray[np.intp]:
    """Return the voxels in the order in which a growing plan takes them, (n,).

    Highest score first, of equal scores the nearest to the tumour, of equal distances the lowest
    index. NaN comes last.

    Parameters
    ----------
    score : (n,) probability, or anything of which more means progression.
    distance_mm : (n,) to the enhancing tumour.

    >>> plan_order(np.array([0.1, 0.9, 0.1]), np.array([5.0, 9.0, 2.0])).tolist()
    [1, 2, 0]
    """
    return np.asarray(np.lexsort((distance_mm, -np.asarray(score, dtype=np.float64))))


def top_volume(
    score: NDArray[np.floating],
    distance_mm: NDArray[np.floating],
    voxel_ml: float,
    volume_ml: float,
) -> NDArray[np.bool_]:
    """Return the plan (n,) of the highest scores that is as large as a volume in mL allows."""
    plan = np.zeros(score.size, dtype=bool)
    plan[plan_order(score, distance_mm)[: _voxels_in(volume_ml, voxel_ml)]] = True
    return plan


def _voxels_in(volume_ml: float, voxel_ml: float) -> int:
    return math.floor(volume_ml / voxel_ml + _ROUNDING)


@dataclass(frozen=True, eq=False)
class CoverageCurve:
    """Coverage of a patient's progression by plans that grow from nothing to the whole region.

    Parameters
    ----------
    ranks : (m,) ascending, the places of the progression voxels in the plan's order, from 1.
    voxels : size of the region.
    voxel_ml : volume of a voxel, mL.
    """

    ranks: NDArray[np.intp]
    voxels: int
    voxel_ml: float

    @property
    def region_ml(self) -> float:
        """Volume of the region, mL."""
        return self.voxels * self.voxel_ml

    def at(self, volume_ml: float) -> Score:
        """Return the share of progression, 0 to 1, inside the plan of a volume in mL."""
        if not self.ranks.size:
            return Score(math.nan, NO_PROGRESSION)
        taken = _voxels_in(volume_ml, self.voxel_ml)
        return Score(float(np.searchsorted(self.ranks, taken, side="right")) / self.ranks.size)

    def volume_for(self, coverage: float) -> Score:
        """Return the volume in mL of the smallest plan that covers a share of 0 to 1."""
        if not self.ranks.size:
            return Score(math.nan, NO_PROGRESSION)
        needed = math.ceil(coverage * self.ranks.size - _ROUNDING)
        return Score(float(self.ranks[needed - 1]) * self.voxel_ml if needed > 0 else 0.0)

    def area(self) -> Score:
        """Return the area under coverage against the share of the region planned, 0 to 1.

        A plan in random order has 0.5. The best has 1 - prevalence / 2, so compare predictors in
        the same patients only.
        """
        if not self.ranks.size:
            return Score(math.nan, NO_PROGRESSION)
        return Score(1.0 - float(self.ranks.mean() - 0.5) / self.voxels)

    def points(self, volumes_ml: Sequence[float]) -> NDArray[np.float64]:
        """Return the coverage at many volumes in mL, for drawing; NaN without progression."""
        return np.array([self.at(volume).value for volume in volumes_ml])


def coverage_curve(
    progression: NDArray[np.bool_],
    score: NDArray[np.floating],
    distance_mm: NDArray[np.floating],
    voxel_ml: float,
) -> CoverageCurve:
    """Return the coverage curve of a patient.

    Parameters
    ----------
    progression : (n,) truth, over the peritumoural voxels.
    score, distance_mm : (n,) see `plan_order`.
    voxel_ml : volume of a voxel, mL.

    >>> truth, chance = np.array([True, False, True, False]), np.array([0.9, 0.8, 0.7, 0.1])
    >>> curve = coverage_curve(truth, chance, np.zeros(4), 0.5)
    >>> curve.at(0.5).value, curve.volume_for(1.0).value
    (0.5, 1.5)
    """
    order = plan_order(score, distance_mm)
    return CoverageCurve(np.flatnonzero(progression[order]) + 1, progression.size, voxel_ml)


@dataclass(frozen=True)
class MarginComparison:
    """A model's plan beside a margin, in one patient.

    Parameters
    ----------
    margin_ml : volume of the margin inside the region, mL.
    margin, model : coverage by the margin, and by the model's plan of the same volume, 0 to 1.
    gain : model minus margin.
    spared_ml : what the model's smallest plan of at least the margin's coverage leaves out, mL.
    """

    margin_ml: float
    margin: Score
    model: Score
    gain: Score
    spared_ml: Score


def against_margin(
    curve: CoverageCurve,
    progression: NDArray[np.bool_],
    distance_mm: NDArray[np.floating],
    margin_mm: float,
) -> MarginComparison:
    """Compare a model's plan with the margin of the same volume.

    Where the margin fills the region no plan can do better, so the gain is undefined, not a tie.

    Parameters
    ----------
    curve : of the model.
    progression : (n,) truth.
    distance_mm : (n,), best along paths that barriers hold back; inf is in no margin.
    margin_mm : such as 15 or 20, included.
    """
    inside = np.asarray(distance_mm <= margin_mm)
    volume_ml = float(np.count_nonzero(inside)) * curve.voxel_ml
    if not curve.ranks.size or not inside.any():
        lacking = Score(math.nan, MARGIN_IS_EMPTY if curve.ranks.size else NO_PROGRESSION)
        return MarginComparison(volume_ml, lacking, lacking, lacking, lacking)
    margin = Score(np.count_nonzero(progression & inside) / curve.ranks.size)
    model = curve.at(volume_ml)
    gain = Score(math.nan, MARGIN_IS_ALL) if inside.all() else Score(model.value - margin.value)
    # A coverage of nothing needs no volume: sparing it all would be no merit.
    spared = Score(volume_ml - curve.volume_for(margin.value).value)
    if not margin.value:
        spared = Score(math.nan, MARGIN_MISSES_ALL)
    return MarginComparison(volume_ml, margin, model, gain, spared)


@dataclass(frozen=True)
class CohortCoverage:
    """A model's plans beside a margin, over patients.

    Parameters
    ----------
    informative : number of patients whose gain is defined; everything below is over these.
    without_progression : patients with no progression in the region, counted apart.
    wins, ties, losses : patients by the sign of the gain.
    p_value : Wilcoxon's signed-rank test of the gains, two-sided, zeros left out.
    margin, model, gain, spared_ml : means over patients.
    below_half, below_four_fifths : patients whom the model's plan covers by less than 50 and 80 %.
    """

    informative: int
    without_progression: tuple[str, ...]
    wins: int
    ties: int
    losses: int
    p_value: Score
    margin: Interval
    model: Interval
    gain: Interval
    spared_ml: Interval
    below_half: int
    below_four_fifths: int


def cohort_coverage(
    found: Mapping[str, MarginComparison], *, seed: int, resamples: int = 2000
) -> CohortCoverage:
    """Sum up the comparisons with one margin over patients.

    Parameters
    ----------
    found : patient to comparison.
    seed, resamples : of the intervals.
    """
    told = [one for one in found.values() if one.gain.defined]
    gains = [one.gain.value for one in told]
    covered = np.array([one.model.value for one in told])

    def mean(values: Sequence[float]) -> Interval:
        return mean_interval(values, seed=seed, resamples=resamples)

    return CohortCoverage(
        informative=len(told),
        without_progression=tuple(
            patient for patient, one in found.items() if one.margin.reason == NO_PROGRESSION
        ),
        wins=sum(gain > 0 for gain in gains),
        ties=sum(gain == 0 for gain in gains),
        losses=sum(gain < 0 for gain in gains),
        p_value=_signed_rank(gains),
        margin=mean([one.margin.value for one in told]),
        model=mean([one.model.value for one in told]),
        gain=mean(gains),
        spared_ml=mean([one.spared_ml.value for one in told]),
        below_half=int(np.count_nonzero(covered < 0.5)),
        below_four_fifths=int(np.count_nonzero(covered < 0.8)),
    )


def _signed_rank(gains: Sequence[float]) -> Score:
    if not any(gains):
        return Score(math.nan, NO_DIFFERENCE)
    return Score(float(stats.wilcoxon(gains, zero_method="wilcox").pvalue))
