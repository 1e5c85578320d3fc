"""What commands show: progress with counts, and a summary at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from gliofront import RESEARCH_ONLY
from gliofront.foundation.errors import UsageRefused
from gliofront.foundation.findings import Finding, Level

_LOG_SECONDS = 30.0

console = Console(highlight=False, soft_wrap=True)


def refuse_filled(out: Path) -> None:
    """Refuse an output folder that holds something, so that nothing of the user's is lost."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageRefused(out, "the output folder is not empty", "name a new folder")


class Counter:
    """A bar of one kind of work: called with the name of each case, it counts it.

    In a log each case is a line.
    """

    def __init__(self, bar: Progress, task: TaskID, *, live: bool, quiet: bool) -> None:
        """Begin at no case."""
        self._bar, self._task, self._live, self._quiet = bar, task, live, quiet
        self._said_at = time.monotonic()

    def __call__(self, now: str) -> None:
        """Count a case and show its name."""
        self._bar.update(self._task, advance=1, now=escape(now))
        self._log(now)

    def show(self, now: str) -> None:
        """Show how far the case at hand is; in a log, not more often than each half minute."""
        self._bar.update(self._task, now=escape(now))
        if time.monotonic() - self._said_at >= _LOG_SECONDS:
            self._log(now)

    def _log(self, now: str) -> None:
        self._said_at = time.monotonic()
        if not self._live and not self._quiet:
            state = self._bar.tasks[self._task]
            done = f"{state.completed:.0f}/{state.total:.0f}"
            console.print(escape(f"{state.description} {done}: {now}"))


@contextmanager
def track(totals: Mapping[str, int], *, quiet: bool) -> Iterator[list[Counter]]:
    """Show one bar for each kind of work, with the count of its cases; in a log, one line a case.

    Parameters
    ----------
    totals : what is counted, to the number of cases.

    Yields
    ------
    One counter for each bar.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[now]}"),
    )
    live = console.is_terminal and not quiet
    with Progress(*columns, console=console, disable=not live) as bar:
        yield [
            Counter(bar, bar.add_task(what, total=total, now=""), live=live, quiet=quiet)
            for what, total in totals.items()
        ]


class _Speed(ProgressColumn):
    """How many a second, over the last half minute."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s")


@contextmanager
def track_voxels(
    totals: Mapping[str, int], *, quiet: bool
) -> Iterator[list[Callable[[int], None]]]:
    """Show one bar for each thing that is counted in large numbers, with how many a second.

    In a log, one line each tenth of the way.

    Parameters
    ----------
    totals : what is counted, to how many there are.

    Yields
    ------
    One function for each bar, which is told how many more are done.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f}"),
        _Speed(),
        TimeRemainingColumn(),
    )
    live = console.is_terminal and not quiet

    def counter(bar: Progress, task: TaskID) -> Callable[[int], None]:
        def count(more: int) -> None:
            state = bar.tasks[task]
            before = state.percentage // 10
            bar.update(task, advance=more)
            if not live and not quiet and state.percentage // 10 > before:
                console.print(_log_line(state))

        return count

    with Progress(*columns, console=console, disable=not live) as bar:
        yield [counter(bar, bar.add_task(what, total=total)) for what, total in totals.items()]


def _log_line(task: Task) -> str:
    seconds = max(task.elapsed or 0.0, 1e-3)
    rate = task.completed / seconds
    left = (task.remaining or 0.0) / rate
    done = f"{task.description} {task.completed:,.0f}/{task.total or 0:,.0f}"
    return f"{done}, {rate:,.0f}/s, {left:.0f} s left"


def show_findings(findings: Mapping[str, Sequence[Finding]], *, notes: bool = False) -> None:
    """Print the warnings and errors of each patient; the notes too, or only their number."""
    colours = {Level.ERROR: "red", Level.WARNING: "yellow", Level.NOTE: "dim"}
    unsaid = 0
    for patient, seen in findings.items():
        for finding in seen:
            if finding.level is Level.NOTE and not notes:
                unsaid += 1
                continue
            console.print(f"[{colours[finding.level]}]{escape(patient)}: {escape(str(finding))}[/]")
    if unsaid:
        console.print(f"notes (in findings.tsv): {unsaid}")


def show_table(title: str, rows: Sequence[Mapping[str, str]]) -> None:
    """Print rows as a table; the keys of the first row are its columns."""
    if not rows:
        return
    table = Table(title=title, title_justify="left")
    for column in rows[0]:
        table.add_column(column)
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row.values()))
    console.print(table)


def show_end(lines: Sequence[str]) -> None:
    """Print the closing lines: what was made, where, and that it is for research only."""
    for line in lines:
        console.print(escape(line))
    console.print(f"[dim]{RESEARCH_ONLY}[/]")
