"""What each map is worth to the model: with all maps, minus without it."""

from __future__ import annotations

import math

from matplotlib.figure import Figure

from gliofront.report.figures.cells import Rows, label, patients_told
from gliofront.report.figures.estimates import (
    ROW_MM,
    Estimate,
    draw_estimates,
    estimate_of,
    name_rows,
    undefined_note,
)
from gliofront.report.figures.sheet import framed, lone_sentence, sheet
from gliofront.report.figures.style import house_style

_TITLE = "Value of each map: the model with all maps minus the model without it"
_SCORES = {
    "auroc": "AUROC within a patient",
    "coverage_points": "coverage at the volume of the 15 mm margin, points of 100",
}


@house_style()
def draw_modalities(values: Rows) -> Figure:
    """Draw what each map adds, the most valuable on top.

    Parameters
    ----------
    values : ``group/modalities.tsv``.
    """
    found = {score: _estimates(values, score) for score in _SCORES}
    names = sorted(
        {name for of_score in found.values() for name in of_score},
        key=lambda name: (_rank(found["auroc"].get(name)), name),
    )
    if not names:
        return lone_sentence(_TITLE, "No map was withheld.")
    figure = sheet(16.0 + ROW_MM * (len(names) + 1))
    panels = figure.subplots(1, len(_SCORES), sharey=True)
    notes = ["Mean over patients with its 95 % interval. Right of 0 the model is better with it."]
    for axes, (score, told) in zip(panels, _SCORES.items(), strict=True):
        shown = [found[score].get(name, _absent(name)) for name in names]
        draw_estimates(axes, shown, reference=0.0)
        axes.set_xlabel(told)
        notes.append(undefined_note(told, shown))
    name_rows(panels[0], [found["auroc"].get(name, _absent(name)) for name in names])
    counts = [one.patients for of in found.values() for one in of.values() if one.defined]
    return framed(figure, _TITLE, patients_told(counts), notes)


def _estimates(values: Rows, score: str) -> dict[str, Estimate]:
    own = [row for row in values if row.get("score") == score]
    return {str(row.get("map")): estimate_of(row, label(row.get("map"), 24)) for row in own}


def _absent(name: str) -> Estimate:
    return Estimate(label(name, 24), math.nan, math.nan, math.nan, math.nan)


def _rank(one: Estimate | None) -> float:
    return -one.mean if one is not None and one.defined else math.inf
