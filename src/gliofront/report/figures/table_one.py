"""Table 1 of the paper in its form, for a study's own patients."""

from __future__ import annotations

import math
from collections.abc import Mapping

from gliofront import RESEARCH_ONLY
from gliofront.report.figures.cells import Rows, label, markdown_line, number

_HEAD = ("", "Training group", "External group", "p-value", "test")
_CAPTION = (
    "Table 1. Characteristics of the patients: mean ± standard deviation (range), counts (share of "
    "the patients in whom it is known), Kaplan-Meier medians (95 % interval). The p-values are not "
    "corrected for their number; effect sizes stand in table1.tsv."
)


def table_one_markdown(rows: Rows) -> str:
    """Return the table as Markdown, one line a variable and below it one a category.

    Parameters
    ----------
    rows : ``group/table1.tsv``.

    >>> row = {"variable": "Age", "unit": "years", "train": "55 ± 12", "external": "60 ± 9"}
    >>> table_one_markdown([{**row, "p": "0.286", "test": "Welch's t"}]).splitlines()[4]
    "| Age (years) | 55 ± 12 | 60 ± 9 | 0.286 | Welch's t |"
    """
    lines = [
        markdown_line(_HEAD),
        markdown_line(["---"] * len(_HEAD)),
        *(markdown_line(_cells(row)) for row in rows),
    ]
    return "\n".join([_CAPTION, "", *lines, "", RESEARCH_ONLY, ""])


def _cells(row: Mapping[str, object]) -> list[str]:
    level = _text(row, "level")
    unit = _text(row, "unit")
    name = f"– {level}" if level else _text(row, "variable")
    name += f" ({unit})" if unit and not level else ""
    tested = "" if math.isnan(number(row, "p")) else _p(number(row, "p"))
    return [name, _text(row, "train"), _text(row, "external"), tested, _text(row, "test")]


def _text(row: Mapping[str, object], column: str) -> str:
    value = row.get(column)
    return label(value) if value else ""


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
