"""The virtual cohort of the demo, recorded like a step: made once, and again if it is not whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import typer

from gliofront.cli.console import track
from gliofront.phantom.cohort import write_cohort
from gliofront.workflow.events import EventLog
from gliofront.workflow.job import GROUP, Job, JobId, Made
from gliofront.workflow.lock import locked
from gliofront.workflow.records import perform

RESOLUTION_MM = 2.0


def _write(*, folder: Path, patients: int, seed: int, progress: Callable[[str], None]) -> Made:
    write_cohort(
        folder, patients=patients, seed=seed, resolution_mm=RESOLUTION_MM, progress=progress
    )
    return Made(tuple(sorted(path for path in folder.rglob("*") if path.is_file())))


def make_virtual_cohort(out: Path, *, patients: int, seed: int, quiet: bool) -> None:
    """Write virtual patients into ``OUT/cohort`` unless they are there already."""
    with locked(out), track({"virtual patients": patients}, quiet=quiet) as (advance,):
        # It also says, should this be interrupted, that the folder is ours.
        log = EventLog(out)
        log.start()
        own = {"folder": out / "cohort", "patients": patients, "seed": seed, "progress": advance}
        settings = {"patients": patients, "seed": seed, "resolution_mm": RESOLUTION_MM}
        job = Job(JobId("virtual-patients", GROUP), _write, own, settings, {})
        result = perform(out, job)
        log.result(result)
        log.end()
    if result.error is not None:
        raise result.error
    if not quiet:
        typer.echo(f"{patients} virtual patients with known progression in {out / 'cohort'}")
