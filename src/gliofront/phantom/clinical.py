"""The clinical columns of participants.tsv, in the terms of Table 1 of Yan et al. 2020."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.phantom.anatomy import Anatomy
from gliofront.phantom.course import Course
from gliofront.phantom.prognosis import outlook
from gliofront.phantom.tumour import Tumour

FloatArray = NDArray[np.float64]

MEDIAN_AFTER_DAYS = 230.0
"""From progression to death with an average outlook; set so that the median survival is the 523
days of the training group."""
AFTER_SPREAD = 0.6
"""Standard deviation of its logarithm beyond what the outlook explains: assumed."""
UNKNOWN_MGMT = 11 / 37
ELOQUENT_PLACES = np.array([
    (38, -22, 56), (-38, -22, 56),  # hand areas, motor and sensory
    (-50, 18, 16), (-54, -42, 14),  # speech, on the left
    (10, -82, 4), (-10, -82, 4),  # visual cortex
    (22, -8, 8), (-22, -8, 8),  # internal capsule, basal ganglia, thalamus
], dtype=np.float64)  # fmt: skip
"""MNI positions of the areas that Sawaya et al., Neurosurgery 42:1044-1055, 1998 grade as
eloquent; rounded by hand."""
ELOQUENT_MM, NEAR_MM = 21.0, 31.0
"""Distance from the tumour's centre to the next of them: assumed, for the shares of Table 1."""


@dataclass(frozen=True)
class TumourFacts:
    """What a radiologist notes of a tumour.

    Parameters
    ----------
    location : "eloquent", "near eloquent" or "non eloquent".
    midline_shift_mm : largest shift of the septum pellucidum.
    volume_ml : enhancing region with necrosis.
    """

    location: str
    midline_shift_mm: float
    volume_ml: float


def tumour_facts(anatomy: Anatomy, tumour: Tumour, midline_shift_mm: float) -> TumourFacts:
    """Measure a tumour before surgery; its midline shift is measured where it is made."""
    centre = anatomy.template[tumour.core].mean(0)
    nearest = float(np.linalg.norm(ELOQUENT_PLACES - centre, axis=1).min())
    location = "near eloquent" if nearest < NEAR_MM else "non eloquent"
    return TumourFacts(
        "eloquent" if nearest < ELOQUENT_MM else location,
        midline_shift_mm,
        float(np.count_nonzero(tumour.core) * anatomy.grid.voxel_ml),
    )


def draw_person(
    rng: np.random.Generator, facts: TumourFacts, course: Course
) -> dict[str, str | int | float]:
    """Return the patient's columns of participants.tsv.

    Time to progression is the course's own, which hangs on age, extent of resection, MGMT and
    IDH; survival adds a time that hangs on the same. Where follow-up ended without progression,
    pfs_days is "n/a": the course was not seen to its end. MGMT is unknown in 11 of 37 patients.

    Parameters
    ----------
    rng : the generator.
    facts, course : the patient's tumour and what became of it.
    """
    person = course.person
    gain = outlook(person, course.complete) + AFTER_SPREAD * rng.standard_normal()
    after = max(MEDIAN_AFTER_DAYS * float(np.exp(gain)), 7.0)
    known = bool(rng.random() >= UNKNOWN_MGMT)
    mgmt = "methylated" if person.methylated else "unmethylated"
    return {
        "age": person.age,
        "sex": person.sex,
        "location": facts.location,
        "midline_shift_mm": round(facts.midline_shift_mm, 1),
        "volume_ml": round(facts.volume_ml, 1),
        "resection": "GTR" if course.complete else "STR",
        "pfs_days": "n/a" if course.kind == "none" else round(course.days),
        "os_days": round(course.days + after),
        "mgmt": mgmt if known else "n/a",
        "idh": "mutated" if person.mutated else "wild type",
    }
