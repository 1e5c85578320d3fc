"""Whether serial follow-ups show progression: confirmed, probable, pseudo, none, or unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gliofront.cohort.follow_up import FollowUpVisit, refuse_disorder
from gliofront.cohort.progression_course import (
    Aftermath,
    Course,
    Growth,
    Period,
    aftermath_of,
    first_growth,
    period_of,
)
from gliofront.cohort.progression_rules import ProgressionRules
from gliofront.cohort.progression_signs import look_at, with_nadirs
from gliofront.cohort.progression_words import growth_in_words


class Verdict(StrEnum):
    """What became of a patient; no progression only where visits were looked at and show none."""

    CONFIRMED = "confirmed progression"
    PROBABLE = "probable progression"
    PSEUDO = "pseudo-progression"
    NO_PROGRESSION = "no progression"
    NOT_ASSESSABLE = "not assessable"


@dataclass(frozen=True)
class Adjudication:
    """A verdict and what it rests on.

    Parameters
    ----------
    verdict : the verdict.
    index, day : of the visit at which the growth in question was first seen, among the visits and
        since surgery, whatever became of it; None if no growth was seen. Only with a confirmed or
        probable progression is it the first progression.
    reason : one plain sentence.
    """

    verdict: Verdict
    index: int | None
    day: float | None
    reason: str


_VERDICTS = {
    Course.UPHELD: dict.fromkeys(Period, Verdict.CONFIRMED),
    Course.PARTLY_UPHELD: dict.fromkeys(Period, Verdict.PROBABLE),
    Course.RECEDED: {
        Period.EARLY: Verdict.PSEUDO,
        Period.LATE: Verdict.PROBABLE,
        Period.UNKNOWN: Verdict.NOT_ASSESSABLE,
    },
    Course.OPEN: {
        Period.EARLY: Verdict.NOT_ASSESSABLE,
        Period.LATE: Verdict.PROBABLE,
        Period.UNKNOWN: Verdict.NOT_ASSESSABLE,
    },
}


def adjudicate(
    visits: Sequence[FollowUpVisit], rules: ProgressionRules | None = None
) -> Adjudication:
    """Return the verdict on a patient's visits after surgery.

    A visit shows progression by new enhancement, by growth over the smallest measure so far, or
    by a given rating of PD; a rating outweighs measurements. Where that happens first, later
    visits are compared with the same smallest measure:

    - Still there at enough later visits: confirmed; the date is that of the first.
    - Still there at some but too few: probable.
    - Gone, and it came within 12 weeks of radiotherapy: pseudo-progression, and the search for
      progression goes on after it. Gone later than that: probable, since RANO counts growth then
      without confirmation and treatment may have changed. Gone, with the end of radiotherapy
      unknown: not assessable, for either may be true and what comes after may not be the first.
    - No later visit says: probable, but not assessable within 12 weeks or if that is unknown.

    Visits that were neither measured nor rated are passed over, and so is all that follows
    another operation when the growth before it is judged. Where radiation was given is not known
    here, so new enhancement outside it, which RANO lets count at once, waits for confirmation too.
    The paper examined at least two scans after the first progression, except where a patient
    declined fast and had none: with ``confirming_visits`` 2 such patients stay probable or not
    assessable.

    Parameters
    ----------
    visits : after surgery, by ascending day, the first being the post-operative baseline.
    rules : thresholds; the defaults if None.

    Raises
    ------
    InputRefused
        If the days are not in ascending order.

    References
    ----------
    Wen et al., J Clin Oncol 28:1963-1972, 2010 (RANO). Yan et al., Sci Rep 10:9748, 2020.

    >>> days, volumes = (70, 170, 230), (2.0, 6.0, 9.0)
    >>> visits = [FollowUpVisit(d, d - 75, volume_ml=v) for d, v in zip(days, volumes)]
    >>> adjudicate(visits).reason
    'Progression on day 170 (enhancing volume 6 mL, nadir 2) is upheld by 1 later visit.'
    >>> adjudicate(visits[:1]).verdict
    <Verdict.NOT_ASSESSABLE: 'not assessable'>
    """
    rules = rules or ProgressionRules()
    refuse_disorder(visits)
    pseudo: Adjudication | None = None
    start = 0
    while (growth := first_growth(visits, rules, start)) is not None:
        aftermath = aftermath_of(growth, visits, rules)
        found = _judged(growth, aftermath, visits, rules, pseudo)
        if found.verdict is not Verdict.PSEUDO:
            return found
        pseudo = pseudo or found
        start = aftermath.decided_at + 1
    return pseudo or _without_growth(visits, rules)


def _judged(
    growth: Growth,
    aftermath: Aftermath,
    visits: Sequence[FollowUpVisit],
    rules: ProgressionRules,
    pseudo: Adjudication | None,
) -> Adjudication:
    verdict = _VERDICTS[aftermath.course][period_of(growth.visit, rules)]
    day = growth.visit.days_since_surgery
    reason = growth_in_words(growth, aftermath, visits, rules)
    if pseudo:
        reason += f"; growth on day {pseudo.day:g} before it was pseudo-progression"
    return Adjudication(verdict, growth.index, day, f"{reason}.")


def _without_growth(visits: Sequence[FollowUpVisit], rules: ProgressionRules) -> Adjudication:
    """Return no progression if any visit could be judged, else not assessable."""
    looks = [(visit, look_at(visit, nadir, rules)) for _, visit, nadir in with_nadirs(visits)]
    judged = [(visit, look) for visit, look in looks if look.progressed is False]
    if not judged:
        reason = "No visit was rated or could be compared with an earlier one."
        return Adjudication(Verdict.NOT_ASSESSABLE, None, None, reason)
    last = judged[-1][0].days_since_surgery
    reason = (
        f"Of {len(visits)} visits {len(judged)} could be judged, to day {last:g}: no progression"
    )
    if rated := sum(look.rated for _, look in judged):
        reason += f", {rated} by a rating, which outweighs measurements"
    return Adjudication(Verdict.NO_PROGRESSION, None, None, f"{reason}.")
