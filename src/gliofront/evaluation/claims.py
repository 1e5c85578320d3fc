"""Audit of published scores: three of them imply the whole 2x2 table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from gliofront.evaluation.claim import Claim, read_claim
from gliofront.evaluation.claim_intervals import (
    Table,
    bounds_of,
    corners,
    mixed,
    transposed,
    value_of,
)
from gliofront.evaluation.claim_quantities import QUANTITIES, Quantity
from gliofront.foundation.errors import InputRefused


@dataclass(frozen=True)
class Derived:
    """What the claims imply for one quantity.

    Parameters
    ----------
    value : from the figures as printed; NaN where they do not determine it.
    low, high : bounds over all tables that round to the figures; NaN if undefined in all. The
        lift has no upper bound where the prevalence may be as small as one likes.
    reason : why something is NaN.
    """

    value: float
    low: float
    high: float
    reason: str = ""


@dataclass(frozen=True)
class Audit:
    """What three claims imply.

    Parameters
    ----------
    claims : the three, by name.
    derived : every quantity of `QUANTITIES`, in that order; the claimed ones as claimed.
    """

    claims: Mapping[str, Claim]
    derived: Mapping[str, Derived]

    @property
    def calling_nothing_is_better(self) -> bool | None:
        """Whether calling nothing has the higher accuracy; None if the rounding leaves it open.

        Accuracy minus that of calling nothing is true minus false positives, so the PPV decides.
        """
        ppv = self.derived["ppv"]
        if ppv.high < 0.5:
            return True
        return False if ppv.low > 0.5 else None


@dataclass(frozen=True)
class _Pair:
    """Two rates, each of one part of the cases, and what the share of the first part is called.

    `of_truth` says that the parts are the positive and negative cases, not the calls.
    """

    first: str
    second: str
    share: str
    of_truth: bool


_PREDICTIVE = _Pair("PPV", "NPV", "the predicted-positive share", of_truth=False)
_RATES = _Pair("sensitivity", "specificity", "the prevalence", of_truth=True)


def audit_predictive_values(ppv: str, npv: str, accuracy: str) -> Audit:
    """Derive the table from PPV, NPV and accuracy.

    The share of positive calls is f = (NPV - accuracy) / (NPV - PPV), because the accuracy is
    PPV f + NPV (1 - f); the rest follows.

    Parameters
    ----------
    ppv, npv, accuracy : shares, 0 to 1, as printed: "0.780" stands for 0.7795 to 0.7805.

    Raises
    ------
    UsageRefused
        If one is not a share in plain decimals, such as a per cent.
    InputRefused
        If no table rounds to the three.

    >>> found = audit_predictive_values("0.168", "0.785", "0.780")
    >>> round(found.derived["sensitivity"].value, 4), round(found.derived["lift"].value, 2)
    (0.0063, 0.78)
    >>> found.calling_nothing_is_better
    True
    """
    return _audit(_PREDICTIVE, {"ppv": ppv, "npv": npv, "accuracy": accuracy})


def audit_sensitivity_specificity(sensitivity: str, specificity: str, accuracy: str) -> Audit:
    """Derive the table from sensitivity, specificity and accuracy.

    The prevalence is (specificity - accuracy) / (specificity - sensitivity), because the accuracy
    is sensitivity x prevalence + specificity x (1 - prevalence); the rest follows.

    Parameters
    ----------
    sensitivity, specificity, accuracy : shares, 0 to 1, as printed.

    Raises
    ------
    UsageRefused
        If one is not a share in plain decimals, such as a per cent.
    InputRefused
        If no table rounds to the three.

    >>> found = audit_sensitivity_specificity("0.80", "0.977", "0.926")
    >>> round(found.derived["prevalence"].value, 3), round(found.derived["ppv"].value, 3)
    (0.288, 0.934)
    """
    return _audit(
        _RATES, {"sensitivity": sensitivity, "specificity": specificity, "accuracy": accuracy}
    )


def _audit(pair: _Pair, texts: Mapping[str, str]) -> Audit:
    claims = {name: read_claim(QUANTITIES[name].label, text) for name, text in texts.items()}
    first, second, accuracy = claims.values()
    fitting = corners(first.bounds, second.bounds, accuracy.bounds)
    share = _share(first, second, accuracy)
    if not fitting:
        raise _inconsistent(pair, claims, share)
    reason = _undetermined(pair, share)
    table = None if share is None or reason else mixed(first.value, second.value, share)
    if pair.of_truth:
        fitting = tuple(transposed(corner) for corner in fitting)
        table = transposed(table) if table else None
    derived = {
        name: _derive(quantity, fitting, table, reason) for name, quantity in QUANTITIES.items()
    }
    # A claimed value stays as claimed, even where the printed figures determine no table.
    as_claimed = {name: _claimed(claim, derived[name]) for name, claim in claims.items()}
    return Audit(claims, derived | as_claimed)


def _share(first: Claim, second: Claim, accuracy: Claim) -> Fraction | None:
    """Return the share of the first part from the figures as printed; None if the rates agree."""
    if first.value == second.value:
        return None
    return (second.value - accuracy.value) / (second.value - first.value)


def _undetermined(pair: _Pair, share: Fraction | None) -> str:
    """Return why the figures as printed determine no table, or nothing."""
    if share is None:
        return f"{pair.first} equals {pair.second}, so {pair.share} is not determined"
    if not 0 <= share <= 1:
        return f"as printed, {pair.share} would be {_percent(share)}; only rounding allows a table"
    return ""


def _derive(
    quantity: Quantity, fitting: tuple[Table, ...], table: Table | None, reason: str
) -> Derived:
    low, high = bounds_of(quantity, fitting)
    value = value_of(quantity, table) if table else math.nan
    if math.isnan(low) or (table and math.isnan(value)):
        reason = quantity.undefined
    return Derived(value, low, high, reason)


def _claimed(claim: Claim, derived: Derived) -> Derived:
    reason = derived.reason if math.isnan(derived.low) else ""
    return Derived(float(claim.value), derived.low, derived.high, reason)


def _inconsistent(pair: _Pair, claims: Mapping[str, Claim], share: Fraction | None) -> InputRefused:
    outside = "infinite" if share is None else _percent(share)
    return InputRefused(
        ", ".join(str(claim) for claim in claims.values()),
        f"no table has these scores, whatever the rounding: {pair.share} would be {outside}, "
        f"outside 0 to 100 %, since an accuracy lies between {pair.first} and {pair.second}",
        "look for a misprint, and give scores of the same cases at the same threshold; means over "
        "patients need not fit together",
    )


def _percent(share: Fraction) -> str:
    return f"{100 * float(share):.1f} %"
