"""What a user hands over as patients: a BIDS folder, or NAME=FILE pairs of one patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gliofront.cohort.layout import read_cohort
from gliofront.cohort.named_files import patient_from_pairs
from gliofront.cohort.patient import Patient
from gliofront.foundation.errors import UsageRefused

Point = tuple[float, float, float]


def point_from(text: str | None) -> Point | None:
    """Read a point ``X,Y,Z`` in RAS mm.

    >>> point_from("-31.5, 20,7")
    (-31.5, 20.0, 7.0)
    """
    if text is None:
        return None
    try:
        x, y, z = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageRefused(text, "this is no point", "give X,Y,Z in RAS mm") from None
    return x, y, z


def patients_from(
    inputs: Sequence[str], *, patient_id: str, scheme: str, tumour_point: Point | None = None
) -> list[Patient]:
    """Return the patients of a BIDS folder, or the one patient of NAME=FILE pairs.

    Parameters
    ----------
    tumour_point : a point in the tumour of the one patient, RAS mm.

    Raises
    ------
    UsageRefused
        If the inputs are neither.
    InputRefused
        If the folder holds no patient.
    """
    if len(inputs) == 1 and "=" not in inputs[0]:
        if tumour_point is not None:
            raise UsageRefused("--tumour-point", "a point belongs to one patient", "give its files")
        return read_cohort(Path(inputs[0]), scheme=scheme)
    patient = patient_from_pairs(inputs, patient_id=patient_id, scheme=scheme)
    return [replace(patient, tumour_point=tumour_point)]


def refuse_overlap(inputs: Sequence[str], out: Path) -> None:
    """Refuse to write into an input folder, or into a folder that holds the input."""
    target = out.resolve()
    for given in inputs:
        source = Path(given.partition("=")[2] or given).resolve()
        folder = source if source.is_dir() else source.parent
        if target == folder or (source.is_dir() and target in source.parents):
            raise UsageRefused(out, f"the output would mix with the input {source}", "name another")
        if source.is_dir() and source in target.parents:
            raise UsageRefused(out, f"the output lies inside the input {source}", "name another")


# One of these says that gliofront wrote the folder, whole or not.
_OURS = ("records", "logs/events.jsonl", ".lock")


def refuse_foreign(out: Path) -> None:
    """Refuse an output folder that holds what gliofront did not write: nothing of it is lost."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not out.is_dir() or not any((out / name).exists() for name in _OURS):
        problem = "it holds files that gliofront did not write"
        raise UsageRefused(out, problem, "name a new folder, or one of an earlier run")
