"""``gliofront phantom``: virtual patients with known truth."""

from __future__ import annotations

from typing import Annotated

import typer

from gliofront.cli.options import Out, Quiet, Seed


def phantom(
    out: Out,
    patients: Annotated[int, typer.Option("--patients", min=1, max=999)] = 12,
    seed: Seed = 1,
    resolution: Annotated[
        float, typer.Option("--resolution", min=1.0, max=4.0, help="Voxel size, mm.")
    ] = 2.0,
    raw: Annotated[
        bool,
        typer.Option(
            "--raw", help="Raw diffusion, perfusion and spectra in place of maps, and a follow-up."
        ),
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Write virtual patients of three sites as a BIDS folder, with the truth beside it."""
    from gliofront.cli.console import refuse_filled, track
    from gliofront.phantom.cohort import write_cohort

    refuse_filled(out)
    with track({"virtual patients": patients}, quiet=quiet) as (advance,):
        ids = write_cohort(
            out,
            patients=patients,
            seed=seed,
            resolution_mm=resolution,
            sites="ABC",
            external="C",
            raw=raw,
            progress=advance,
        )
    typer.echo(f"{len(ids)} virtual patients with known progression in {out}")
