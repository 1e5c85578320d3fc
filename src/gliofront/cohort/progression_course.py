"""What became of a first growth: how the later visits bear on it, and how early it came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gliofront.cohort.follow_up import FollowUpVisit
from gliofront.cohort.progression_rules import ProgressionRules
from gliofront.cohort.progression_signs import Look, Nadir, look_at, with_nadirs


class Period(StrEnum):
    """When a visit was, by radiotherapy."""

    EARLY = "early"
    LATE = "late"
    UNKNOWN = "unknown"


class Course(StrEnum):
    """What the later visits say."""

    UPHELD = "upheld"
    PARTLY_UPHELD = "partly upheld"
    RECEDED = "receded"
    OPEN = "open"


@dataclass(frozen=True)
class Growth:
    """The visit at which progression is first met.

    Parameters
    ----------
    index : among the visits.
    visit : it.
    nadir : before it; later visits are compared with the same.
    look : what it shows.
    """

    index: int
    visit: FollowUpVisit
    nadir: Nadir
    look: Look

    def still_there(self, later: FollowUpVisit, rules: ProgressionRules) -> bool | None:
        """Tell whether a later visit still shows progression; None if it does not say.

        By measurement it is gone only if every sign that was there was measured again.
        """
        look = look_at(later, self.nadir, rules)
        if look.rated or look.progressed is not False:
            return look.progressed
        gone = bool(self.look.met) and all(look.signs[sign] is False for sign in self.look.met)
        return False if gone else None


@dataclass(frozen=True)
class Aftermath:
    """What followed a growth.

    Parameters
    ----------
    course : what the later visits say.
    upheld_by : how many of them still show progression, counted until it is decided.
    decided_at : index of the visit that decided; of the growth itself if none did.
    """

    course: Course
    upheld_by: int
    decided_at: int


def first_growth(
    visits: Sequence[FollowUpVisit], rules: ProgressionRules, start: int = 0
) -> Growth | None:
    """Return the first visit that meets progression, from an index on; None if none does."""
    for index, visit, nadir in with_nadirs(visits):
        look = look_at(visit, nadir, rules)
        if index >= start and look.progressed:
            return Growth(index, visit, nadir, look)
    return None


def aftermath_of(
    growth: Growth, visits: Sequence[FollowUpVisit], rules: ProgressionRules
) -> Aftermath:
    """Return what the later visits say, until one decides or an operation ends the view.

    >>> visits = [FollowUpVisit(day, volume_ml=ml) for day, ml in ((60, 2), (160, 9), (220, 2))]
    >>> rules = ProgressionRules()
    >>> aftermath_of(first_growth(visits, rules), visits, rules).course
    <Course.RECEDED: 'receded'>
    """
    upheld = 0
    for index, later in _in_view(growth, visits):
        still = growth.still_there(later, rules)
        if still is False:
            return Aftermath(Course.RECEDED, upheld, index)
        gap = later.days_since_surgery - growth.visit.days_since_surgery
        upheld += bool(still) and gap >= rules.confirming_gap_days
        if upheld == rules.confirming_visits:
            return Aftermath(Course.UPHELD, upheld, index)
    return Aftermath(Course.PARTLY_UPHELD if upheld else Course.OPEN, upheld, growth.index)


def period_of(visit: FollowUpVisit, rules: ProgressionRules) -> Period:
    """Return when a visit was.

    Before the end of radiotherapy is early too. With its end unknown only a visit so soon after
    surgery that radiotherapy cannot have ended long ago is surely early; all others are unknown.

    >>> period_of(FollowUpVisit(200.0, 83.0), ProgressionRules())
    <Period.EARLY: 'early'>
    """
    if visit.days_since_radiotherapy is not None:
        early = visit.days_since_radiotherapy < rules.early_days
        return Period.EARLY if early else Period.LATE
    return Period.EARLY if visit.days_since_surgery < rules.early_days else Period.UNKNOWN


def _in_view(
    growth: Growth, visits: Sequence[FollowUpVisit]
) -> Iterator[tuple[int, FollowUpVisit]]:
    """Yield the later visits up to the next operation: what it removed says nothing."""
    for index in range(growth.index, len(visits)):
        rating = visits[index].rated
        if index > growth.index:
            yield index, visits[index]
        if rating is not None and rating.operated:
            return
