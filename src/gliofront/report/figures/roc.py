"""ROC and precision-recall curves of the model and of the distance null."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gliofront.evaluation.cross_validation import MODEL
from gliofront.report.figures.cells import Rows, number, patients_told
from gliofront.report.figures.curves import Curve, curves_of, draw_curve
from gliofront.report.figures.predictors import LINES, called
from gliofront.report.figures.sheet import framed, lone_sentence, say, sheet
from gliofront.report.figures.style import GREY, house_style

_TITLE = "ROC and precision-recall curves within a patient"


@house_style()
def draw_roc(roc: Rows, precision_recall: Rows) -> Figure:
    """Draw both curves, each the mean over patients.

    Parameters
    ----------
    roc : ``group/roc.tsv``.
    precision_recall : ``group/precision_recall.tsv``.
    """
    left = curves_of(roc, "false_positive_rate", "sensitivity")
    right = curves_of(precision_recall, "recall", "precision")
    if not left and not right:
        return lone_sentence(_TITLE, "Neither curve is defined in any patient.")
    figure = sheet(82.0)
    panels = figure.subplots(1, 2)
    _draw(panels[0], left, "false positive rate (1 - specificity)", "sensitivity")
    _draw(panels[1], right, "recall (sensitivity)", "precision (PPV)")
    if left:
        panels[0].plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=":")
        panels[0].set_aspect("equal")
        panels[0].legend(loc="lower right")
    _mark_prevalence(panels[1], precision_recall)
    notes = (
        "Mean over patients; band: 95 % interval of the model. Dotted: no skill, which for "
        "precision is the mean prevalence.",
    )
    counts = [n for curve in (*left.values(), *right.values()) for n in curve.patients]
    return framed(figure, _TITLE, patients_told(counts), notes)


def _draw(axes: Axes, curves: dict[str, Curve], across: str, up: str) -> None:
    if not curves:
        say(axes, f"Not defined in any patient: {up}.")
        return
    for predictor, curve in curves.items():
        draw_curve(axes, curve, LINES[predictor], called(predictor), band=predictor == MODEL)
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(0.0, 1.01 if up == "sensitivity" else None)
    axes.set_xlabel(across)
    axes.set_ylabel(up)


def _mark_prevalence(axes: Axes, rows: Rows) -> None:
    known = [v for row in rows if not math.isnan(v := number(row, "prevalence"))]
    if known:
        axes.axhline(float(np.mean(known)), color=GREY, linewidth=0.8, linestyle=":")
