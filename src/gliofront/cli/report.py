"""``gliofront report``: pages to look at, of every patient and of the cohort."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gliofront.cli.options import Quiet


def report(
    out: Annotated[Path, typer.Argument(help="Output folder of a run.")],
    quiet: Quiet = False,
) -> int:
    """Write a page of every patient and one of the cohort; each is one file that opens anywhere.

    Figures and Tables 1 and 2 are drawn anew first, from the tables of the folder.

    A patient that cannot be shown is named on the cohort's page, and the others go on (exit 4).
    """
    from gliofront.cli.console import show_end, track
    from gliofront.workflow.figures import draw_figures
    from gliofront.workflow.outcome import exit_code_of
    from gliofront.workflow.pages.report import reported_patients, write_reports

    with track({"pages": len(reported_patients(out))}, quiet=quiet) as (counted,):
        # The page of the cohort shows them, and the tables may be newer than they are.
        draw_figures(out)
        made = write_reports(out, counted)
    failed = [outcome for outcome in made.outcomes if not outcome.done]
    done = len(made.outcomes) - len(failed)
    show_end(
        [
            *(f"sub-{outcome.patient} failed: {outcome.error}" for outcome in failed),
            f"{done} of {len(made.outcomes)} patients shown, in {out}/sub-*/report.html",
            f"cohort: {made.index}",
            f"look: gliofront view {out}",
        ]
    )
    return exit_code_of(made.outcomes)
