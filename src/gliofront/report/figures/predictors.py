"""How a predictor is called in a figure, and by which line it is told from the others."""

from __future__ import annotations

from typing import Any

from gliofront.evaluation.cross_validation import DISTANCE, MODEL, PREVALENCE
from gliofront.evaluation.null_ladder import ATLAS, GROWTH, OEDEMA
from gliofront.report.figures.cells import label
from gliofront.report.figures.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, VERMILLION

_MAP, _MARGIN = "map_", "margin_"
_NAMES = {
    PREVALENCE: "prevalence (calls nothing)",
    OEDEMA: "oedema mask",
    GROWTH: "growth model",
    ATLAS: "progression atlas",
    DISTANCE: "distance to the tumour",
}

LINES: dict[str, dict[str, Any]] = {
    MODEL: {"color": BLUE, "linestyle": "-", "linewidth": 2.0},
    DISTANCE: {"color": BLACK, "linestyle": "--", "linewidth": 1.2},
    GROWTH: {"color": VERMILLION, "linestyle": "-.", "linewidth": 1.2},
    ATLAS: {"color": GREEN, "linestyle": ":", "linewidth": 1.4},
    OEDEMA: {"color": PURPLE, "linestyle": (0, (6, 1, 1, 1, 1, 1)), "linewidth": 1.2},
}
"""Predictors that are drawn as curves, to their lines: a colour and a pattern each."""

EVERYONE_TREATED: dict[str, Any] = {
    "color": ORANGE,
    "linestyle": (0, (2, 1)),
    "linewidth": 1.2,
}


def called(predictor: str) -> str:
    """Return how a predictor is called.

    >>> called("margin_15mm"), called("map_ADC"), called("model"), called("oedema")
    ('15 mm margin', 'ADC alone', 'model', 'oedema mask')
    """
    if predictor.startswith(_MARGIN):
        return f"{label(predictor.removeprefix(_MARGIN).removesuffix('mm'))} mm margin"
    if predictor.startswith(_MAP):
        return f"{label(predictor.removeprefix(_MAP), 30)} alone"
    return _NAMES.get(predictor, label(predictor))
