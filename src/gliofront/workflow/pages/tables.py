"""The tables and figures of the folder ``group``, whatever wrote them, for the cohort's page."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from gliofront.cohort.tables import read_table
from gliofront.evaluation.cross_validation import MODEL
from gliofront.foundation.errors import InputRefused
from gliofront.report.page.cohort_page import Gain, NamedTable, Picture
from gliofront.report.page.html import Rows
from gliofront.workflow.figures import FIGURE_NAMES

_LADDER_SCORES = ("auroc", "auprc", "auprc_over_prevalence", "lift")
_NAMED = ("scores", "patients", "coverage")
_FIGURES = (".png", ".svg")


def rows_of(path: Path) -> Rows:
    """Return the rows of a table; none if it is absent, one with the problem if it is damaged."""
    if not path.exists():
        return ()
    try:
        return read_table(path)
    except InputRefused as error:
        return [{"problem": str(error)}]


def headline_of(group: Path) -> str:
    """Return the sentence on skill over distance; empty if the model was not judged."""
    told = _json(group / "skill.json")
    return str(told.get("Headline", "")) if isinstance(told, Mapping) else ""


def gains_of(group: Path) -> tuple[Gain, ...]:
    """Return what the model's plans cover more than margins of the same volume."""
    rows = [row for row in rows_of(group / "coverage.tsv") if row.get("predictor") == MODEL]
    return tuple(
        Gain(
            _number(row.get("margin_mm")),
            _number(row.get("gain")),
            _number(row.get("gain_low")),
            _number(row.get("gain_high")),
            int(_number(row.get("informative", 0)) or 0),
        )
        for row in rows
    )


def ladder_of(group: Path) -> Rows:
    """Return one row a predictor, the model first, with the scores that tell most."""
    found: dict[str, dict[str, object]] = {}
    for row in rows_of(group / "scores.tsv"):
        if row.get("score") in _LADDER_SCORES:
            predictor = str(row.get("predictor", ""))
            found.setdefault(predictor, {"predictor": predictor})[str(row["score"])] = _mean(row)
    return tuple(sorted(found.values(), key=lambda row: row["predictor"] != MODEL))


def leakage_of(group: Path) -> Rows:
    """Return the table of the leakage laboratory."""
    return tuple(row for path in sorted(group.glob("leakage*.tsv")) for row in rows_of(path))


def other_tables(group: Path) -> tuple[NamedTable, ...]:
    """Return every table that has no place of its own, by name."""
    paths = sorted(group.glob("*.tsv"))
    shown = [p for p in paths if p.stem not in _NAMED and not p.stem.startswith("leakage")]
    coverage = [NamedTable("Coverage", rows)] if (rows := rows_of(group / "coverage.tsv")) else []
    return (*coverage, *(NamedTable(_title(path), rows_of(path)) for path in shown))


def other_facts(group: Path) -> tuple[NamedTable, ...]:
    """Return every JSON file that is no dictionary of a table and has no place of its own."""
    paths = [p for p in sorted(group.glob("*.json")) if p.stem != "skill"]
    shown = [path for path in paths if not path.with_suffix(".tsv").exists()]
    tables = []
    for path in shown:
        facts = flat(_json(path))
        rows = [{"what": name, "value": value} for name, value in facts.items()]
        tables.append(NamedTable(_title(path), rows))
    return tuple(tables)


def figures_of(group: Path) -> tuple[Picture, ...]:
    """Return the figures in the order of `FIGURE_NAMES`, others by name after them.

    Of one that is there as PNG and as SVG, the SVG alone.
    """
    paths = [path for path in sorted(group.rglob("*")) if path.suffix in _FIGURES]
    shown = [p for p in paths if p.suffix == ".svg" or p.with_suffix(".svg") not in paths]
    rank = {name: place for place, name in enumerate(FIGURE_NAMES)}
    shown.sort(key=lambda path: rank.get(path.stem, len(rank)))
    return tuple(Picture(path.read_bytes(), _title(path)) for path in shown)


def flat(tree: object, above: str = "") -> dict[str, object]:
    """Return a tree of mappings as one mapping, names joined by dots.

    >>> flat({"a": {"b": 1}, "c": [1, 2]})
    {'a.b': 1, 'c': '1, 2'}
    """
    if isinstance(tree, Mapping):
        found: dict[str, object] = {}
        for name, value in tree.items():
            found |= flat(value, f"{above}.{name}" if above else str(name))
        return found
    if isinstance(tree, Sequence) and not isinstance(tree, str):
        return {above: ", ".join(str(value) for value in tree)}
    return {above: tree}


def _json(path: Path) -> object:
    """Return what a JSON file holds; nothing if it is absent, the problem if it is damaged."""
    if not path.exists():
        return {}
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        return {"problem": f"{path.name} cannot be read: {error}"}


def _title(path: Path) -> str:
    words = path.stem.replace("_", " ").replace("-", " ").capitalize()
    return re.sub(r"\broc\b", "ROC", words, flags=re.IGNORECASE)


def _number(cell: object) -> float:
    try:
        return float(str(cell))
    except ValueError:
        return math.nan


def _mean(row: Mapping[str, object]) -> str:
    mean, low, high = (_number(row.get(name)) for name in ("mean", "low", "high"))
    if math.isnan(mean):
        return "undefined"
    return f"{mean:.3f}" if math.isnan(low) else f"{mean:.3f} ({low:.3f} to {high:.3f})"
