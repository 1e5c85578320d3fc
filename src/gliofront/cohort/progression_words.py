"""A growth and what became of it, in a plain sentence."""

from __future__ import annotations

from collections.abc import Sequence

from gliofront.cohort.follow_up import FollowUpVisit
from gliofront.cohort.progression_course import Aftermath, Course, Growth, Period, period_of
from gliofront.cohort.progression_rules import ProgressionRules
from gliofront.cohort.progression_signs import Sign


def growth_in_words(
    growth: Growth,
    aftermath: Aftermath,
    visits: Sequence[FollowUpVisit],
    rules: ProgressionRules,
) -> str:
    """Return a sentence without its full stop.

    >>> from gliofront.cohort.progression_course import aftermath_of, first_growth
    >>> visits = [FollowUpVisit(day, volume_ml=ml) for day, ml in ((60, 2), (70, 9), (130, 2))]
    >>> rules = ProgressionRules()
    >>> growth = first_growth(visits, rules)
    >>> growth_in_words(growth, aftermath_of(growth, visits, rules), visits, rules).split("; ")[0]
    'Progression on day 70 (enhancing volume 9 mL, nadir 2) is gone on day 130'
    """
    day = growth.visit.days_since_surgery
    what = f"Progression on day {day:g} ({_signs(growth)}) {_outcome(aftermath, visits, rules)}"
    when = _period(growth.visit, rules)
    return f"{what}; {when}" if when else what


def _signs(growth: Growth) -> str:
    """Say what the growth was judged by."""
    if growth.look.rated:
        return f"rated {growth.look.rating}, which outweighs measurements"
    now, nadir = growth.visit, growth.nadir
    words = {
        Sign.NEW_ENHANCEMENT: Sign.NEW_ENHANCEMENT.value,
        Sign.PRODUCT: _sizes(Sign.PRODUCT, now.product_mm2, nadir.product_mm2, "mm2"),
        Sign.VOLUME: _sizes(Sign.VOLUME, now.volume_ml, nadir.volume_ml, "mL"),
    }
    return ", ".join(words[sign] for sign in growth.look.met)


def _sizes(sign: Sign, now: float | None, nadir: float | None, unit: str) -> str:
    return "" if now is None or nadir is None else f"{sign} {now:.3g} {unit}, nadir {nadir:.3g}"


def _outcome(aftermath: Aftermath, visits: Sequence[FollowUpVisit], rules: ProgressionRules) -> str:
    """Say what the later visits show."""
    if aftermath.course is Course.OPEN:
        return "has no later visit that confirms or refutes it"
    if aftermath.course is Course.RECEDED:
        later = visits[aftermath.decided_at]
        by_rating = later.rated is not None and later.rated.progressed is not None
        by = f" (rated {later.rated})" if by_rating else ""
        return f"is gone on day {later.days_since_surgery:g}{by}"
    upheld, needed = aftermath.upheld_by, rules.confirming_visits
    if aftermath.course is Course.PARTLY_UPHELD:
        return f"is upheld by only {upheld} of the {needed} later visits that it takes"
    return f"is upheld by {upheld} later visit{'s' if upheld > 1 else ''}"


def _period(visit: FollowUpVisit, rules: ProgressionRules) -> str:
    """Say how the time since radiotherapy bears on it; nothing if it was long ago."""
    period = period_of(visit, rules)
    if period is Period.UNKNOWN:
        return "the end of radiotherapy is unknown, so it needed confirmation"
    if period is Period.LATE:
        return ""
    known = visit.days_since_radiotherapy is not None
    ended = "had not ended" if known else "of unknown date cannot have ended"
    return f"radiotherapy {ended} {rules.early_days:g} days before"
