"""Features of progression against non-progression, as in Figures 3 and 4 of Yan et al. 2020.

A patient has thousands of voxels that are no independent observations; taken as such, any
difference however small is "significant". So each patient counts once, by the mean of each class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.statistics.comparison import Comparison
from gliofront.statistics.false_discovery import false_discovery_rates
from gliofront.statistics.mixed_model import MixedDifference, mixed_difference
from gliofront.statistics.pairs import compare_pairs, shared_means

FloatArray = NDArray[np.float64]

_ROWS = 2**14
"""Rows of a table summed at a time: the table lies on disk and may be larger than the memory."""


@dataclass(frozen=True, eq=False)
class PatientFeatures:
    """The mean of every feature in both classes of a patient.

    Parameters
    ----------
    patient, site : who, and where scanned.
    progression, elsewhere : feature to mean over the voxels of progression, and over the other
        peritumoural voxels of which it is known that they did not progress; NaN where unknown.
    """

    patient: str
    site: str
    progression: dict[str, float]
    elsewhere: dict[str, float]


@dataclass(frozen=True)
class FeatureDifference:
    """A feature in progression against non-progression.

    Parameters
    ----------
    feature : its name.
    progression_mean, elsewhere_mean : over the patients that have both; NaN if there are none.
    comparison : progression against non-progression, paired by patient.
    q : false discovery rate among all features.
    mixed : the same by a mixed model with the site; mixed_q : its false discovery rate.
    """

    feature: str
    progression_mean: float
    elsewhere_mean: float
    comparison: Comparison
    q: float
    mixed: MixedDifference
    mixed_q: float


def class_means(
    features: NDArray[np.floating], label: NDArray[np.integer], wanted: int
) -> FloatArray:
    """Return the mean of each feature over the voxels of a class, (p,); NaN where none is finite.

    Parameters
    ----------
    features : (n, p), possibly memory-mapped; NaN is undefined and left out.
    label : (n,).
    wanted : the label of the class.

    >>> class_means(np.array([[1.0, np.nan], [3.0, np.nan], [9.0, 5.0]]), np.array([1, 1, 0]), 1)
    array([ 2., nan])
    """
    total, count = np.zeros((2, features.shape[1]))
    for start in range(0, len(features), _ROWS):
        rows = slice(start, start + _ROWS)
        part = np.asarray(features[rows][label[rows] == wanted], dtype=np.float64)
        finite = np.isfinite(part)
        total += np.where(finite, part, 0.0).sum(axis=0)
        count += finite.sum(axis=0)
    mean = np.full(total.shape, np.nan)
    np.divide(total, count, out=mean, where=count > 0)
    return mean


def feature_differences(patients: Sequence[PatientFeatures]) -> list[FeatureDifference]:
    """Compare every feature that a patient has, in the order in which they first come.

    Parameters
    ----------
    patients : each once; a feature that a patient lacks is unknown.
    """
    names = list(dict.fromkeys(name for p in patients for name in p.progression))
    site = [p.site for p in patients]
    inside = _columns([p.progression for p in patients], names)
    outside = _columns([p.elsewhere for p in patients], names)
    tests = [compare_pairs(a, b) for a, b in zip(inside, outside, strict=True)]
    mixed = [mixed_difference(a, b, site) for a, b in zip(inside, outside, strict=True)]
    rates = false_discovery_rates([test.p for test in tests])
    mixed_rates = false_discovery_rates([fit.p for fit in mixed])
    found = []
    for place, name in enumerate(names):
        averages = shared_means(inside[place], outside[place])
        q, mixed_q = float(rates[place]), float(mixed_rates[place])
        found.append(FeatureDifference(name, *averages, tests[place], q, mixed[place], mixed_q))
    return found


def _columns(means: Sequence[dict[str, float]], names: Sequence[str]) -> FloatArray:
    """Return the means of each feature over patients, (p, n)."""
    columns = [[of_patient.get(name, np.nan) for of_patient in means] for name in names]
    return np.array(columns, dtype=np.float64).reshape(len(names), len(means))
