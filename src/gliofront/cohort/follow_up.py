"""What is known of the visits after surgery, for adjudicating progression."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from gliofront.cohort.ratings import Rating, read_rating
from gliofront.foundation.errors import InputRefused


@dataclass(frozen=True)
class FollowUpVisit:
    """One visit after surgery; None is not looked at, which is never the same as nothing seen.

    Parameters
    ----------
    days_since_surgery : 0 or more, from the first operation.
    days_since_radiotherapy : from the end of radiotherapy, negative before it; None if unknown.
    volume_ml : enhancing volume, mL, 0 if nothing enhances; None if not measured.
    product_mm2 : product of the two largest perpendicular diameters, mm2, summed over lesions if
        several are measured, 0 if nothing enhances; None if not measured.
    new_enhancement : whether a measurable lesion is seen away from everything that enhanced at
        the first visit after the last operation; True for as long as it is there.
    rating : text of the data set's own rating column, empty if there is none.

    Raises
    ------
    InputRefused
        If a number is not finite or below 0, if radiotherapy would have ended before surgery, or
        if the rating is not known.

    >>> FollowUpVisit(120.0, 50.0, volume_ml=3.5, rating="SD").rated.name
    'STABLE'
    """

    days_since_surgery: float
    days_since_radiotherapy: float | None = None
    volume_ml: float | None = None
    product_mm2: float | None = None
    new_enhancement: bool | None = None
    rating: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        for name in ("days_since_surgery", "volume_ml", "product_mm2"):
            self._check(name, low=0.0)
        self._check("days_since_radiotherapy", low=-math.inf)
        if (self.days_since_radiotherapy or 0.0) > self.days_since_surgery:
            raise InputRefused(
                self._subject, "radiotherapy ended before surgery", "count both in days"
            )
        read_rating(self.rating)

    def _check(self, name: str, low: float) -> None:
        value: float | None = getattr(self, name)
        if value is not None and not (math.isfinite(value) and value >= low):
            what = name.replace("_", " ")
            mend = "leave out visits before surgery, and what was not measured"
            raise InputRefused(self._subject, f"{what} cannot be {value:g}", mend)

    @property
    def _subject(self) -> str:
        return f"visit of day {self.days_since_surgery:g}"

    @property
    def rated(self) -> Rating | None:
        """What the data set's reader said; None if nothing."""
        return read_rating(self.rating)


def refuse_disorder(visits: Sequence[FollowUpVisit]) -> None:
    """Raise `InputRefused` unless the days never fall; two visits may share a day."""
    days = [visit.days_since_surgery for visit in visits]
    for earlier, later in pairwise(days):
        if later < earlier:
            raise InputRefused(
                "visits", f"day {later:g} comes after day {earlier:g}", "sort them by day"
            )
