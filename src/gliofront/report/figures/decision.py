"""Decision curves: what a plan is worth, by how bad it is to treat a healthy voxel."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from gliofront.evaluation.cross_validation import MODEL
from gliofront.report.figures.cells import Rows, patients_told
from gliofront.report.figures.curves import Curve, curves_of, draw_curve
from gliofront.report.figures.predictors import EVERYONE_TREATED, LINES, called
from gliofront.report.figures.sheet import framed, lone_sentence, sheet
from gliofront.report.figures.style import GREY, house_style

_TITLE = "Decision curves: net benefit of treating what a predictor calls"


@house_style()
def draw_decision(points: Rows) -> Figure:
    """Draw net benefit a voxel against the harm ratio, beside treating all and nothing.

    Parameters
    ----------
    points : ``group/decision_curves.tsv``.
    """
    curves = curves_of(points, "harm_ratio", "net_benefit")
    if not curves:
        return lone_sentence(_TITLE, "No decision curve is defined.")
    figure = sheet(75.0)
    axes = figure.add_subplot()
    for predictor, curve in curves.items():
        draw_curve(axes, curve, LINES[predictor], called(predictor), band=predictor == MODEL)
    own = [row for row in points if row.get("predictor") == next(iter(curves))]
    everyone = curves_of(own, "harm_ratio", "treat_all")
    for curve in everyone.values():
        draw_curve(axes, curve, EVERYONE_TREATED, "treat everything")
    axes.axhline(0.0, color=GREY, linewidth=0.8, label="treat nothing")
    _scale(axes, [*curves.values(), *everyone.values()])
    axes.set_xlabel("harm of treating a healthy voxel, in missed voxels of progression")
    axes.set_ylabel("net benefit a voxel")
    axes.legend(loc="upper right")
    notes = (
        "Mean over all patients with voxels; band: 95 % interval of the model. A predictor is of "
        "use where it lies above both treating everything and treating nothing.",
    )
    counts = [count for curve in curves.values() for count in curve.patients]
    return framed(figure, _TITLE, patients_told(counts), notes)


def _scale(axes: Axes, curves: list[Curve]) -> None:
    """Show what lies near 0: treating everything falls far below it at large harms."""
    top = max(1e-4, *(float(curve.y.max()) for curve in curves))
    axes.set_ylim(-0.6 * top, 1.15 * top)
    axes.set_xscale("log")
    axes.set_xlim(min(float(c.x[0]) for c in curves), max(float(c.x[-1]) for c in curves))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
