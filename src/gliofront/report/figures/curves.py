"""A predictor's curve from the rows of a table: undefined points are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from gliofront.report.figures.cells import Rows, number
from gliofront.report.figures.predictors import LINES

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Curve:
    """Points of one predictor, (n,) each; the ends of the intervals are NaN where undefined."""

    x: FloatArray
    y: FloatArray
    low: FloatArray
    high: FloatArray
    patients: FloatArray


def curves_of(rows: Rows, x: str, y: str) -> dict[str, Curve]:
    """Return the curves of the predictors that are drawn as curves, in a fixed order.

    Parameters
    ----------
    x, y : columns; a predictor without a single point of both is left out.
    """
    found = {}
    for predictor in LINES:
        own = [row for row in rows if row.get("predictor") == predictor]
        columns = (x, y, "low", "high", "patients")
        points = np.array([[number(row, c) for c in columns] for row in own]).reshape(-1, 5)
        points = points[np.isfinite(points[:, :2]).all(axis=1)]
        if len(points):
            found[predictor] = Curve(*points.T)
    return found


def draw_curve(
    axes: Axes, curve: Curve, line: Mapping[str, Any], name: str, *, band: bool = False
) -> None:
    """Draw a curve, and its interval as a band if it is asked for."""
    axes.plot(curve.x, curve.y, label=name, **line)
    if band and np.isfinite(curve.low).any():
        axes.fill_between(curve.x, curve.low, curve.high, color=line["color"], alpha=0.15, lw=0)
