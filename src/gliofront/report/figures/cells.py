"""Cells of tables as numbers and as text to draw; what is undefined is NaN, never 0."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from gliofront.report.page.html import visible

Rows = Sequence[Mapping[str, object]]

_LONGEST = 44


def number(row: Mapping[str, object], column: str) -> float:
    """Return a cell as a finite number; NaN if it is absent, empty, infinite or no number.

    >>> number({"mean": "0.5"}, "mean"), number({"mean": ""}, "mean"), number({}, "mean")
    (0.5, nan, nan)
    """
    try:
        found = float(str(row.get(column)))
    except ValueError:
        return math.nan
    return found if math.isfinite(found) else math.nan


def label(value: object, longest: int = _LONGEST) -> str:
    """Return a name as one short line, with a mark for each character that hides others.

    >>> label("a  long" + chr(10) + "name", 8)
    'a long …'
    """
    line = " ".join(visible(str(value)).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def markdown_line(cells: Sequence[object]) -> str:
    """Return a row of a Markdown table; what a cell holds is text, whatever it looks like.

    >>> print(markdown_line(["a|b", "<i>", "[x](y)"]))
    | a\\|b | \\<i\\> | [x]\\(y) |
    """
    marks = re.compile(r"[\\|<>&*`~]|(?<=\])\(")
    texts = [marks.sub(r"\\\g<0>", label(cell, 60)) for cell in cells]
    return f"| {' | '.join(texts)} |"


def branch(tree: Mapping[str, object], *names: str) -> Mapping[str, object]:
    """Return the mapping below some names; an empty one if there is none.

    >>> branch({"a": {"b": {"c": 1}}}, "a", "b"), branch({"a": 1}, "a", "b")
    ({'c': 1}, {})
    """
    for name in names:
        below = tree.get(name)
        tree = below if isinstance(below, Mapping) else {}
    return tree


def count_range(counts: Sequence[float]) -> str:
    """Return the fewest and the most of some counts; nothing if none is known.

    >>> count_range([9.0, 12.0, math.nan]), count_range([3.0]), count_range([])
    ('9 to 12', '3', '')
    """
    known = sorted({int(count) for count in counts if not math.isnan(count)})
    return " to ".join(str(count) for count in (known[:1] + known[1:][-1:]))


def patients_told(counts: Sequence[float]) -> str:
    """Return the number of patients in words, from the counts of the values shown.

    >>> patients_told([9.0, 12.0]), patients_told([])
    ('n = 9 to 12 patients', 'the number of patients is not known')
    """
    known = count_range(counts)
    if not known:
        return "the number of patients is not known"
    return f"n = {known} patient{'' if known == '1' else 's'}"
