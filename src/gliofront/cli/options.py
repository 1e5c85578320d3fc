"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Out = Annotated[Path, typer.Argument(help="Folder to write into; made if absent.")]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="TOML file of settings; the rest is default.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Master seed; the same seed, same bytes.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bars.")]
Inputs = Annotated[
    list[str],
    typer.Argument(
        help="A BIDS folder, or NAME=FILE pairs of one patient; NAME is T1C, T1, T2, FLAIR, ADC, "
        "FA, p, q, rCBV, DWI, reverse-b0, DSC, MRS, MRS-water, brain, enhancing, progression or "
        "labels."
    ),
]
Model = Annotated[Path, typer.Option("--model", help="Folder of a trained model.")]
PatientId = Annotated[str, typer.Option("--id", help="Name of the patient of NAME=FILE pairs.")]
Scheme = Annotated[
    str | None,
    typer.Option(
        "--label-scheme",
        help="What the values of the labels mean: brats, brats2013, brats2023, brats2024 or "
        "deepbratumia; a .tsv beside the labels goes first.",
    ),
]
