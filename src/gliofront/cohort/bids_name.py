"""A BIDS file name taken apart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gliofront.foundation.errors import InputRefused


@dataclass(frozen=True)
class BidsName:
    """A BIDS file name taken apart: entities and suffix."""

    path: Path
    entities: Mapping[str, str]
    suffix: str

    @classmethod
    def parse(cls, path: Path) -> BidsName:
        """Split ``sub-1_ses-preop_param-FA_dwimap.nii.gz`` into its parts."""
        *pairs, suffix = re.sub(r"\.nii(\.gz)?$", "", path.name).split("_")
        return cls(path, dict(p.split("-", 1) for p in pairs if "-" in p), suffix)


def only(found: Sequence[Path], what: str) -> Path | None:
    """Return the one file that was found, or None.

    Raises
    ------
    InputRefused
        If there are several: which one is meant cannot be known.
    """
    if len(found) > 1:
        names = ", ".join(p.name for p in found)
        raise InputRefused(found[0].parent, f"{len(found)} files for {what}: {names}", "keep one")
    return found[0] if found else None
