"""Regions of the same patients compared, map by map, as in Figure 2 of Yan et al. 2020."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.statistics.comparison import Comparison
from gliofront.statistics.false_discovery import false_discovery_rates
from gliofront.statistics.pairs import compare_pairs, shared_means


@dataclass(frozen=True)
class PatientMean:
    """The mean of a map in a region of a patient.

    Parameters
    ----------
    patient, quantity, region : whose, of which map, where.
    mean : NaN where unknown.
    """

    patient: str
    quantity: str
    region: str
    mean: float


@dataclass(frozen=True)
class RegionPair:
    """Two regions compared in the patients that have both.

    Parameters
    ----------
    quantity, first, second : the map, and the regions.
    first_mean, second_mean : over the same patients; NaN if there are none.
    comparison : first against second.
    q : false discovery rate among all pairs of all maps.
    """

    quantity: str
    first: str
    second: str
    first_mean: float
    second_mean: float
    comparison: Comparison
    q: float


def compare_regions(means: Iterable[PatientMean]) -> list[RegionPair]:
    """Compare every two regions of each map; the patient is the unit.

    Parameters
    ----------
    means : one a patient, map and region, in any order; what is absent is unknown. Maps and
        regions are compared in the order in which they first come.

    Raises
    ------
    InputRefused
        If a mean of the same patient, map and region comes twice.

    >>> rows = [PatientMean(p, "ADC", r, m) for p, a, b in [("1", 8, 9), ("2", 7, 9), ("3", 7, 8)]
    ...         for r, m in [("progression", a), ("0-5 mm", b)]]
    >>> (pair,) = compare_regions(rows)
    >>> pair.first, pair.second, pair.comparison.n[0], round(pair.first_mean - pair.second_mean, 2)
    ('progression', '0-5 mm', 3, -1.33)
    """
    known = _by_place(means)
    patients = list(dict.fromkeys(patient for of_region in known.values() for patient in of_region))
    found = []
    for quantity in dict.fromkeys(quantity for quantity, _ in known):
        regions = [region for name, region in known if name == quantity]
        columns = {r: _column(known[quantity, r], patients) for r in regions}
        found += [(quantity, a, b, columns[a], columns[b]) for a, b in combinations(regions, 2)]
    tests = [compare_pairs(first, second) for *_, first, second in found]
    rates = false_discovery_rates([test.p for test in tests])
    return [
        RegionPair(quantity, a, b, *shared_means(first, second), test, float(q))
        for (quantity, a, b, first, second), test, q in zip(found, tests, rates, strict=True)
    ]


def _by_place(means: Iterable[PatientMean]) -> dict[tuple[str, str], dict[str, float]]:
    """Return the means by map and region, then by patient."""
    known: dict[tuple[str, str], dict[str, float]] = {}
    for row in means:
        of_region = known.setdefault((row.quantity, row.region), {})
        if row.patient in of_region:
            problem = f"{row.quantity} of {row.region} comes twice"
            raise InputRefused(row.patient, problem, "give each patient once")
        of_region[row.patient] = row.mean
    return known


def _column(of_region: Mapping[str, float], patients: Iterable[str]) -> NDArray[np.float64]:
    return np.array([of_region.get(patient, np.nan) for patient in patients], dtype=np.float64)
