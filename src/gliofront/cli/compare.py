"""``gliofront compare``: groups, regions and features of a study, tested with patients as units."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gliofront.cli.options import Quiet

if TYPE_CHECKING:
    from gliofront.workflow.compare.tables import TableRows

_CALLED = 0.05


def compare(
    out: Annotated[
        Path, typer.Argument(help="Output folder of gliofront study, or of prepare and features.")
    ],
    participants: Annotated[
        Path | None,
        typer.Option(
            "--participants",
            help="Table with participant_id and clinical columns, such as participants.tsv of the "
            "BIDS folder; without it, that of OUT.",
        ),
    ] = None,
    quiet: Quiet = False,
) -> int:
    """Write the tables and tests of the paper for the patients of a study, into OUT/group.

    Table 1; every map in every region; every radiomic feature in progression and out; survival.
    """
    from gliofront.cli.console import show_end, show_findings, track
    from gliofront.workflow.compare.cohort import compare_patients
    from gliofront.workflow.outcome import exit_code_of
    from gliofront.workflow.prepared_features import prepared_patients

    patients = prepared_patients(out)
    with track({"patients": len(patients)}, quiet=quiet) as (read,):
        made = compare_patients(out, patients, participants, told=read)
    show_findings({f"sub-{o.patient}": o.findings for o in made.outcomes})
    done = sum(o.done for o in made.outcomes)
    show_end(
        [
            f"{done} of {len(made.outcomes)} patients compared",
            _counted("pairs of regions", made.tables["region_tests"]),
            _counted("features", made.tables["feature_tests"]),
            *(f"{path}" for path in made.files if path.suffix == ".tsv"),
        ]
    )
    return exit_code_of(made.outcomes)


def _counted(what: str, rows: TableRows) -> str:
    """Return how many tests were done, and how many are positive with and without correction."""
    done = sum(not isnan(float(row["p"])) for row in rows)
    raw, kept = (sum(float(row[name]) < _CALLED for row in rows) for name in ("p", "q"))
    return f"{what}: {done} tested, {raw} with p < 0.05, {kept} with false discovery rate < 0.05"
