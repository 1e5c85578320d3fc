"""Means with their intervals as rows of points and bars; those that are undefined stay empty."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from gliofront.report.figures.cells import number
from gliofront.report.figures.sheet import say
from gliofront.report.figures.style import BLUE, GREY, PALE

ROW_MM = 4.2


@dataclass(frozen=True)
class Estimate:
    """A mean over patients.

    Parameters
    ----------
    name : as shown.
    mean, low, high : with its 95 % interval; NaN if undefined.
    patients : in whom it is defined; NaN if unknown.
    strong : whether it is the one that the others stand beside.
    """

    name: str
    mean: float
    low: float
    high: float
    patients: float
    strong: bool = False

    @property
    def defined(self) -> bool:
        """Whether there is a mean."""
        return not math.isnan(self.mean)


def estimate_of(row: Mapping[str, object], name: str, *, strong: bool = False) -> Estimate:
    """Return the estimate of a row with the columns mean, low, high and patients."""
    mean, low, high, patients = (number(row, c) for c in ("mean", "low", "high", "patients"))
    return Estimate(name, mean, low, high, patients, strong)


def draw_estimates(axes: Axes, shown: Sequence[Estimate], *, reference: float) -> None:
    """Draw one row an estimate, the first on top; `name_rows` says which is which.

    Parameters
    ----------
    shown : those without a mean keep an empty row.
    reference : where a dotted line stands: what knowing nothing gives.
    """
    if not any(one.defined for one in shown):
        say(axes, "Not defined in any patient.", keep_rows=True)
        return
    axes.tick_params(axis="y", length=0)
    axes.axvline(reference, color=PALE, linestyle=":", linewidth=1.0, zorder=0)
    for place, one in enumerate(shown):
        if one.defined:
            _draw_row(axes, place, one)


def name_rows(axes: Axes, shown: Sequence[Estimate]) -> None:
    """Name the rows of a panel, and of those that share them."""
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_yticks(range(len(shown)), [one.name for one in shown])
    for text, one in zip(axes.get_yticklabels(), shown, strict=True):
        text.set_fontweight("bold" if one.strong else "normal")


def _draw_row(axes: Axes, place: int, one: Estimate) -> None:
    colour, marker, wide = (BLUE, "D", 2.0) if one.strong else (GREY, "o", 1.0)
    if not (math.isnan(one.low) or math.isnan(one.high)):
        axes.plot([one.low, one.high], [place, place], color=colour, linewidth=wide)
    axes.plot([one.mean], [place], color=colour, marker=marker, markersize=4.5, linestyle="")


def undefined_note(what: str, shown: Sequence[Estimate]) -> str:
    """Return a sentence on the rows that stay empty; nothing if there are none.

    >>> undefined_note("AUROC", [Estimate("atlas", math.nan, math.nan, math.nan, 0)])
    'AUROC is not defined for: atlas.'
    """
    names = [one.name for one in shown if not one.defined]
    return f"{what} is not defined for: {', '.join(names)}." if names else ""
