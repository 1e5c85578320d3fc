"""What is to become of a patient, drawn before any cell grows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gliofront.phantom.prognosis import METHYLATED, Person, draw_person_behind, outlook
from gliofront.phantom.settings import CourseSettings

Kind = Literal["progression", "pseudo-progression", "distant", "none"]

MEDIAN_DAYS = 245.0
"""Of patients with an average outlook; with those of pseudo-progression the cohort's median is
the 262 days of the training group of Yan et al. 2020, Table 1."""
DAYS_SPREAD = 0.5
"""Standard deviation of log days beyond what the outlook explains: assumed."""
EARLIEST_DAYS = 60.0
PSEUDO_GAIN = 0.5
"""Assumed, well below the paper's 778 against 262 days: that median is of 5 patients."""
PSEUDO_RATIO = 4.0
"""Pseudo-progression with methylated over unmethylated MGMT: 3 of 10 against 1 of 16 in Yan et
al. 2020, Table 1; the same way in Brandes et al., J Clin Oncol 26:2192-2197, 2008."""
RADIOTHERAPY_ENDS_DAYS = 75.0
"""Assumed: six weeks of treatment that begin about a month after surgery."""
PSEUDO_WITHIN_DAYS = (14.0, 84.0)
"""After radiotherapy; within 12 weeks of it, Wen et al., J Clin Oncol 28:1963-1972, 2010."""
CALLED_MEAN_ML, CALLED_SD_ML = 20.0, 15.0
CALLED_RANGE_ML = (2.0, 60.0)


@dataclass(frozen=True)
class Plan:
    """The outcome that growth is to be fitted to.

    Parameters
    ----------
    person : whom it befalls.
    kind : how the first suspicious follow-up scan comes to be.
    complete : whether surgery removes all that enhances.
    days : from surgery to true progression; to the end of follow-up if there is none.
    scan_days : from surgery to the follow-up scan.
    called_ml : new enhancement at which progression is called, mL.
    """

    person: Person
    kind: Kind
    complete: bool
    days: float
    scan_days: float
    called_ml: float


def draw_plan(rng: np.random.Generator, settings: CourseSettings) -> Plan:
    """Draw person, surgery, kind of course and its times.

    Who outlives `longest_days` without progression has none on record.
    """
    person = draw_person_behind(rng)
    complete = bool(rng.random() < settings.complete_resection)
    kind = _draw_kind(rng, person, settings)
    gain = outlook(person, complete) + PSEUDO_GAIN * (kind == "pseudo-progression")
    days = max(
        MEDIAN_DAYS * float(np.exp(gain + DAYS_SPREAD * rng.standard_normal())), EARLIEST_DAYS
    )
    end = settings.longest_days * float(rng.uniform(0.3, 1.0))
    pseudo_days = RADIOTHERAPY_ENDS_DAYS + float(rng.uniform(*PSEUDO_WITHIN_DAYS))
    called = _called_at_ml(rng)
    if kind == "pseudo-progression":
        days = max(days, 1.5 * pseudo_days)
    if days > settings.longest_days:
        kind, end = "none", settings.longest_days
    if kind == "none":
        days = end
    scan = pseudo_days if kind == "pseudo-progression" else days
    return Plan(person, kind, complete, days, scan, called)


def _draw_kind(rng: np.random.Generator, person: Person, settings: CourseSettings) -> Kind:
    """Draw the kind; shares over all patients are those of the settings."""
    share = settings.pseudo_progression
    methylated = min(1.0, PSEUDO_RATIO * share / (1 + METHYLATED * (PSEUDO_RATIO - 1)))
    unmethylated = (share - METHYLATED * methylated) / (1 - METHYLATED)
    pseudo = methylated if person.methylated else unmethylated
    first, second = rng.random(2)
    if first < pseudo:
        return "pseudo-progression"
    others = max(1 - share, 1e-12)
    if second * others < settings.distant:
        return "distant"
    return "none" if second * others < settings.distant + settings.none else "progression"


def _called_at_ml(rng: np.random.Generator) -> float:
    """Draw the new volume at which progression is called: log-normal, 20 +- 15 mL, bounded.

    The paper's 2 589 473 peritumoural voxels of 37 patients at the prevalence that its internal
    figures imply (28.8 %) come to 20 mL a patient.
    """
    spread = np.log1p((CALLED_SD_ML / CALLED_MEAN_ML) ** 2)
    centre = np.log(CALLED_MEAN_ML) - spread / 2
    drawn = float(np.exp(centre + np.sqrt(spread) * rng.standard_normal()))
    return float(np.clip(drawn, *CALLED_RANGE_ML))
