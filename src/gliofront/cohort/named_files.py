"""A patient from NAME=FILE pairs, for scans that lie in no BIDS folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from gliofront.cohort.identity import checked_id
from gliofront.cohort.labels import scheme_named
from gliofront.cohort.patient import Patient, Timepoint
from gliofront.cohort.raw_scans import (
    RawScan,
    diffusion_scan,
    perfusion_scan,
    spectroscopy_scan,
)
from gliofront.cohort.sequences import SEQUENCES
from gliofront.foundation.errors import UsageRefused

MASKS = ("brain", "enhancing", "progression")
RAW = ("DWI", "reverse-b0", "DSC", "MRS", "MRS-water")
_KNOWN = {name.lower(): name for name in (*SEQUENCES, *RAW, *MASKS, "labels")}


def parse_pairs(pairs: Sequence[str]) -> dict[str, Path]:
    """Split ``NAME=FILE`` pairs: sequences, raw scans, masks, or ``labels``.

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
    scheme_of = scheme_named(scheme) if labels else {}
    visit = Timepoint(images, masks, labels, scheme_of, _raw_scans(files))
    return Patient(checked_id(patient_id, "--id"), visit)


def _raw_scans(files: Mapping[str, Path]) -> dict[str, RawScan]:
    for name, main in (("reverse-b0", "DWI"), ("MRS-water", "MRS")):
        if name in files and main not in files:
            raise UsageRefused(name, f"it is of no use without {main}", f"give {main}=FILE too")
    scans = []
    if "DWI" in files:
        scans.append(diffusion_scan(files["DWI"], files.get("reverse-b0")))
    if "DSC" in files:
        scans.append(perfusion_scan(files["DSC"]))
    if "MRS" in files:
        scans.append(spectroscopy_scan(files["MRS"], files.get("MRS-water")))
    return {scan.kind: scan for scan in scans}
