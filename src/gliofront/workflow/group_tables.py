"""The tables of the folder ``group`` as far as they are there and whole; what is not is told."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gliofront.cohort.tables import read_table
from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level

GROUP = "group"
_MEND = "make it anew"


@dataclass
class GroupTables:
    """The folder of tables: each is read once, and what is wrong with it told once.

    Parameters
    ----------
    folder : ``OUT/group``.
    findings : files that are absent (notes) or damaged (warnings).
    """

    folder: Path
    findings: list[Finding] = field(default_factory=list)
    _read: dict[str, Any] = field(default_factory=dict)

    def content(self, name: str) -> Any:
        """Return the rows of a table or the mapping of a JSON file; None if there is none."""
        if name not in self._read:
            self._read[name] = self._content(name)
        return self._read[name]

    def content_or_empty(self, name: str) -> Any:
        """Return what `content` does, or an empty table or mapping."""
        empty: Any = {} if name.endswith(".json") else []
        found = self.content(name)
        return empty if found is None else found

    def tell(self, level: Level, code: str, name: str, problem: str, mend: str) -> None:
        """Keep a finding on a file of this folder."""
        self.findings.append(Finding(level, code, f"{GROUP}/{name}", problem, mend))

    def _content(self, name: str) -> Any:
        path = self.folder / name
        if not path.exists():
            mend = "run the step that writes it, if its figure is wanted"
            self.tell(Level.NOTE, "no-table", name, "the file is not there", mend)
            return None
        try:
            return _mapping(path) if path.suffix == ".json" else read_table(path)
        except InputRefused as error:
            self.tell(Level.WARNING, "damaged-table", name, error.problem, _MEND)
        except csv.Error as error:
            self.tell(Level.WARNING, "damaged-table", name, f"it is no table: {error}", _MEND)
        return None


def _mapping(path: Path) -> Mapping[str, object]:
    try:
        tree = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise InputRefused(path, f"the file cannot be read: {error}", _MEND) from error
    if not isinstance(tree, Mapping):
        raise InputRefused(path, "the file holds no mapping", _MEND)
    return tree
