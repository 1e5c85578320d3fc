"""What one visit shows against the nadir: new enhancement, growth, or a reader's word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gliofront.cohort.follow_up import FollowUpVisit
from gliofront.cohort.progression_rules import ProgressionRules
from gliofront.cohort.ratings import Rating


class Sign(StrEnum):
    """A measured sign of progression."""

    NEW_ENHANCEMENT = "new enhancement"
    PRODUCT = "product of diameters"
    VOLUME = "enhancing volume"


@dataclass(frozen=True)
class Nadir:
    """The smallest of each measure so far; None before the first.

    Parameters
    ----------
    product_mm2, volume_ml : as in `FollowUpVisit`, each from whichever visit it was smallest at.
    """

    product_mm2: float | None = None
    volume_ml: float | None = None

    def with_visit(self, visit: FollowUpVisit) -> Nadir:
        """Return the nadir after a visit.

        >>> Nadir(volume_ml=2.0).with_visit(FollowUpVisit(90.0, volume_ml=5.0, product_mm2=300.0))
        Nadir(product_mm2=300.0, volume_ml=2.0)
        """
        return Nadir(
            _least(self.product_mm2, visit.product_mm2), _least(self.volume_ml, visit.volume_ml)
        )


@dataclass(frozen=True)
class Look:
    """What a visit shows.

    Parameters
    ----------
    signs : True is there, False was measured and is not, None could not be judged.
    rating : the reader's, if any; it outweighs the signs.
    """

    signs: Mapping[Sign, bool | None]
    rating: Rating | None = None

    @property
    def met(self) -> list[Sign]:
        """The signs that are there."""
        return [sign for sign, there in self.signs.items() if there]

    @property
    def rated(self) -> bool:
        """Whether a reader decided."""
        return self.rating is not None and self.rating.progressed is not None

    @property
    def progressed(self) -> bool | None:
        """Whether there is progression; None if it could not be judged.

        A visit just after an operation is a new beginning and is not judged. Without a measured
        size nothing can be said to be absent.
        """
        if self.rated or self.rating is Rating.AFTER_OPERATION:
            return self.rating.progressed if self.rating else None
        if self.met:
            return True
        sized = (self.signs[Sign.PRODUCT], self.signs[Sign.VOLUME])
        return False if False in sized else None


def look_at(visit: FollowUpVisit, nadir: Nadir, rules: ProgressionRules) -> Look:
    """Return what a visit shows against a nadir.

    >>> visit = FollowUpVisit(200.0, 120.0, volume_ml=7.0)
    >>> look_at(visit, Nadir(volume_ml=5.0), ProgressionRules()).met
    [<Sign.VOLUME: 'enhancing volume'>]
    """
    product, volume = visit.product_mm2, visit.volume_ml
    grown_product = _grown(product, nadir.product_mm2, rules.product_growth)
    grown_volume = _grown(volume, nadir.volume_ml, rules.volume_growth)
    if grown_product and product is not None:
        grown_product = _reaches(product, rules.measurable_mm2)
    if grown_volume and volume is not None and nadir.volume_ml is not None:
        grown_volume = _reaches(volume, nadir.volume_ml + rules.least_growth_ml)
    signs = {
        Sign.NEW_ENHANCEMENT: visit.new_enhancement,
        Sign.PRODUCT: grown_product,
        Sign.VOLUME: grown_volume,
    }
    return Look(signs, visit.rated)


def with_nadirs(visits: Sequence[FollowUpVisit]) -> Iterator[tuple[int, FollowUpVisit, Nadir]]:
    """Yield index, visit and the nadir before it, which an operation begins afresh."""
    nadir = Nadir()
    for index, visit in enumerate(visits):
        if visit.rated is not None and visit.rated.operated:
            nadir = Nadir()
        yield index, visit, nadir
        nadir = nadir.with_visit(visit)


def _least(one: float | None, other: float | None) -> float | None:
    return min((value for value in (one, other) if value is not None), default=None)


def _grown(now: float | None, nadir: float | None, share: float) -> bool | None:
    if now is None or nadir is None:
        return None
    return now > nadir and _reaches(now, nadir * (1 + share))


def _reaches(value: float, bound: float) -> bool:
    """Tell whether a bound is reached; exactly reached counts, whatever the rounding."""
    return value >= bound * (1 - 1e-9)
