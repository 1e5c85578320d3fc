"""A patient from NAME=FILE pairs, for scans that lie in no BIDS folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gliofront.cohort.identity import checked_id
from gliofront.cohort.labels import scheme_named
from gliofront.cohort.patient import Patient, Timepoint
from gliofront.cohort.sequences import SEQUENCES
from gliofront.foundation.errors import UsageRefused

MASKS = ("brain", "enhancing", "progression")
_KNOWN = {name.lower(): name for name in (*SEQUENCES, *MASKS, "labels")}


def parse_pairs(pairs: Sequence[str]) -> dict[str, Path]:
    """Split ``NAME=FILE`` pairs; names are those of the sequences, of masks, or ``labels``.

    >>> parse_pairs(["t1c=a.nii.gz", "Brain=m.nii.gz"]) == {
    ...     "T1C": Path("a.nii.gz"), "brain": Path("m.nii.gz")}
    True
    """
    files: dict[str, Path] = {}
    for pair in pairs:
        name, sign, path = pair.partition("=")
        known = _KNOWN.get(name.strip().lower())
        if not sign or not path or known is None:
            names = ", ".join(_KNOWN.values())
            raise UsageRefused(pair, "this is no NAME=FILE pair", f"NAME is one of {names}")
        if known in files:
            raise UsageRefused(pair, f"{known} is given twice", "give each name once")
        files[known] = Path(path)
    return files


def patient_from_pairs(pairs: Sequence[str], *, patient_id: str, scheme: str) -> Patient:
    """Make a patient from NAME=FILE pairs and the name of the label scheme."""
    files = parse_pairs(pairs)
    images = {name: path for name, path in files.items() if name in SEQUENCES}
    masks = {name: path for name, path in files.items() if name in MASKS}
    labels = files.get("labels")
    visit = Timepoint(images, masks, labels, scheme_named(scheme) if labels else {})
    return Patient(checked_id(patient_id, "--id"), visit)
