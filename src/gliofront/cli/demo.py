"""``gliofront demo``: a virtual cohort and a whole study of it."""

from __future__ import annotations

from typing import Annotated

import typer

from gliofront.cli.options import Out, Quiet, Seed
from gliofront.cli.running import WorkerMemory, Workers, how_to_run


def demo(
    out: Out,
    patients: Annotated[int, typer.Option("--patients", min=4, max=200)] = 8,
    seed: Seed = 1,
    workers: Workers = None,
    worker_memory: WorkerMemory = None,
    quiet: Quiet = False,
) -> int:
    """Make a virtual cohort in OUT/cohort and study it in OUT/study; nothing to download."""
    from gliofront.cli.inputs import refuse_foreign
    from gliofront.cli.study_output import study_and_show
    from gliofront.cli.virtual_cohort import make_virtual_cohort
    from gliofront.cohort.layout import read_cohort
    from gliofront.workflow.settings import StudySettings, with_seed

    how = how_to_run(workers, worker_memory, None, None, None, quiet=quiet)
    refuse_foreign(out)
    make_virtual_cohort(out, patients=patients, seed=seed, quiet=quiet)
    settings = with_seed(StudySettings(), seed)
    return study_and_show(read_cohort(out / "cohort"), out / "study", settings, how, quiet=quiet)
