"""A published score as it was printed, and the values that it may have been rounded from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from gliofront.foundation.errors import UsageRefused

# Plain decimals only; the digits are bounded, so that the fractions stay small.
_DECIMAL = re.compile(r"[0-9]{0,3}(?:\.([0-9]{1,15}))?")


@dataclass(frozen=True)
class Claim:
    """A published share.

    Parameters
    ----------
    label : which score, as people write it.
    value : as printed, 0 to 1.
    decimals : how many were printed, 0 to 15.
    """

    label: str
    value: Fraction
    decimals: int

    @property
    def bounds(self) -> tuple[Fraction, Fraction]:
        """The value -+ half a unit of its last printed digit, within 0 to 1."""
        half = Fraction(1, 2 * 10**self.decimals)
        return max(self.value - half, Fraction(0)), min(self.value + half, Fraction(1))

    def __str__(self) -> str:
        """Return the label and the figure with its digits."""
        return f"{self.label} {float(self.value):.{self.decimals}f}"


def read_claim(label: str, text: str) -> Claim:
    """Read a share with the digits it was printed with.

    Raises
    ------
    UsageRefused
        If the text is not a plain decimal from 0 to 1 of at most 15 decimals.

    >>> read_claim("accuracy", "0.780").bounds
    (Fraction(1559, 2000), Fraction(1561, 2000))
    """
    found = _DECIMAL.fullmatch(text)
    mend = "give a share with the digits printed, 0.168 not 16.8"
    if not found or not text:
        raise UsageRefused(label, f"{text!r} is not a share in plain decimals", mend)
    value = Fraction(text)
    if value > 1:
        raise UsageRefused(label, f"{text} is above 1, perhaps per cent", mend)
    return Claim(label, value, len(found[1] or ""))
