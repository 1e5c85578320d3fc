"""Reliability diagrams: whether what was said to be likely came true as often."""

from __future__ import annotations

import math
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gliofront.evaluation.calibration_summary import ALL
from gliofront.evaluation.cross_validation import DISTANCE, MODEL
from gliofront.report.figures.cells import Rows, number, patients_told
from gliofront.report.figures.curves import Curve, curves_of
from gliofront.report.figures.predictors import LINES, called
from gliofront.report.figures.sheet import framed, lone_sentence, say, sheet
from gliofront.report.figures.style import GREY, house_style

_TITLE = "Reliability: progression observed against progression predicted"


@house_style()
def draw_reliability(points: Rows, calibration: Rows) -> Figure:
    """Draw the reliability of the model and of the distance null side by side.

    Parameters
    ----------
    points : ``group/reliability.tsv``.
    calibration : ``group/calibration.tsv``, for slopes and the number of patients.
    """
    curves = curves_of(points, "predicted", "observed")
    if not curves:
        return lone_sentence(_TITLE, "No reliability curve is defined.")
    figure = sheet(80.0)
    overall = {str(r.get("predictor")): r for r in calibration if r.get("by") == ALL}
    for place, predictor in enumerate((MODEL, DISTANCE)):
        axes = figure.add_subplot(1, 2, place + 1)
        if predictor not in curves:
            say(axes, f"Not defined: {called(predictor)}.")
            continue
        _draw_diagram(axes, curves[predictor], predictor)
        axes.set_title(f"{called(predictor)}{_slope(overall.get(predictor, {}))}")
    counts = [number(row, "patients") for row in overall.values()]
    notes = (
        "Points: equal shares of the voxels, every patient counting the same; dashed: perfect "
        "calibration. A slope below 1: predictions too extreme.",
    )
    return framed(figure, _TITLE, patients_told(counts), notes)


def _draw_diagram(axes: Axes, curve: Curve, predictor: str) -> None:
    top = 1.06 * max(float(curve.x.max()), float(curve.y.max()), 1e-3)
    axes.plot([0.0, top], [0.0, top], color=GREY, linestyle="--", linewidth=0.8)
    style = {"color": LINES[predictor]["color"], "linewidth": 1.0}
    axes.plot(curve.x, curve.y, marker="o", markersize=3.5, **style)
    axes.set_xlim(0.0, top)
    axes.set_ylim(0.0, top)
    axes.set_aspect("equal")
    axes.set_xlabel("predicted probability")
    axes.set_ylabel("observed share")


def _slope(row: Mapping[str, object]) -> str:
    slope, low, high = (number(row, name) for name in ("slope", "slope_low", "slope_high"))
    if math.isnan(slope):
        return ""
    ends = "" if math.isnan(low) or math.isnan(high) else f" ({low:.2f} to {high:.2f})"
    return f": slope {slope:.2f}{ends}"
