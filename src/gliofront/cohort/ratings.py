"""Response ratings as a data set's own readers wrote them, visit by visit."""

from __future__ import annotations

from enum import StrEnum

from gliofront.foundation.errors import InputRefused

# LUMIERE (Suter et al., Sci Data 9:768, 2022), LUMIERE-ExpertRating-v202211.csv. Verified in
# several independent public readers of that file, not in the file itself: the columns Patient,
# Date (``week-044``, ``week-000-1``), LessThan3Months, NonMeasurableLesions, the one below, and
# one of rationale; the ratings CR, PR, SD, PD, Pre-Op, Post-Op, ``Post-Op `` with a space at its
# end, Post-Op/PD, empty cells, and the word None. Not verified: what LessThan3Months counts from,
# and any doubtful rating such as ``PD?``, which is therefore refused.
LUMIERE_RATING_COLUMN = (
    "Rating (according to RANO, PD: Progressive disease, SD: Stable disease, "
    "PR: Partial response, CR: Complete response, Pre-Op: Pre-Operative, Post-Op: Post-Operative)"
)


class Rating(StrEnum):
    """A reader's word on one visit: the four of RANO, and scans about an operation."""

    COMPLETE_RESPONSE = "CR"
    PARTIAL_RESPONSE = "PR"
    STABLE = "SD"
    PROGRESSION = "PD"
    BEFORE_OPERATION = "Pre-Op"
    AFTER_OPERATION = "Post-Op"
    PROGRESSION_OPERATED = "Post-Op/PD"

    @property
    def progressed(self) -> bool | None:
        """Whether the reader saw progression; None if this says nothing of it.

        >>> Rating.PROGRESSION.progressed, Rating.STABLE.progressed
        (True, False)
        >>> Rating.AFTER_OPERATION.progressed is None
        True
        """
        if self in (Rating.BEFORE_OPERATION, Rating.AFTER_OPERATION):
            return None
        return self in (Rating.PROGRESSION, Rating.PROGRESSION_OPERATED)

    @property
    def operated(self) -> bool:
        """Whether the scan follows an operation that the visits before it did not know of."""
        return self in (Rating.AFTER_OPERATION, Rating.PROGRESSION_OPERATED)


_BY_TEXT = {rating.value.lower(): rating for rating in Rating}
_NOT_RATED = ("", "none", "n/a", "na", "nan")


def read_rating(text: str) -> Rating | None:
    """Return what a cell of a rating column says; None where the visit was not rated.

    Parameters
    ----------
    text : as written; capitals and spaces do not matter.

    Raises
    ------
    InputRefused
        If the text is none of the known ratings: a doubtful one is not guessed at.

    >>> read_rating("Post-Op ").name, read_rating("None")
    ('AFTER_OPERATION', None)
    """
    plain = "".join(text.split()).lower()
    if plain in _NOT_RATED:
        return None
    try:
        return _BY_TEXT[plain]
    except KeyError:
        known = ", ".join(Rating)
        raise InputRefused(
            f"rating {text!r}", "it is not known", f"use one of {known}, or leave it empty"
        ) from None
