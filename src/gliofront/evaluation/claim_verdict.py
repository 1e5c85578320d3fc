"""The sentence that an audit of published scores comes down to."""

from __future__ import annotations

import math

from gliofront.evaluation.claims import Audit

_START = "Calling nothing at all would have scored"


def verdict(audit: Audit) -> str:
    """Return one sentence: the accuracy of calling nothing beside the accuracy claimed.

    >>> from gliofront.evaluation.claims import audit_predictive_values
    >>> verdict(audit_predictive_values("0.168", "0.785", "0.780"))
    'Calling nothing at all would have scored 78.5 %, more than the 78.0 % claimed.'
    """
    claim, nothing = audit.claims["accuracy"], audit.derived["all_negative_accuracy"]
    decimals = max(claim.decimals - 2, 1)
    claimed = _percent(float(claim.value), decimals)
    between = f"between {_percent(nothing.low, decimals)} and {_percent(nothing.high, decimals)}"
    better = audit.calling_nothing_is_better
    if better is None:
        return (
            "The rounding leaves open whether calling nothing at all would have scored more than "
            f"the {claimed} claimed: {between}."
        )
    word = "more" if better else "less"
    if math.isnan(nothing.value):
        return f"{_START} {word} than the accuracy claimed, whatever the rounding: {between}."
    for more in range(decimals, decimals + 4):
        scored = _percent(nothing.value, more)
        # 78.51 beside a claim of 78.5: more decimals where the two would read alike.
        if scored != _percent(float(claim.value), more):
            return f"{_START} {scored}, {word} than the {claimed} claimed."
    return f"{_START} as much as the {claimed} claimed, for as printed almost nothing was called."


def _percent(share: float, decimals: int) -> str:
    return f"{100 * share:.{decimals}f} %"
