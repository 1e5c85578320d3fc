"""Brackets with stars above a panel, stacked so that none crosses another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes

from gliofront.report.figures.style import BLACK

_LEVELS = ((0.001, "***"), (0.01, "**"), (0.05, "*"))
# Of the height of the values: from one bracket to the next, and the length of its feet.
_STEP, _FOOT = 0.11, 0.02


class Bracket(NamedTuple):
    """Two columns that differ, the left one first, and what stands above the line."""

    left: int
    right: int
    mark: str


def stars(q: float) -> str:
    """Return the stars of a false discovery rate; none from 5 % on, or where it is undefined.

    >>> stars(0.0004), stars(0.03), stars(0.05), stars(float("nan"))
    ('***', '*', '', '')
    """
    return next((mark for level, mark in _LEVELS if q < level), "")


def draw_brackets(axes: Axes, brackets: Sequence[Bracket]) -> None:
    """Draw brackets above everything that a panel holds by now, the shortest lowest."""
    bottom, top = axes.get_ylim()
    high = top - bottom
    for level, one in enumerate(sorted(brackets, key=lambda b: (b.right - b.left, b.left))):
        line = top + _STEP * high * (level + 0.2)
        ends = [line - _FOOT * high, line, line, line - _FOOT * high]
        columns = [one.left, one.left, one.right, one.right]
        axes.plot(columns, ends, color=BLACK, linewidth=0.6, gid="bracket")
        # A star hangs high above its baseline: lowered, it stands between two lines.
        lowered: dict[str, Any] = {
            "xytext": (0, -1.0),
            "textcoords": "offset points",
            "va": "baseline",
        }
        axes.annotate(one.mark, ((one.left + one.right) / 2, line), ha="center", **lowered)
    axes.set_ylim(bottom, top + _STEP * high * (len(brackets) + 0.3 * bool(brackets)))
