"""``gliofront train``: a model from patients that are prepared already."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from gliofront.cli.options import Quiet, SettingsFile
from gliofront.cli.running import Force, Scheduler, Slurm, WorkerMemory, Workers, how_to_run


def train(
    out: Annotated[Path, typer.Argument(help="Output folder of prepare and features, or study.")],
    kind: Annotated[
        str | None,
        typer.Option(
            "--model",
            help="Kind of model: boosted, network (the paper's), logistic, mixture (distance and "
            "texture), ensemble, or unet (needs gliofront[deep]).",
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", help="Name of its folder; the kind if not given."),
    ] = None,
    settings: SettingsFile = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Seed of everything random.")
    ] = None,
    workers: Workers = None,
    worker_memory: WorkerMemory = None,
    scheduler: Scheduler = None,
    slurm: Slurm = None,
    force: Force = None,
    quiet: Quiet = False,
) -> int:
    """Learn from prepared patients, and judge the model in patients held out in turn.

    Settings that made the patients stay; --settings changes learning and evaluation only. A folder
    holds one model and its scores: those that are there give way. Copy the folder to keep both.

    Example: gliofront train OUT --model mixture
    """
    from gliofront.cli.console import show_end, show_table, track
    from gliofront.cli.study_output import score_rows
    from gliofront.workflow.prepared_features import prepared_patients
    from gliofront.workflow.settings import with_seed
    from gliofront.workflow.study import learning_steps
    from gliofront.workflow.train import learning_settings, train_prepared

    how = how_to_run(workers, worker_memory, scheduler, slurm, force, quiet=quiet)
    chosen = with_seed(learning_settings(out, settings, kind, name), seed)
    steps = learning_steps(prepared_patients(out), chosen)
    with track({"learn": steps}, quiet=quiet) as (told,):
        learned = train_prepared(out, chosen, told, replace(how, fitting=told.show))
    rows = score_rows(learned.summary)
    show_table("Patients held out in turn: mean over patients (95 % interval)", rows)
    if learned.external is not None:
        show_table("External patients", score_rows(learned.external))
    show_end(
        [
            learned.summary.headline,
            f"model: {learned.model}; its card says what it is worth and what it is not for",
            f"scores: {out / 'group'}",
        ]
    )
    return 0
