"""The quantities of a 2x2 table, as formulas of its four shares."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from numpy.polynomial import Polynomial

_ALL = Polynomial([1.0])

_NONE_POSITIVE = "no case is positive"
_NONE_NEGATIVE = "no case is negative"
_NONE_CALLED = "no case is called positive"
_ALL_CALLED = "every case is called positive"


@dataclass(frozen=True)
class Quantity:
    """A quantity of a table: numerator / denominator ** (1 / root).

    Parameters
    ----------
    label : as people write it.
    parts : shares of true positives, false positives, false negatives and true negatives to
        numerator and denominator. The shares are polynomials of a place on a line of tables;
        constant ones for a single table.
    undefined : why there is no value where the denominator is 0.
    lowest, highest : no table has a value beyond.
    root : 1, or 2 for the square root.
    """

    label: str
    parts: Callable[[Polynomial, Polynomial, Polynomial, Polynomial], tuple[Polynomial, Polynomial]]
    undefined: str = ""
    lowest: float = 0.0
    highest: float = 1.0
    root: int = 1


# Sums of shares stand for their complements (fp + tn, not 1 - prevalence): a 0 stays exactly 0.
QUANTITIES: Mapping[str, Quantity] = {
    "true_positive_share": Quantity("true positives", lambda tp, fp, fn, tn: (tp, _ALL)),
    "false_positive_share": Quantity("false positives", lambda tp, fp, fn, tn: (fp, _ALL)),
    "false_negative_share": Quantity("false negatives", lambda tp, fp, fn, tn: (fn, _ALL)),
    "true_negative_share": Quantity("true negatives", lambda tp, fp, fn, tn: (tn, _ALL)),
    "predicted_positive_share": Quantity(
        "predicted-positive share", lambda tp, fp, fn, tn: (tp + fp, _ALL)
    ),
    "prevalence": Quantity("prevalence", lambda tp, fp, fn, tn: (tp + fn, _ALL)),
    "sensitivity": Quantity(
        "sensitivity", lambda tp, fp, fn, tn: (tp, tp + fn), undefined=_NONE_POSITIVE
    ),
    "specificity": Quantity(
        "specificity", lambda tp, fp, fn, tn: (tn, fp + tn), undefined=_NONE_NEGATIVE
    ),
    "ppv": Quantity("PPV", lambda tp, fp, fn, tn: (tp, tp + fp), undefined=_NONE_CALLED),
    "npv": Quantity("NPV", lambda tp, fp, fn, tn: (tn, fn + tn), undefined=_ALL_CALLED),
    "accuracy": Quantity("accuracy", lambda tp, fp, fn, tn: (tp + tn, _ALL)),
    "all_negative_accuracy": Quantity(
        "accuracy of calling nothing", lambda tp, fp, fn, tn: (fp + tn, _ALL)
    ),
    "balanced_accuracy": Quantity(
        "balanced accuracy",
        lambda tp, fp, fn, tn: (
            tp * (fp + tn) + tn * (tp + fn),
            2 * (tp + fn) * (fp + tn),
        ),
        undefined=f"{_NONE_POSITIVE}, or none is negative",
    ),
    "lift": Quantity(
        "lift (PPV / prevalence)",
        lambda tp, fp, fn, tn: (tp, (tp + fp) * (tp + fn)),
        undefined=f"{_NONE_POSITIVE}, or none is called positive",
        highest=math.inf,
    ),
    "mcc": Quantity(
        "Matthews correlation (MCC)",
        lambda tp, fp, fn, tn: (
            tp * tn - fp * fn,
            (tp + fp) * (fn + tn) * (tp + fn) * (fp + tn),
        ),
        undefined="all cases, or all calls, are of one kind",
        lowest=-1.0,
        root=2,
    ),
}
