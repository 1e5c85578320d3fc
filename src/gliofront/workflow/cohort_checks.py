"""Checks over a cohort before anything is made of it: nobody twice, and enough to learn from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from gliofront.cohort.patient import Patient
from gliofront.cohort.sequences import REFERENCE
from gliofront.foundation.errors import InputRefused
from gliofront.workflow.intake import sha256_of

LEAST_TRAINING = 2


def check_training(known: int) -> None:
    """Refuse to learn from fewer than two training patients with known progression.

    Raises
    ------
    InputRefused
        Naming how many there are.
    """
    if known >= LEAST_TRAINING:
        return
    raise InputRefused(
        "cohort",
        f"{known} training patient(s) with known progression",
        f"give {LEAST_TRAINING} or more with a mask of progression on the grid of T1C, or with "
        "the scan at progression",
    )


def check_cohort(patients: Sequence[Patient]) -> None:
    """Refuse a cohort in which one person stands twice, or that teaches too little.

    A person stands twice by name, without visit suffixes, or by the same T1C file.

    Two visits of a person in two folds would let a model recognise the brain, not the disease.

    Raises
    ------
    InputRefused
        Naming the patients.
    """
    train = [p for p in patients if p.partition == "train"]
    check_training(sum(patient.progression_known for patient in train))
    by_group: dict[str, list[str]] = defaultdict(list)
    by_content: dict[str, list[str]] = defaultdict(list)
    for patient in patients:
        by_group[patient.group].append(patient.id)
        path = patient.preop.images.get(REFERENCE)
        if path is not None and path.is_file():
            by_content[sha256_of(path)].append(patient.id)
    for what, found in (("name", by_group), ("T1C file", by_content)):
        twice = next((names for names in found.values() if len(names) > 1), None)
        if twice:
            names = ", ".join(f"sub-{name}" for name in twice)
            raise InputRefused(
                "cohort",
                f"{names} are one patient: the same {what}",
                "keep one visit before surgery of each patient",
            )
