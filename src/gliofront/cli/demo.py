"""``gliofront demo``: a virtual cohort and a whole study of it."""

from __future__ import annotations

from typing import Annotated

import typer

from gliofront.cli.options import Out, Quiet, Seed


def demo(
    out: Out,
    patients: Annotated[int, typer.Option("--patients", min=4, max=200)] = 8,
    seed: Seed = 1,
    quiet: Quiet = False,
) -> int:
    """Make a virtual cohort in OUT/cohort and study it in OUT/study; nothing to download."""
    from gliofront.cli.console import refuse_filled
    from gliofront.cli.phantom import phantom
    from gliofront.cli.study_output import study_and_show
    from gliofront.cohort.layout import read_cohort
    from gliofront.workflow.settings import StudySettings, with_seed

    refuse_filled(out)
    phantom(out / "cohort", patients=patients, seed=seed, quiet=quiet)
    settings = with_seed(StudySettings(), seed)
    return study_and_show(read_cohort(out / "cohort"), out / "study", settings, quiet=quiet)
