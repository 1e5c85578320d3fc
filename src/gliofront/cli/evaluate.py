"""``gliofront evaluate``: what a finished model is worth on other patients."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gliofront.cli.options import Quiet, SettingsFile


def evaluate(
    out: Annotated[Path, typer.Argument(help="Output folder of prepare and features, or study.")],
    model: Annotated[Path, typer.Option("--model", help="Folder of a model.")],
    target: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the tables; new or empty.")
    ],
    settings: SettingsFile = None,
    quiet: Quiet = False,
) -> int:
    """Score a model in prepared patients whose progression is known, beside its nulls.

    Give patients that the model never learned from: its folder names nobody, so this cannot be
    checked.

    Example: gliofront evaluate OUT --model MODEL -o SCORES
    """
    from gliofront.cli.console import show_end, show_findings, show_table, track
    from gliofront.cli.study_output import score_rows
    from gliofront.workflow.evaluate import evaluate_model
    from gliofront.workflow.settings import load_settings
    from gliofront.workflow.train import tabled_patients

    chosen = load_settings(settings)
    with track({"judge": len(tabled_patients(out))}, quiet=quiet) as (told,):
        found = evaluate_model(out, model, target, chosen, told)
    show_findings({"evaluation": found.findings}, notes=True)
    show_table("Mean over patients (95 % interval)", score_rows(found.summary))
    show_end([found.summary.headline, f"tables: {target}"])
    return 0
