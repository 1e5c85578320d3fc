"""The ladder of nulls: what the model scores beside predictors that know next to nothing."""

from __future__ import annotations

import math

from matplotlib.figure import Figure

from gliofront.evaluation.cross_validation import MODEL
from gliofront.evaluation.null_ladder import margin_name
from gliofront.report.figures.cells import Rows, patients_told
from gliofront.report.figures.estimates import (
    ROW_MM,
    Estimate,
    draw_estimates,
    estimate_of,
    name_rows,
    undefined_note,
)
from gliofront.report.figures.predictors import called
from gliofront.report.figures.sheet import framed, lone_sentence, sheet
from gliofront.report.figures.style import house_style

_TITLE = "The model and the nulls it stands on"
_AUROC, _COVERAGE = "auroc", "coverage_15mm"
_MARGIN = margin_name(15.0)
_CHANCE = 0.5


@house_style()
def draw_ladder(scores: Rows) -> Figure:
    """Draw AUROC, and coverage by plans as large as the 15 mm margin, of every predictor.

    Parameters
    ----------
    scores : ``group/scores.tsv``, or that of the external patients.
    """
    auroc, coverage = _estimates(scores, _AUROC), _estimates(scores, _COVERAGE)
    names = sorted({**auroc, **coverage}, key=lambda name: _rank(auroc.get(name)))
    if not names:
        return lone_sentence(_TITLE, "No predictor was scored.")
    figure = sheet(16.0 + ROW_MM * len(names))
    left, right = figure.subplots(1, 2, sharey=True)
    shown = [[of.get(name, _absent(name)) for name in names] for of in (auroc, coverage)]
    draw_estimates(left, shown[0], reference=_CHANCE)
    draw_estimates(right, shown[1], reference=_margin_itself(coverage))
    name_rows(left, shown[0])
    left.set_xlabel("AUROC within a patient; dotted: chance")
    right.set_xlabel(
        "progression covered by the volume of the 15 mm margin;\ndotted: by that margin"
    )
    counts = [one.patients for one in (*auroc.values(), *coverage.values()) if one.defined]
    notes = (
        "Mean over patients with its 95 % interval (patients resampled).",
        undefined_note("AUROC", shown[0]),
        undefined_note("Coverage", shown[1]),
    )
    return framed(figure, _TITLE, patients_told(counts), notes)


def _estimates(scores: Rows, score: str) -> dict[str, Estimate]:
    found = {}
    for row in scores:
        if row.get("score") == score:
            name = str(row.get("predictor"))
            found[name] = estimate_of(row, called(name), strong=name == MODEL)
    return found


def _absent(name: str) -> Estimate:
    return Estimate(called(name), math.nan, math.nan, math.nan, math.nan, name == MODEL)


def _rank(one: Estimate | None) -> float:
    return -one.mean if one is not None and one.defined else math.inf


def _margin_itself(coverage: dict[str, Estimate]) -> float:
    return coverage[_MARGIN].mean if _MARGIN in coverage else math.nan
