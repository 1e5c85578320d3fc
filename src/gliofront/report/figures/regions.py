"""Maps in regions, a panel a map: the paper's Figure 2 for a study's own patients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from gliofront.report.figures.brackets import Bracket, draw_brackets, stars
from gliofront.report.figures.cells import Rows, label, number, patients_told
from gliofront.report.figures.sheet import framed, lone_sentence, say, sheet
from gliofront.report.figures.style import BLUE, PALE, VERMILLION, house_style

_TITLE = "Maps before surgery in tumour, progression, non-progression and normal white matter"
_MAPS = ("ADC", "FA", "FLAIR", "p", "q", "rCBV", "T1C")
_PROGRESSION = "progression"
_FIRST, _LAST = ("enhancing", _PROGRESSION), ("NAWM",)
_COLUMNS, _PANEL_MM = 3, 52.0


@dataclass(frozen=True, eq=False)
class _Panel:
    """Means of a map: one row a patient, one column a region, NaN where unknown."""

    name: str
    unit: str
    regions: tuple[str, ...]
    means: NDArray[np.float64]
    brackets: tuple[Bracket, ...]

    @property
    def patients(self) -> int:
        """Number of patients with a mean anywhere."""
        return int(np.isfinite(self.means).any(axis=1).sum())


@house_style()
def draw_regions(regions: Rows, tests: Rows) -> Figure:
    """Draw every map in every region: a line a patient, mean and standard deviation over patients.

    Parameters
    ----------
    regions : ``group/regions.tsv``.
    tests : ``group/region_tests.tsv``; brackets join progression and the regions from which it
        differs at a false discovery rate below 5 %.
    """
    panels = [_panel(name, regions, tests) for name in _maps(regions)]
    if not panels:
        return lone_sentence(_TITLE, "No map was measured in any region.")
    lines = math.ceil(len(panels) / _COLUMNS)
    figure = sheet(lines * _PANEL_MM)
    for place, panel in enumerate(panels):
        _draw_panel(figure.add_subplot(lines, _COLUMNS, place + 1), panel, place)
    notes = (
        "Grey lines: patients; marks and bars: mean and standard deviation over patients.",
        "NP: non-progression, by distance from the enhancing tumour (Enh.) in mm.",
        "Brackets: progression (Prog.) against a region, paired; false discovery rate q: "
        "* < 0.05, ** < 0.01, *** < 0.001; no bracket: not below 0.05, or not tested.",
        _empty_note(panels),
    )
    return framed(figure, _TITLE, patients_told([float(p.patients) for p in panels]), notes)


def _maps(rows: Rows) -> list[str]:
    """Return the names of the maps: those of the paper in its order, then the others."""
    there = list(dict.fromkeys(str(row.get("map")) for row in rows))
    return [*(n for n in _MAPS if n in there), *(n for n in there if n not in _MAPS)]


def _panel(name: str, rows: Rows, tests: Rows) -> _Panel:
    own = [row for row in rows if str(row.get("map")) == name]
    regions = _ordered([str(row.get("region")) for row in own])
    patients = list(dict.fromkeys(str(row.get("patient")) for row in own))
    means = np.full((len(patients), len(regions)), np.nan)
    for row in own:
        place = patients.index(str(row.get("patient"))), regions.index(str(row.get("region")))
        means[place] = number(row, "mean")
    tested = [row for row in tests if str(row.get("map")) == name]
    brackets = _brackets(tested, regions)
    return _Panel(name, str(own[0].get("unit") or ""), regions, means, brackets)


def _ordered(regions: Sequence[str]) -> tuple[str, ...]:
    known = dict.fromkeys(regions)
    between = (name for name in known if name not in (*_FIRST, *_LAST))
    first, last = ((name for name in names if name in known) for names in (_FIRST, _LAST))
    return (*first, *between, *last)


def _brackets(tests: Rows, regions: tuple[str, ...]) -> tuple[Bracket, ...]:
    found = []
    for row in tests:
        pair = {str(row.get("first")), str(row.get("second"))}
        mark = stars(number(row, "q"))
        if mark and _PROGRESSION in pair and pair <= set(regions) and len(pair) == 2:
            left, right = sorted(regions.index(name) for name in pair)
            found.append(Bracket(left, right, mark))
    return tuple(found)


def _draw_panel(axes: Axes, panel: _Panel, place: int) -> None:
    unit = f", {label(panel.unit, 12)}" if panel.unit else ""
    letter = chr(ord("A") + place) if place < 26 else ""
    axes.set_title(f"{letter}  {label(panel.name, 14)}{unit} (n = {panel.patients})")
    if not panel.patients:
        say(axes, "No value in any patient.")
        return
    where = np.arange(len(panel.regions))
    for row in panel.means:
        axes.plot(where, row, color=PALE, linewidth=0.5, marker=".", markersize=1.5, zorder=1)
    for column, region in enumerate(panel.regions):
        _draw_mean(axes, column, panel.means[:, column], strong=region == _PROGRESSION)
    axes.set_xticks(where, [_short(name) for name in panel.regions], rotation=45, ha="right")
    axes.ticklabel_format(axis="y", scilimits=(-2, 4))
    # On the right, so that the power of ten stands beside the title and not on it.
    axes.yaxis.set_offset_position("right")
    draw_brackets(axes, panel.brackets)


def _draw_mean(axes: Axes, column: int, values: NDArray[np.float64], *, strong: bool) -> None:
    known = values[np.isfinite(values)]
    if not known.size:
        return
    spread = float(known.std(ddof=1)) if known.size > 1 else math.nan
    colour, marker = (VERMILLION, "s") if strong else (BLUE, "o")
    mean = float(known.mean())
    axes.errorbar(
        [column], [mean], yerr=[spread], fmt=marker, color=colour, markersize=4, capsize=2, zorder=3
    )


def _short(region: str) -> str:
    named = {"enhancing": "Enh.", _PROGRESSION: "Prog."}
    return named.get(region, label(region.replace("non-progression", "NP").removesuffix(" mm"), 14))


def _empty_note(panels: Sequence[_Panel]) -> str:
    empty = [
        f"{label(panel.name, 14)} in {_short(region)}"
        for panel in panels
        if panel.patients
        for column, region in enumerate(panel.regions)
        if not np.isfinite(panel.means[:, column]).any()
    ]
    return f"Without a value in any patient, so not drawn: {', '.join(empty)}." if empty else ""
