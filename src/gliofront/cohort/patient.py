"""A patient: the files of each timepoint, the site, the partition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gliofront.cohort.identity import canonical_id


@dataclass(frozen=True)
class Timepoint:
    """The files of one visit; what is missing is absent or None.

    Parameters
    ----------
    images : sequence name (see `gliofront.cohort.sequences`) to file.
    masks : label name (brain, enhancing, progression) to file of one label.
    labels : tumour segmentation with several labels, and ``scheme``, what its values mean.
    """

    images: Mapping[str, Path]
    masks: Mapping[str, Path] = field(default_factory=dict)
    labels: Path | None = None
    scheme: Mapping[int, str] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, Path]:
        """Every file by a readable name: sequences, ``NAME mask`` and ``labels``."""
        named = dict(self.images) | {f"{name} mask": path for name, path in self.masks.items()}
        return named | ({"labels": self.labels} if self.labels else {})


@dataclass(frozen=True)
class Patient:
    """One patient.

    Parameters
    ----------
    id : BIDS label, without ``sub-``.
    preop : the visit before surgery.
    site, partition : from participants.tsv; ``train`` teaches, ``external`` is only tested on.
    tumour_point : RAS mm, a point in the enhancing tumour, if the user gave one.
    """

    id: str
    preop: Timepoint
    site: str = "unknown"
    partition: str = "train"
    tumour_point: tuple[float, float, float] | None = None

    @property
    def group(self) -> str:
        """The person behind the id: two names of one person are never split."""
        return canonical_id(self.id)
