"""``gliofront predict``: maps of new patients by a trained model."""

from __future__ import annotations

from typing import Annotated

import typer

from gliofront.cli.options import (
    Inputs,
    Model,
    Out,
    PatientId,
    Quiet,
    Scheme,
    SettingsFile,
)
from gliofront.cli.running import Force, Scheduler, Slurm, WorkerMemory, Workers, how_to_run


def predict(
    inputs: Inputs,
    out: Out,
    model: Model,
    settings: SettingsFile = None,
    scheme: Scheme = None,
    patient_id: PatientId = "patient",
    tumour_point: Annotated[
        str | None,
        typer.Option("--tumour-point", help="A point in the enhancing tumour: X,Y,Z in RAS mm."),
    ] = None,
    own_outline: Annotated[
        bool,
        typer.Option(
            "--own-outline", help="Outline the tumour even if labels are given, and compare."
        ),
    ] = False,
    orientation: Annotated[
        str | None,
        typer.Option("--assume-orientation", help="Axes, such as RAS, where a header has none."),
    ] = None,
    resample_labels: Annotated[
        bool, typer.Option("--resample-labels", help="Accept labels on another grid than T1C.")
    ] = False,
    workers: Workers = None,
    worker_memory: WorkerMemory = None,
    scheduler: Scheduler = None,
    slurm: Slurm = None,
    force: Force = None,
    quiet: Quiet = False,
) -> int:
    """Map where progression is expected: a BIDS folder, or NAME=FILE pairs of one patient.

    Example: gliofront predict T1C=t1c.nii.gz FLAIR=flair.nii.gz brain=mask.nii.gz OUT --model M
    """
    from gliofront.cli.console import show_end, show_findings, track
    from gliofront.cli.inputs import patients_from, point_from, refuse_foreign, refuse_overlap
    from gliofront.workflow.outcome import exit_code_of
    from gliofront.workflow.predict import predict_patients
    from gliofront.workflow.prepare import preparation_steps
    from gliofront.workflow.settings import load_settings, with_intake

    how = how_to_run(workers, worker_memory, scheduler, slurm, force, quiet=quiet)
    chosen = with_intake(
        load_settings(settings),
        label_scheme=scheme,
        assume_orientation=orientation,
        outline="own" if own_outline else None,
        resample_labels=resample_labels or None,
    )
    refuse_overlap(inputs, out)
    refuse_foreign(out)
    patients = patients_from(
        inputs,
        patient_id=patient_id,
        scheme=chosen.intake.label_scheme,
        tumour_point=point_from(tumour_point),
    )
    # Beside the preparation of each: its features and its map.
    steps = preparation_steps(patients, out, chosen) + 2 * len(patients)
    with track({"steps": steps}, quiet=quiet) as (stepped,):
        outcomes = predict_patients(
            patients, out, model, chosen, told=lambda result: stepped(str(result.id)), how=how
        )
    show_findings({f"sub-{o.patient}": o.findings for o in outcomes})
    done = [o for o in outcomes if o.done]
    pictures = [str(path) for o in done for path in o.made if path.suffix == ".png"]
    show_end(
        [
            f"{len(done)} of {len(outcomes)} patients mapped, in {out}",
            *(f"picture: {picture}" for picture in pictures[:10]),
            "maps: sub-*/ses-preop/anat/*_label-progression_*_probseg.nii.gz "
            "(space-T1C: working grid, space-orig: the T1C file's own grid)",
        ]
    )
    return exit_code_of(outcomes)
