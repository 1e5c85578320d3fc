"""Options of every command that does work: where it runs, and what is done again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from gliofront.foundation.errors import UsageRefused

if TYPE_CHECKING:
    from gliofront.workflow.run import How

Workers = Annotated[
    int | None,
    typer.Option("--workers", min=1, max=1024, help="Processes side by side; default: the cores."),
]
WorkerMemory = Annotated[
    str | None,
    typer.Option("--worker-memory", help="Most memory of a worker, such as 4GB."),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler", help="Address of a Dask scheduler to join, such as tcp://HOST:8786."
    ),
]
Slurm = Annotated[
    Path | None,
    typer.Option("--slurm", help="TOML file of a SLURM cluster to start workers on."),
]
Force = Annotated[
    list[str] | None,
    typer.Option("--force", help="Step that is done again, such as features; may be repeated."),
]


def how_to_run(
    workers: int | None,
    worker_memory: str | None,
    scheduler: str | None,
    slurm: Path | None,
    force: Sequence[str] | None,
    *,
    quiet: bool,
) -> How:
    """Return how a run is made; options that contradict each other are refused."""
    from gliofront.cli.console import console
    from gliofront.workflow.cluster import cluster_settings
    from gliofront.workflow.file_steps import STEP_NAMES
    from gliofront.workflow.run import How

    def planned(sentence: str) -> None:
        if not quiet:
            console.print(escape(sentence))

    for name in force or ():
        if name not in STEP_NAMES:
            problem = f"there is no step {name}"
            raise UsageRefused("--force", problem, f"use one of {', '.join(STEP_NAMES)}")
    cluster = cluster_settings(
        workers=workers, worker_memory=worker_memory, scheduler=scheduler, slurm=slurm
    )
    return How(cluster, frozenset(force or ()), planned)
