"""``gliofront prepare``: scans become aligned maps and regions, and nothing is learned."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gliofront.cli.options import Out, Quiet, Scheme, SettingsFile
from gliofront.cli.running import Force, Scheduler, Slurm, WorkerMemory, Workers, how_to_run


def prepare(
    bids: Annotated[Path, typer.Argument(help="BIDS folder of a cohort.")],
    out: Out,
    settings: SettingsFile = None,
    scheme: Scheme = None,
    workers: Workers = None,
    worker_memory: WorkerMemory = None,
    scheduler: Scheduler = None,
    slurm: Slurm = None,
    force: Force = None,
    quiet: Quiet = False,
) -> int:
    """Prepare a cohort: aligned maps, regions and masks, one folder a patient.

    It is the first stage of a study, and needs no progression. Then: gliofront features OUT
    """
    from gliofront.cli.console import show_end, show_findings, track
    from gliofront.cli.inputs import refuse_foreign, refuse_overlap
    from gliofront.cohort.layout import read_cohort
    from gliofront.workflow.outcome import exit_code_of
    from gliofront.workflow.prepare import preparation_steps, prepare_patients
    from gliofront.workflow.settings import load_settings, with_intake

    how = how_to_run(workers, worker_memory, scheduler, slurm, force, quiet=quiet)
    chosen = with_intake(load_settings(settings), label_scheme=scheme)
    refuse_overlap([str(bids)], out)
    refuse_foreign(out)
    patients = read_cohort(bids, scheme=chosen.intake.label_scheme)
    steps = preparation_steps(patients, out, chosen)
    with track({"steps": steps}, quiet=quiet) as (stepped,):
        outcomes = prepare_patients(
            patients, out, chosen, told=lambda result: stepped(str(result.id)), how=how
        )
    show_findings({f"sub-{o.patient}": o.findings for o in outcomes})
    done = sum(o.done for o in outcomes)
    show_end(
        [
            f"{done} of {len(outcomes)} patients prepared, in {out}",
            "maps and masks: sub-*/ses-preop/*/*_space-T1C_*.nii.gz",
            f"their features: gliofront features {out}",
        ]
    )
    return exit_code_of(outcomes)
