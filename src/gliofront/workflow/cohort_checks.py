"""Checks over a cohort: nobody may stand in it twice under two names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from gliofront.cohort.patient import Patient
from gliofront.cohort.sequences import REFERENCE
from gliofront.foundation.errors import InputRefused
from gliofront.workflow.intake import sha256_of


def check_cohort(patients: Sequence[Patient]) -> None:
    """Refuse a cohort in which one person stands twice, by name or by the same T1C file.

    Two visits of a person in two folds would let a model recognise the brain, not the disease.

    Raises
    ------
    InputRefused
        Naming the patients.
    """
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
