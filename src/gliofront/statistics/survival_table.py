"""Progression-free and overall survival of a cohort, in all and by partition."""

from __future__ import annotations

from collections.abc import Sequence

from gliofront.statistics.survival import MedianSurvival, log_rank, median_survival
from gliofront.statistics.table_one import PARTITIONS, TableRow
from gliofront.statistics.variables import Kind, Row, Variable, times_of, variables_of


def survival_table(rows: Sequence[Row]) -> list[TableRow]:
    """Return, for each time that is known, a row for all, one a partition, and their log-rank test.

    Parameters
    ----------
    rows : see `gliofront.statistics.table_one.table_one`.

    Raises
    ------
    InputRefused
        If a cell is not what its column asks for.

    >>> days = {"train": (200, 300, 420), "external": (90, 180, 230)}
    >>> people = [{"partition": p, "os_days": str(d)} for p in days for d in days[p]]
    >>> for row in survival_table(people)[:3]:
    ...     print(row["group"], row["events"], row["median_days"])
    all 6 200.0
    train 3 300.0
    external 3 180.0
    """
    times = [variable for variable in variables_of(rows) if variable.kind is Kind.TIME]
    return [row for variable in times for row in _of_variable(rows, variable)]


def _of_variable(rows: Sequence[Row], variable: Variable) -> list[TableRow]:
    groups = {part: [row for row in rows if row["partition"] == part] for part in PARTITIONS}
    times = {name: times_of(group, variable) for name, group in {"all": rows, **groups}.items()}
    found: list[TableRow] = [
        {"outcome": variable.column, "group": name, **_median_cells(median_survival(followed))}
        for name, followed in times.items()
    ]
    test = log_rank(*(times[part] for part in PARTITIONS))
    compared: TableRow = {
        "outcome": variable.column,
        "group": " against ".join(PARTITIONS),
        "patients": sum(test.n),
        **test.cells,
        "reason": test.reason,
    }
    return [*found, compared]


def _median_cells(median: MedianSurvival) -> TableRow:
    return {
        "patients": median.patients,
        "events": median.events,
        "median_days": median.days,
        "low_days": median.low,
        "high_days": median.high,
        "reason": median.reason,
    }
