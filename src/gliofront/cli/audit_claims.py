"""``gliofront audit-claims``: what three published scores imply about all the others."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gliofront.evaluation.claims import Audit, Derived

_RATIOS = ("lift", "mcc")

Ppv = Annotated[str | None, typer.Option("--ppv", help="Positive predictive value, 0 to 1.")]
Npv = Annotated[str | None, typer.Option("--npv", help="Negative predictive value, 0 to 1.")]
Sensitivity = Annotated[str | None, typer.Option("--sensitivity", help="Sensitivity, 0 to 1.")]
Specificity = Annotated[str | None, typer.Option("--specificity", help="Specificity, 0 to 1.")]
Accuracy = Annotated[
    str | None,
    typer.Option(
        "--accuracy", help="Accuracy, 0 to 1, with all digits printed: 0.780 is not 0.78."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="The same as JSON.")]


def audit_claims(
    ppv: Ppv = None,
    npv: Npv = None,
    sensitivity: Sensitivity = None,
    specificity: Specificity = None,
    accuracy: Accuracy = None,
    as_json: Json = False,
) -> None:
    """Derive the whole 2x2 table from PPV, NPV and accuracy, or sensitivity, specificity, accuracy.

    Example: gliofront audit-claims --ppv 0.168 --npv 0.785 --accuracy 0.780
    """
    audit = _audit(
        {
            "ppv": ppv,
            "npv": npv,
            "sensitivity": sensitivity,
            "specificity": specificity,
            "accuracy": accuracy,
        }
    )
    if as_json:
        typer.echo(_json(audit))
    else:
        _show(audit)


def _audit(options: Mapping[str, str | None]) -> Audit:
    """Audit the triple that was given; refuse any other combination of options."""
    from gliofront.evaluation.claims import audit_predictive_values, audit_sensitivity_specificity
    from gliofront.foundation.errors import UsageRefused

    given = {name: text for name, text in options.items() if text is not None}
    for audit, names in (
        (audit_predictive_values, {"ppv", "npv", "accuracy"}),
        (audit_sensitivity_specificity, {"sensitivity", "specificity", "accuracy"}),
    ):
        if given.keys() == names:
            return audit(**given)
    said = ", ".join(f"--{name}" for name in given) or "none"
    raise UsageRefused(
        "audit-claims",
        f"these options make no triple of scores: {said}",
        "give --accuracy with --ppv and --npv, or with --sensitivity and --specificity, no more",
    )


def _show(audit: Audit) -> None:
    from gliofront.cli.console import show_end, show_table
    from gliofront.evaluation.claim_quantities import QUANTITIES
    from gliofront.evaluation.claim_verdict import verdict

    rows = [
        {
            "quantity": QUANTITIES[name].label,
            "value": _number(name, derived.value),
            "within rounding": _interval(name, derived),
            "note": "claimed" if name in audit.claims else "",
        }
        for name, derived in audit.derived.items()
    ]
    show_table("What the claims imply", rows)
    show_end([*_reasons(audit), verdict(audit)])


def _reasons(audit: Audit) -> list[str]:
    """Return one line for each reason why something is undefined, with all that it holds for."""
    from gliofront.evaluation.claim_quantities import QUANTITIES

    labels: dict[str, list[str]] = {}
    for name, derived in audit.derived.items():
        if derived.reason:
            labels.setdefault(derived.reason, []).append(QUANTITIES[name].label)
    return [f"{', '.join(of)}: {reason}." for reason, of in labels.items()]


def _interval(name: str, derived: Derived) -> str:
    if math.isnan(derived.low):
        return "n/a"
    return f"{_number(name, derived.low)} to {_number(name, derived.high)}"


def _number(name: str, value: float) -> str:
    if math.isnan(value):
        return "n/a"
    # Adding 0 turns a rounded -0.0 into 0.0.
    return f"{round(value, 3) + 0.0:.3f}" if name in _RATIOS else f"{100 * value + 0.0:.2f} %"


def _json(audit: Audit) -> str:
    """Return the audit as JSON; what is undefined or infinite is null, with a reason."""
    import json

    from gliofront import RESEARCH_ONLY
    from gliofront.evaluation.claim_verdict import verdict

    content = {
        "claimed": {
            name: {"value": float(claim.value), "decimals": claim.decimals}
            for name, claim in audit.claims.items()
        },
        "derived": {
            name: {
                "value": _finite(derived.value),
                "low": _finite(derived.low),
                "high": _finite(derived.high),
                "reason": derived.reason,
            }
            for name, derived in audit.derived.items()
        },
        "calling_nothing_is_better": audit.calling_nothing_is_better,
        "verdict": verdict(audit),
        "use": RESEARCH_ONLY,
    }
    return json.dumps(content, indent=2, allow_nan=False)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
