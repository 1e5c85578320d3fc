"""Table 1: what the patients of both partitions are like, and whether they differ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gliofront.statistics.comparison import Comparison
from gliofront.statistics.survival import log_rank, median_survival
from gliofront.statistics.two_groups import compare_categories, compare_numbers
from gliofront.statistics.variables import Kind, Row, Variable, number_of, times_of, variables_of

PARTITIONS = ("train", "external")
TableRow = dict[str, str | int | float]


def table_one(rows: Sequence[Row]) -> list[TableRow]:
    """Return the table: a row a variable with its test, below it a row each of its categories.

    Numbers are mean ± standard deviation (range), categories counts with their share of the
    patients in whom it is known, times Kaplan-Meier medians (95 % interval) with a log-rank test.

    Parameters
    ----------
    rows : one a patient, with the column ``partition``; other columns are those of
        `gliofront.statistics.variables.VARIABLES`, where there.

    Raises
    ------
    InputRefused
        If a cell is not what its column asks for.

    >>> people = [("train", "61"), ("train", "49"), ("external", "70"), ("external", "66")]
    >>> found = table_one([{"partition": part, "age": age} for part, age in people])
    >>> [(row["variable"], row["train"], row["external"]) for row in found]
    [('Patients', '2', '2'), ('Age', '55.0 ± 8.5 (49.0 to 61.0)', '68.0 ± 2.8 (66.0 to 70.0)')]
    """
    groups = tuple([row for row in rows if row["partition"] == part] for part in PARTITIONS)
    found: list[TableRow] = [_plain("Patients", "", [str(len(group)) for group in groups])]
    for variable in variables_of(rows):
        found += _DESCRIBED[variable.kind](variable, *groups)
    return found


def _plain(name: str, level: str, cells: Sequence[str], unit: str = "") -> TableRow:
    texts = dict(zip(PARTITIONS, cells, strict=True))
    return {"variable": name, "level": level, "unit": unit, **texts}


def _tested(variable: Variable, cells: Sequence[str], found: Comparison) -> TableRow:
    known = {f"known_{part}": n for part, n in zip(PARTITIONS, found.n, strict=True)}
    row = _plain(variable.label, "", cells, variable.unit)
    return {**row, **known, **found.cells, "reason": found.reason}


def _number(variable: Variable, first: Sequence[Row], second: Sequence[Row]) -> list[TableRow]:
    groups = [
        np.array([number_of(row, variable.column) for row in group], dtype=np.float64)
        for group in (first, second)
    ]
    return [_tested(variable, [_number_text(g) for g in groups], compare_numbers(*groups))]


def _number_text(values: NDArray[np.float64]) -> str:
    known = values[~np.isnan(values)]
    if not known.size:
        return "n/a"
    spread = f"{known.std(ddof=1):.1f}" if known.size > 1 else "n/a"
    return f"{known.mean():.1f} ± {spread} ({known.min():.1f} to {known.max():.1f})"


def _category(variable: Variable, first: Sequence[Row], second: Sequence[Row]) -> list[TableRow]:
    groups = [[row.get(variable.column, "") for row in group] for group in (first, second)]
    found = compare_categories(*groups)
    levels = sorted({value for group in groups for value in group if value})
    texts = [[_share_text(group, level) for group in groups] for level in levels]
    rows = [
        _plain(variable.label, level, cells) for level, cells in zip(levels, texts, strict=True)
    ]
    return [_tested(variable, ["", ""], found), *rows]


def _share_text(group: Sequence[str], level: str) -> str:
    known = sum(bool(value) for value in group)
    return f"{group.count(level)} ({group.count(level) / known:.0%})" if known else "n/a"


def _time(variable: Variable, first: Sequence[Row], second: Sequence[Row]) -> list[TableRow]:
    groups = [times_of(group, variable) for group in (first, second)]
    return [_tested(variable, [str(median_survival(g)) for g in groups], log_rank(*groups))]


_DESCRIBED = {Kind.NUMBER: _number, Kind.CATEGORY: _category, Kind.TIME: _time}
