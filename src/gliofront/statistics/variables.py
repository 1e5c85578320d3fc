"""What is known of patients beside their images: the columns of participants.tsv, read as values.

Only columns named here are read: a column unknown to us may hold a name or a date of birth, which
must not turn up in a table that is passed on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from gliofront.foundation.errors import InputRefused
from gliofront.statistics.survival import FollowedTimes

Row = Mapping[str, str]

_EVENTS = {"1": True, "yes": True, "true": True, "0": False, "no": False, "false": False}


class Kind(StrEnum):
    """How a variable is described and tested."""

    NUMBER = "number"
    CATEGORY = "category"
    TIME = "time"


@dataclass(frozen=True)
class Variable:
    """A column of participants.tsv.

    Parameters
    ----------
    column : its name; of a time, a column ``..._event`` beside ``..._days`` may hold 1 where the
        event came and 0 where the patient was last seen without it.
    label : as Table 1 calls it.
    kind, unit : how it is described.
    """

    column: str
    label: str
    kind: Kind
    unit: str = ""

    @property
    def event_column(self) -> str:
        """The column that tells whether the event of a time came."""
        return self.column.removesuffix("_days") + "_event"


VARIABLES = (
    Variable("age", "Age", Kind.NUMBER, "years"),
    Variable("sex", "Sex", Kind.CATEGORY),
    Variable("location", "Tumour location", Kind.CATEGORY),
    Variable("midline_shift_mm", "Midline shift", Kind.NUMBER, "mm"),
    Variable("volume_ml", "Tumour before surgery, as given", Kind.NUMBER, "mL"),
    Variable("enhancing_ml", "Enhancing tumour with necrosis, measured", Kind.NUMBER, "mL"),
    Variable("oedema_ml", "Oedema, measured", Kind.NUMBER, "mL"),
    Variable("progression_ml", "Progression, measured", Kind.NUMBER, "mL"),
    Variable("resection", "Extent of resection", Kind.CATEGORY),
    Variable("pfs_days", "Progression-free survival", Kind.TIME, "days"),
    Variable("os_days", "Overall survival", Kind.TIME, "days"),
    Variable("mgmt", "MGMT promoter", Kind.CATEGORY),
    Variable("idh", "IDH", Kind.CATEGORY),
    Variable("site", "Site", Kind.CATEGORY),
)


def variables_of(rows: Sequence[Row]) -> list[Variable]:
    """Return the variables of which at least one patient has a value, in the order of Table 1."""
    return [v for v in VARIABLES if any(row.get(v.column) for row in rows)]


def check_cells(rows: Sequence[Row]) -> None:
    """Read every number and time once, so that a wrong cell is told before anything is computed.

    Raises
    ------
    InputRefused
        If a cell is not what its column asks for.
    """
    for variable in variables_of(rows):
        if variable.kind is Kind.TIME:
            times_of(rows, variable)
        elif variable.kind is Kind.NUMBER:
            for row in rows:
                number_of(row, variable.column)


def number_of(row: Row, column: str) -> float:
    """Return a cell as a number; NaN if the cell is absent or empty.

    Raises
    ------
    InputRefused
        If it is no finite number.

    >>> number_of({"age": "61.5"}, "age"), number_of({"age": ""}, "age")
    (61.5, nan)
    """
    text = row.get(column, "")
    if not text:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _refusal(row, column, "a number")
    return value


def times_of(rows: Sequence[Row], variable: Variable) -> FollowedTimes:
    """Return the times of the patients in whom the time and its end are known.

    Without a column of events every time ends with the event.

    Raises
    ------
    InputRefused
        If a time is no finite number of 0 or more, or an event is none of 1, 0, yes and no.
    """
    told = any(variable.event_column in row for row in rows)
    days, events = [], []
    for row in rows:
        time = number_of(row, variable.column)
        if time < 0:
            raise _refusal(row, variable.column, "a time of 0 or more")
        event = _event_of(row, variable.event_column) if told else True
        if event is not None and not math.isnan(time):
            days.append(time)
            events.append(event)
    return FollowedTimes(np.array(days, dtype=np.float64), np.array(events, dtype=np.bool_))


def _event_of(row: Row, column: str) -> bool | None:
    text = row.get(column, "")
    if not text:
        return None
    if text.lower() not in _EVENTS:
        raise _refusal(row, column, "1 or 0")
    return _EVENTS[text.lower()]


def _refusal(row: Row, column: str, wanted: str) -> InputRefused:
    patient = row.get("participant_id", "a patient")
    problem = f"{column} is {row[column]!r}, not {wanted}"
    return InputRefused(patient, problem, "mend the cell in participants.tsv, or write n/a")
