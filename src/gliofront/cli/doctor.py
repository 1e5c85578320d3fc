"""``gliofront doctor``: what is there, what is wrong, how to mend it."""

from __future__ import annotations

from gliofront.cli.options import Inputs, PatientId, Quiet, Scheme, SettingsFile


def doctor(
    inputs: Inputs,
    settings: SettingsFile = None,
    scheme: Scheme = None,
    patient_id: PatientId = "patient",
    quiet: Quiet = False,
) -> int:
    """Check a BIDS folder, or NAME=FILE pairs of one patient; writes nothing, needs no model."""
    from gliofront.cli.console import show_end, show_findings, show_table, track
    from gliofront.cli.inputs import patients_from
    from gliofront.foundation.errors import EXIT_DONE, EXIT_REFUSED
    from gliofront.foundation.findings import Level
    from gliofront.workflow.doctor import examine, inventory
    from gliofront.workflow.settings import load_settings

    chosen = load_settings(settings)
    patients = patients_from(
        inputs, patient_id=patient_id, scheme=scheme or chosen.intake.label_scheme
    )
    show_table("What is there", [inventory(patient) for patient in patients])
    findings = {}
    with track({"checking": len(patients)}, quiet=quiet) as (advance,):
        for patient in patients:
            findings[f"sub-{patient.id}"] = examine(patient, chosen)
            advance(patient.id)
    show_findings(findings, notes=True)
    wrong = sum(any(f.level is Level.ERROR for f in seen) for seen in findings.values())
    show_end([f"patients checked: {len(patients)}, with errors: {wrong}"])
    return EXIT_REFUSED if wrong else EXIT_DONE
