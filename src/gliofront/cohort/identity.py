"""Who is the same patient: canonical ids, without the suffixes that mark a visit."""

from __future__ import annotations

import re

from gliofront.foundation.errors import InputRefused

# One pattern a public collection: what it appends to a patient's name to mark a visit.
_VISIT_SUFFIXES = (
    re.compile(r"(?<=^UPENN-GBM-\d{5})_\d{2}$"),
    re.compile(r"(?<=^BraTS-GLI-\d{5})-\d{3}$"),
    re.compile(r"(?<=^BraTSReg_\d{3})_\d{2}(_\d{4})?$"),
    re.compile(r"(?<=^RHUH-\d{4})_\d$"),
    re.compile(r"_FU\d+d$"),
    re.compile(r"[_-]?Timepoint[_-]?\d+$", re.IGNORECASE),
    re.compile(r"[_-]?week-\d{3}(-\d)?$"),
)


def canonical_id(name: str) -> str:
    """Return the patient behind a name: no visit suffix, letters and digits only.

    >>> canonical_id("UPENN-GBM-00001_11"), canonical_id("UCSF-PDGM-0004_FU016d")
    ('UPENNGBM00001', 'UCSFPDGM0004')
    >>> canonical_id("BraTS-GLI-00005-100") == canonical_id("BraTS-GLI-00005-101")
    True
    """
    for suffix in _VISIT_SUFFIXES:
        name = suffix.sub("", name)
    return re.sub(r"[^A-Za-z0-9]", "", name)


def checked_id(name: str, source: str) -> str:
    """Return the id if it is a BIDS label (letters and digits, at most 64), else refuse it."""
    if re.fullmatch(r"[A-Za-z0-9]{1,64}", name):
        return name
    raise InputRefused(
        source,
        f"the patient's name {name!r} is not a BIDS label",
        f"use letters and digits only, such as {canonical_id(name)[:64] or 'patient01'!r}",
    )
