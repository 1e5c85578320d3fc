"""The figures of a study, drawn from the tables of its folder ``group``, and Tables 1 and 2."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from gliofront.cohort.tables import table_text
from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level
from gliofront.image.writing import write_bytes, write_text
from gliofront.report.figures.coverage import draw_coverage
from gliofront.report.figures.decision import draw_decision
from gliofront.report.figures.features import draw_features
from gliofront.report.figures.ladder import draw_ladder
from gliofront.report.figures.leakage import draw_leakage
from gliofront.report.figures.modalities import draw_modalities
from gliofront.report.figures.regions import draw_regions
from gliofront.report.figures.reliability import draw_reliability
from gliofront.report.figures.roc import draw_roc
from gliofront.report.figures.sheet import png_bytes, settle, svg_bytes
from gliofront.report.figures.skill import draw_skill
from gliofront.report.figures.table_one import table_one_markdown
from gliofront.report.figures.table_two import table_two_markdown, table_two_rows
from gliofront.workflow.group_tables import GROUP, GroupTables
from gliofront.workflow.lock import locked

FIGURES, TABLE_TWO = Path(GROUP, "figures"), "table2.tsv"
_TABLE_ONE = "table1.tsv"
_EXTERNAL = "external_"
_SCORES = "scores.tsv"


@dataclass(frozen=True)
class _Kind:
    """A figure: what it is called, the files it is drawn from (the first is needed), and how."""

    name: str
    files: tuple[str, ...]
    draw: Callable[..., Figure]


# Of the patients held out in turn.
_OF_SCORES = (
    _Kind("ladder", (_SCORES,), draw_ladder),
    _Kind("skill", ("patients.tsv", "skill.json"), draw_skill),
    _Kind("roc", ("roc.tsv", "precision_recall.tsv"), draw_roc),
    _Kind("coverage_curves", ("coverage_curves.tsv", "coverage.tsv"), draw_coverage),
    _Kind("reliability", ("reliability.tsv", "calibration.tsv"), draw_reliability),
    _Kind("decision_curves", ("decision_curves.tsv",), draw_decision),
    _Kind("modalities", ("modalities.tsv",), draw_modalities),
)
_OF_EXTERNAL = tuple(
    _Kind(f"{_EXTERNAL}{kind.name}", tuple(f"{_EXTERNAL}{n}" for n in kind.files), kind.draw)
    for kind in _OF_SCORES
)
_OF_STUDY = (
    _Kind("regions", ("regions.tsv", "region_tests.tsv"), draw_regions),
    _Kind("features_first_order", ("feature_tests.tsv",), partial(draw_features, order="first")),
    _Kind("features_second_order", ("feature_tests.tsv",), partial(draw_features, order="second")),
    _Kind("leakage", ("leakage.tsv", "leakage.json"), draw_leakage),
)


FIGURE_NAMES = tuple(kind.name for kind in (*_OF_SCORES, *_OF_STUDY, *_OF_EXTERNAL))
"""Every figure, in the order in which a reader wants them."""


@dataclass(frozen=True)
class DrawnFigures:
    """What was drawn.

    Parameters
    ----------
    files : figures, each as SVG and PNG, and Tables 1 and 2.
    findings : tables that are absent (notes) or damaged, and figures that could not be drawn.
    """

    files: tuple[Path, ...]
    findings: tuple[Finding, ...]


def draw_figures(out: Path) -> DrawnFigures:
    """Draw every figure whose table is there, and Tables 1 and 2, into ``OUT/group``.

    Those of external patients come only where there are any. A table that is absent or damaged is
    told and stops nothing; the figure that an earlier run drew from it is deleted. The same tables
    give the same bytes.

    Parameters
    ----------
    out : output folder of a study.

    Raises
    ------
    InputRefused
        If a file cannot be written.
    UsageRefused
        If a run works in the folder.
    """
    group = GroupTables(out / GROUP)
    with locked(out):
        files = [path for kind in _kinds(group) for path in _drawn(group, kind)]
        files += [*_table_one(group), *_table_two(group)]
    return DrawnFigures(tuple(files), tuple(group.findings))


def _kinds(group: GroupTables) -> list[_Kind]:
    """Return the figures to draw; those of external patients are deleted where there are none."""
    if _has_external(group):
        return [*_OF_STUDY, *_OF_SCORES, *_OF_EXTERNAL]
    for kind in _OF_EXTERNAL:
        _forget(_paths(group, kind))
    return [*_OF_STUDY, *_OF_SCORES]


def _has_external(group: GroupTables) -> bool:
    return (group.folder / f"{_EXTERNAL}{_SCORES}").exists()


def _paths(group: GroupTables, kind: _Kind) -> list[Path]:
    return [group.folder / FIGURES.name / f"{kind.name}{end}" for end in (".svg", ".png")]


def _drawn(group: GroupTables, kind: _Kind) -> list[Path]:
    paths = _paths(group, kind)
    first, *others = kind.files
    contents = [group.content(first), *(group.content_or_empty(name) for name in others)]
    if contents[0] is None:
        return _forget(paths)
    try:
        figure = kind.draw(*contents)
        settle(figure)
        made = (svg_bytes(figure), png_bytes(figure))
    except Exception as error:  # one figure must not stop the others
        problem = f"a fault of gliofront: {type(error).__name__}: {error}"
        name = f"{FIGURES.name}/{kind.name}"
        group.tell(Level.WARNING, "fault", name, problem, "report it to the developers")
        return _forget(paths)
    for path, data in zip(paths, made, strict=True):
        write_bytes(path, data)
    return paths


def _forget(paths: list[Path]) -> list[Path]:
    """Delete what an earlier run drew: it would no longer agree with the tables."""
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            problem = f"the figure of an earlier run cannot be deleted ({reason})"
            raise InputRefused(path, problem, "delete it") from error
    return []


def _table_one(group: GroupTables) -> list[Path]:
    path = group.folder / FIGURES.name / "table1.md"
    rows = group.content_or_empty(_TABLE_ONE)
    if not rows:
        return _forget([path])
    write_text(path, table_one_markdown(rows))
    return [path]


def _table_two(group: GroupTables) -> list[Path]:
    paths = [group.folder / TABLE_TWO, group.folder / FIGURES.name / "table2.md"]
    external = group.content_or_empty(f"{_EXTERNAL}{_SCORES}") if _has_external(group) else []
    rows = table_two_rows(group.content_or_empty(_SCORES), external)
    if not rows:
        return _forget(paths)
    write_text(paths[0], table_text([{n: cell or None for n, cell in row.items()} for row in rows]))
    write_text(paths[1], table_two_markdown(rows))
    return paths
