"""The builds of the compiled kernel: one an instruction set, the same bits from each."""

from __future__ import annotations

from gliofront.foundation.errors import InputRefused
from gliofront.radiomics import _features

VARIABLE = "GLIOFRONT_SIMD"


def usable_builds() -> list[str]:
    """Return the builds that this processor can run, the slowest first.

    >>> usable_builds()[0]
    'baseline'
    """
    return _features.usable_builds()


def chosen_build() -> str:
    """Return the build at work: the fastest, or the one that the variable GLIOFRONT_SIMD names.

    Raises
    ------
    InputRefused
        If the variable names a build that is not known or not supported here.
    """
    try:
        return _features.chosen_build()
    except ValueError as error:
        raise InputRefused("texture", str(error), f"change or unset {VARIABLE}") from error
