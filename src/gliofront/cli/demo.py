"""``gliofront demo``: a virtual cohort and a whole study of it."""

from __future__ import annotations

from typing import Annotated

import typer

from gliofront.cli.options import Out, Quiet, Seed
from gliofront.cli.running import WorkerMemory, Workers, how_to_run

_PATIENTS, _QUICK_PATIENTS = 12, 6


def demo(
    out: Out,
    patients: Annotated[
        int | None,
        typer.Option("--patients", min=6, max=200, help="Default: 12, or 6 with --quick."),
    ] = None,
    seed: Seed = 1,
    quick: Annotated[
        bool, typer.Option("--quick", help="Coarser images and a coarser grid, for a first look.")
    ] = False,
    workers: Workers = None,
    worker_memory: WorkerMemory = None,
    quiet: Quiet = False,
) -> int:
    """Make virtual patients with raw scans in OUT/cohort and study them in OUT/study.

    Nothing is downloaded. Every third patient is of an outside site, which is never learned from.
    """
    from gliofront.cli.console import console, track
    from gliofront.cli.inputs import refuse_foreign
    from gliofront.cli.study_output import study_and_show
    from gliofront.cli.virtual_cohort import VirtualCohort, make_virtual_cohort
    from gliofront.cohort.layout import read_cohort
    from gliofront.workflow.settings import StudySettings, quick_look, with_seed

    how = how_to_run(workers, worker_memory, None, None, None, quiet=quiet)
    refuse_foreign(out)
    count = patients or (_QUICK_PATIENTS if quick else _PATIENTS)
    cohort = VirtualCohort(count, seed, resolution_mm=3.0 if quick else 2.0)
    with track({"virtual patients": count}, quiet=quiet) as (made,):
        folder = make_virtual_cohort(out, cohort, how, made)
    if not quiet:
        console.print(f"{count} virtual patients with raw scans and known progression in {folder}")
    settings = with_seed(quick_look(StudySettings()) if quick else StudySettings(), seed)
    table = folder / "participants.tsv"
    return study_and_show(
        read_cohort(folder), out / "study", settings, how, participants=table, quiet=quiet
    )
