"""Radiomic features in progression against non-progression: the paper's Figures 3 and 4."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gliofront.learning.table import map_of
from gliofront.report.figures.cells import Rows, label, number, patients_told
from gliofront.report.figures.sheet import framed, lone_sentence, say, sheet
from gliofront.report.figures.style import BLUE, GREY, PALE, house_style

Order = Literal["first", "second"]

SIGNIFICANT = 0.05
_FIRST = "firstorder_"
_PAIRED_D = "paired d"
_ROW_MM, _HEAD_MM = 3.2, 20.0
_LEAST_LIMIT = 1.0

# A map, then a feature of it, to its row of the table.
_Table = dict[str, dict[str, dict[str, Any]]]


@house_style()
def draw_features(tests: Rows, order: Order) -> Figure:
    """Draw effect sizes with intervals, a column a map and a row a feature.

    Parameters
    ----------
    tests : ``group/feature_tests.tsv``.
    order : features of first order (of the histogram) or of second (of textures).
    """
    title = f"Radiomic features of {order} order: progression against non-progression"
    table = _table(tests, order)
    names = _sorted_names(table)
    if not names:
        return lone_sentence(title, f"No feature of {order} order was compared.")
    figure = sheet(_HEAD_MM + _ROW_MM * len(names))
    limit = _limit(table)
    panels = figure.subplots(1, len(table), sharey=True, squeeze=False)[0]
    for axes, (name, rows) in zip(panels, table.items(), strict=True):
        _draw_map(axes, rows, names, limit)
        axes.set_xlabel("effect size")
        axes.set_title(_heading(name, rows), loc="center", fontsize=7)
    panels[0].set_yticks(range(len(names)), [_called(name) for name in names])
    panels[0].set_ylim(len(names) - 0.4, -0.6)
    counts = [number(row, "patients") for rows in table.values() for row in rows.values()]
    return framed(figure, title, patients_told(counts), _notes(table, limit))


def _table(tests: Rows, order: Order) -> _Table:
    found: _Table = {}
    for row in tests:
        column = str(row.get("feature"))
        name = column.removeprefix(map_of(column) + "_")
        if name.startswith(_FIRST) == (order == "first"):
            found.setdefault(map_of(column), {})[name] = dict(row)
    return found


def _sorted_names(table: _Table) -> list[str]:
    """Return the features, those with the smallest p of any map first, untested ones last."""
    least: dict[str, float] = {}
    for rows in table.values():
        for name, row in rows.items():
            p = number(row, "p")
            least[name] = min(least.get(name, math.inf), math.inf if math.isnan(p) else p)
    return sorted(least, key=lambda name: least[name])


def _limit(table: _Table) -> float:
    """Return where the axes end: a few wild intervals must not squeeze all others flat."""
    cells = [row for rows in table.values() for row in rows.values()]
    effects = np.array([abs(number(row, "effect_value")) for row in cells])
    ends = [abs(number(row, end)) for row in cells for end in ("effect_low", "effect_high")]
    known = effects[np.isfinite(effects)]
    if not known.size:
        return _LEAST_LIMIT
    widest = max([*(end for end in ends if not math.isnan(end)), float(known.max())])
    return max(_LEAST_LIMIT, 1.05 * min(widest, 2.0 * float(np.percentile(known, 95))))


def _draw_map(
    axes: Axes, rows: dict[str, dict[str, Any]], names: Sequence[str], limit: float
) -> None:
    if all(math.isnan(number(row, "effect_value")) for row in rows.values()):
        say(axes, "No effect is defined.", keep_rows=True)
        return
    axes.axvline(0.0, color=PALE, linewidth=0.8, zorder=0)
    for place, name in enumerate(names):
        if name in rows:
            _draw_effect(axes, place, rows[name], limit)
    axes.set_xlim(-limit, limit)
    # One round number a side: a narrow panel has room for no more.
    tick = float(f"{0.7 * limit:.1g}")
    axes.set_xticks([-tick, 0.0, tick], [f"{-tick:g}", "0", f"{tick:g}"])
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color="#EEEEEE", linewidth=0.5)
    axes.set_axisbelow(True)


def _draw_effect(axes: Axes, place: int, row: dict[str, Any], limit: float) -> None:
    value, low, high = (number(row, f"effect_{end}") for end in ("value", "low", "high"))
    if math.isnan(value):
        return
    marked = number(row, "q") < SIGNIFICANT
    colour = BLUE if marked else GREY
    if not (math.isnan(low) or math.isnan(high)):
        axes.plot([low, high], [place, place], color=colour, linewidth=1.4 if marked else 0.7)
    shape = "o" if row.get("effect") == _PAIRED_D else "s"
    if abs(value) > limit:
        shape = ">" if value > 0 else "<"
    axes.plot(
        [min(max(value, -limit), limit)],
        [place],
        color=colour,
        marker=shape,
        markersize=3.2,
        markerfacecolor=colour if marked else "white",
        markeredgewidth=0.7,
        linestyle="",
        clip_on=False,
    )


def _heading(name: str, rows: dict[str, dict[str, Any]]) -> str:
    marked = sum(number(row, "q") < SIGNIFICANT for row in rows.values())
    return f"{label(name, 10)}\n{marked} of {len(rows)}"


def _called(name: str) -> str:
    family, _, rest = name.removeprefix(_FIRST).partition("_")
    if name.startswith(_FIRST) or not rest:
        return label(name.removeprefix(_FIRST).replace("_", " "))
    return label(f"{family.upper()} {rest.replace('_', ' ')}")


def _notes(table: _Table, limit: float) -> tuple[str, ...]:
    effects = [number(row, "effect_value") for rows in table.values() for row in rows.values()]
    undefined = sum(math.isnan(effect) for effect in effects)
    beyond = sum(abs(effect) > limit for effect in effects)
    return (
        "Right of 0: larger in progression. Circle: paired d; square: matched rank-biserial "
        "correlation (-1 to 1); bar: 95 % interval, cut at the frame. Filled: false discovery rate "
        "among all features below 0.05, counted below the name of the map. Sorted by the smallest "
        "p of any map.",
        f"Arrows: {beyond} beyond the frame." if beyond else "",
        f"Not defined, so not drawn: {undefined} of {len(effects)}." if undefined else "",
    )
