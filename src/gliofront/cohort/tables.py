"""Tab-separated tables, as BIDS has them: read into rows, and written from rows."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from gliofront.foundation.errors import InputRefused

MISSING = "n/a"


def read_table(path: Path) -> list[Mapping[str, str]]:
    """Read a table into one mapping a row; ``n/a`` becomes an empty string."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        problem = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise InputRefused(path, f"the table cannot be read: {problem}", "mend it") from error
    rows: list[Mapping[str, str]] = []
    for row in csv.DictReader(io.StringIO(text), delimiter="\t", strict=True):
        if None in row or None in row.values():
            raise InputRefused(path, f"row {len(rows) + 1} has another number of cells", "mend it")
        rows.append({key: "" if cell == MISSING else cell for key, cell in row.items()})
    return rows


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def table_text(rows: Sequence[Mapping[str, object]]) -> str:
    r"""Return rows as tab-separated text; None and NaN become ``n/a``.

    >>> table_text([{"a": 1, "b": float("nan")}])
    'a\tb\n1\tn/a\n'
    """
    out = io.StringIO()
    columns = list(dict.fromkeys(key for row in rows for key in row))
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(c)) for c in columns] for row in rows)
    return out.getvalue()
