"""``gliofront study``: a whole cohort, from scans to scores and maps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gliofront.cli.options import Out, Quiet, Scheme, SettingsFile
from gliofront.cli.running import Force, Scheduler, Slurm, WorkerMemory, Workers, how_to_run


def study(
    bids: Annotated[Path, typer.Argument(help="BIDS folder of a cohort.")],
    out: Out,
    settings: SettingsFile = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Seed of everything random.")
    ] = None,
    scheme: Scheme = None,
    workers: Workers = None,
    worker_memory: WorkerMemory = None,
    scheduler: Scheduler = None,
    slurm: Slurm = None,
    force: Force = None,
    quiet: Quiet = False,
) -> int:
    """Prepare a cohort, learn, judge the model in patients held out, draw every patient's map.

    Run it again after an interrupt or with other settings: only what changed is done again.
    """
    from gliofront.cli.inputs import refuse_foreign, refuse_overlap
    from gliofront.cli.study_output import study_and_show
    from gliofront.cohort.layout import read_cohort
    from gliofront.workflow.settings import load_settings, with_intake, with_seed

    how = how_to_run(workers, worker_memory, scheduler, slurm, force, quiet=quiet)
    chosen = with_intake(with_seed(load_settings(settings), seed), label_scheme=scheme)
    refuse_overlap([str(bids)], out)
    refuse_foreign(out)
    patients = read_cohort(bids, scheme=chosen.intake.label_scheme)
    table = bids / "participants.tsv"
    return study_and_show(patients, out, chosen, how, participants=table, quiet=quiet)
