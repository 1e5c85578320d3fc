"""Who the patient is, and how age, markers and surgery lengthen or shorten the disease."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MEAN_AGE, AGE_SPREAD = 55.0, 12.0
YOUNGEST, OLDEST = 20, 85
MALES = 24 / 37
MUTATED = 3 / 37
METHYLATED = 10 / 26
METHYLATED_IF_MUTATED = 0.8
"""Assumed: IDH-mutated gliomas are mostly methylated throughout (Noushmehr et al., Cancer Cell
17:510-522, 2010), so most of them at MGMT as well."""

MUTATION_BASE, MUTATION_PER_YEAR = -2.86, -0.08
"""Log odds at the mean age, set so that `MUTATED` comes out; the slope makes mutated patients
some 11 years younger (Nobusawa et al., Clin Cancer Res 15:6002-6007, 2009: 48 against 61)."""

METHYLATED_GAIN = 0.40
"""Hegi et al., N Engl J Med 352:997-1003, 2005: median survival 18.2 against 12.2 months."""
MUTATED_GAIN = 0.73
"""Yan et al., N Engl J Med 360:765-773, 2009: 31 against 15 months."""
COMPLETE_GAIN = 0.35
"""Stummer et al., Neurosurgery 62:564-576, 2008: 16.7 against 11.8 months."""
GAIN_PER_YEAR = -0.015
"""Assumed; that age shortens survival is the first split of Curran et al., J Natl Cancer Inst
85:704-710, 1993."""
COMPLETE = 29 / 37


@dataclass(frozen=True)
class Person:
    """What of a patient matters to the outcome besides the tumour.

    Parameters
    ----------
    age : years at surgery.
    sex : "M" or "F".
    mutated : whether IDH-1 is.
    methylated : whether the promoter of MGMT is.
    """

    age: int
    sex: str
    mutated: bool
    methylated: bool


def draw_person_behind(rng: np.random.Generator) -> Person:
    """Draw age, sex and markers; marginals of the training group, Yan et al. 2020, Table 1."""
    age = int(np.clip(np.rint(MEAN_AGE + AGE_SPREAD * rng.standard_normal()), YOUNGEST, OLDEST))
    sex = "M" if rng.random() < MALES else "F"
    odds = np.exp(MUTATION_BASE + MUTATION_PER_YEAR * (age - MEAN_AGE))
    mutated = bool(rng.random() < odds / (1 + odds))
    share = METHYLATED_IF_MUTATED if mutated else _methylated_if_wild()
    return Person(age, sex, mutated, bool(rng.random() < share))


def _methylated_if_wild() -> float:
    return (METHYLATED - MUTATED * METHYLATED_IF_MUTATED) / (1 - MUTATED)


def outlook(person: Person, complete: bool) -> float:
    """Shift of the logarithm of times to progression and death; 0 for the average patient.

    Effects on median survival are taken as factors of both times, and as independent: assumed.

    >>> old, young = (Person(age, "F", False, True) for age in (70, 40))
    >>> round(outlook(young, True) - outlook(old, True), 2)
    0.45
    """
    return (
        METHYLATED_GAIN * (person.methylated - METHYLATED)
        + MUTATED_GAIN * (person.mutated - MUTATED)
        + COMPLETE_GAIN * (complete - COMPLETE)
        + GAIN_PER_YEAR * (person.age - MEAN_AGE)
    )
