"""Coverage curves: how much of the progression a plan holds, against its volume."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gliofront.evaluation.cross_validation import MODEL
from gliofront.report.figures.cells import Rows, number, patients_told
from gliofront.report.figures.curves import Curve, curves_of, draw_curve
from gliofront.report.figures.predictors import LINES, called
from gliofront.report.figures.sheet import framed, lone_sentence, sheet
from gliofront.report.figures.style import GREY, house_style

_TITLE = "Coverage of the progression by plans of growing volume"
_ALL = 0.995


@house_style()
def draw_coverage(points: Rows, margins: Rows) -> Figure:
    """Draw mean coverage against plan volume, with lines where the 15 and 20 mm margins reach.

    Parameters
    ----------
    points : ``group/coverage_curves.tsv``.
    margins : ``group/coverage.tsv``; without it no margin is marked.
    """
    curves = curves_of(points, "volume_ml", "coverage")
    if not curves:
        return lone_sentence(_TITLE, "No coverage curve is defined.")
    figure = sheet(85.0)
    axes = figure.add_subplot()
    for predictor, curve in curves.items():
        draw_curve(axes, curve, LINES[predictor], called(predictor), band=predictor == MODEL)
    own = [row for row in margins if row.get("predictor") == MODEL]
    for row in own:
        _draw_margin(axes, row)
    axes.set_xlim(0.0, _last_volume(curves))
    axes.set_ylim(0.0, 1.07)
    axes.set_xlabel("volume of the plan, mL")
    axes.set_ylabel("share of the progression inside the plan")
    axes.legend(loc="lower right")
    hidden = len({str(row.get("predictor")) for row in points} - curves.keys())
    notes = (
        "Mean over patients; band: 95 % interval of the model. Horizontal lines: mean coverage of "
        "a margin, whose volume differs from patient to patient.",
        *(_gained(row) for row in own),
        f"Predictors left to coverage_curves.tsv: {hidden}." if hidden else "",
    )
    counts = [count for curve in curves.values() for count in curve.patients]
    return framed(figure, _TITLE, patients_told(counts), notes)


def _draw_margin(axes: Axes, row: Mapping[str, object]) -> None:
    reached, margin = number(row, "margin"), number(row, "margin_mm")
    if math.isnan(reached) or math.isnan(margin):
        return
    axes.axhline(reached, color=GREY, linewidth=0.8, linestyle=(0, (1, 1)))
    told = f"{margin:g} mm margin: {100 * reached:.0f} %"
    # Above the line and inside the panel, whichever curve runs there.
    at: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "ha": "left", "va": "bottom"}
    axes.text(0.01, reached, told, color="#333333", **at)


def _last_volume(curves: Mapping[str, Curve]) -> float:
    """Return the volume from which on every curve is at its top."""
    ends = []
    for curve in curves.values():
        full = np.flatnonzero(curve.y >= _ALL)
        ends.append(float(curve.x[full[0]] if full.size else curve.x[-1]))
    return max(*ends, float(curves[next(iter(curves))].x[1]), 1.0)


def _gained(row: Mapping[str, object]) -> str:
    margin, gain = number(row, "margin_mm"), number(row, "gain")
    if math.isnan(margin) or math.isnan(gain):
        return ""
    low, high = number(row, "gain_low"), number(row, "gain_high")
    told = "" if math.isnan(low) else f" (95 % interval {100 * low:+.1f} to {100 * high:+.1f})"
    return f"Model minus {margin:g} mm margin at its volume: {100 * gain:+.1f} points{told}."
