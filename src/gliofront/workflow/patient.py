"""The way of a patient, step by step: read this list to see what happens and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gliofront.cohort.patient import Patient
from gliofront.workflow import features, intake, preparation, tumour
from gliofront.workflow.settings import StudySettings
from gliofront.workflow.step import Listener, Step, run_steps

READ: tuple[Step, ...] = (
    Step(
        "read and verify",
        intake.read_patient,
        needs=("patient",),
        makes=("intake",),
    ),
    Step(
        "working grid",
        preparation.make_grid,
        needs=("intake",),
        makes=("grid", "brain"),
    ),
)

ALIGN: tuple[Step, ...] = (
    Step(
        "alignment",
        preparation.find_poses,
        needs=("intake", "grid", "brain"),
        makes=("poses",),
    ),
)

PREPARE: tuple[Step, ...] = (
    Step(
        "one grid",
        preparation.place,
        needs=("intake", "grid", "brain", "poses"),
        makes=("aligned",),
    ),
    Step(
        "bias field",
        preparation.correct,
        needs=("aligned", "brain"),
        makes=("corrected",),
    ),
    Step(
        "rough units",
        preparation.find_rough_units,
        needs=("corrected", "brain"),
        makes=("rough", "midplane"),
    ),
    Step(
        "tumour",
        tumour.find_tumour,
        needs=("patient", "intake", "grid", "rough", "brain", "midplane"),
        makes=("tumour",),
    ),
    Step(
        "tissue",
        preparation.find_tissue,
        needs=("rough", "brain", "midplane", "tumour"),
        makes=("tissue", "nawm"),
    ),
    Step(
        "NAWM units",
        preparation.to_units,
        needs=("corrected", "brain", "nawm", "tissue", "wanted"),
        makes=("maps",),
    ),
    Step(
        "regions",
        preparation.find_regions,
        needs=(
            "intake",
            "grid",
            "brain",
            "maps",
            "midplane",
            "tumour",
            "tissue",
            "nawm",
        ),
        makes=("prepared",),
    ),
)

FEATURES: tuple[Step, ...] = (
    Step(
        "features",
        features.tabulate,
        needs=("patient", "prepared", "wanted"),
        makes=("table", "missing"),
    ),
)

ALL_STEPS = (*READ, *ALIGN, *PREPARE, *FEATURES)


def prepare_patient(
    patient: Patient,
    wanted: Sequence[str],
    settings: StudySettings,
    listener: Listener | None = None,
) -> dict[str, Any]:
    """Take a patient from files to the table of features; nothing is written.

    Parameters
    ----------
    patient : whose files are read.
    wanted : maps whose features are computed.

    Returns
    -------
    All that the steps made, by the names that the lists above declare, and ``findings``.
    """
    state = {"patient": patient, "wanted": tuple(wanted)}
    return run_steps(ALL_STEPS, state, settings, listener)
