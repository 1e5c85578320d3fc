"""``gliofront status``: which steps of which patients are done."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def status(
    out: Annotated[Path, typer.Argument(help="Output folder of a run.")],
) -> None:
    """Show patients x steps: done (with its seconds), outdated, or absent; nothing is computed."""
    from gliofront.cli.console import show_end, show_table
    from gliofront.workflow.job import GROUP
    from gliofront.workflow.jobs import known_jobs
    from gliofront.workflow.verification import JobState, JobStatus
    from gliofront.workflow.verification import status as status_of

    def cell(job: JobStatus) -> str:
        return f"{job.seconds:.1f} s" if job.state is JobState.DONE else str(job.state)

    rows = status_of(out, known_jobs(out))
    patients = [row for row in rows if row.subject != GROUP]
    show_table(
        "Patients",
        [
            {"patient": row.subject} | {name: cell(job) for name, job in row.steps.items()}
            for row in patients
        ],
    )
    cohort = [
        {"step": name, "state": cell(job)}
        for row in rows
        if row.subject == GROUP
        for name, job in row.steps.items()
    ]
    show_table("Cohort", cohort)
    whole = sum(all(j.state is JobState.DONE for j in row.steps.values()) for row in patients)
    show_end([f"{whole} of {len(patients)} patients have all steps done"])
