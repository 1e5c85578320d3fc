"""A patient: the files of each timepoint, the site, the partition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gliofront.cohort.identity import canonical_id
from gliofront.cohort.raw_scans import MADE_FROM, RawScan
from gliofront.cohort.sequences import SEQUENCES
from gliofront.cohort.visit_table import FollowUpCourse


@dataclass(frozen=True)
class Timepoint:
    """The files of one visit; what is missing is absent or None.

    Parameters
    ----------
    images : sequence name (see `gliofront.cohort.sequences`) to file.
    masks : label name (brain, enhancing, progression, cavity) to file of one label.
    labels : tumour segmentation with several labels, and ``scheme``, what its values mean.
    raw : kind of raw scan (see `gliofront.cohort.raw_scans`) to its files.
    carriers : sequence name to the image whose place it shares, of maps that were made from a
        raw scan: that image is aligned for all of them.
    """

    images: Mapping[str, Path]
    masks: Mapping[str, Path] = field(default_factory=dict)
    labels: Path | None = None
    scheme: Mapping[int, str] = field(default_factory=dict)
    raw: Mapping[str, RawScan] = field(default_factory=dict)
    carriers: Mapping[str, Path] = field(default_factory=dict)

    @property
    def image_files(self) -> dict[str, Path]:
        """Images and labels by a readable name: sequences, ``NAME mask`` and ``labels``."""
        named = dict(self.images) | {f"{name} mask": path for name, path in self.masks.items()}
        return named | ({"labels": self.labels} if self.labels else {})

    @property
    def files(self) -> dict[str, Path]:
        """Every file by a readable name: images, labels, and the files of raw scans."""
        raw = {name: path for scan in self.raw.values() for name, path in scan.files.items()}
        return self.image_files | raw

    @property
    def to_be_made(self) -> tuple[str, ...]:
        """The maps that will be made from raw scans: a map that is given is not made."""
        made = (name for kind in self.raw for name in MADE_FROM[kind])
        return tuple(name for name in made if name not in self.images)

    @property
    def maps(self) -> tuple[str, ...]:
        """The sequences that there will be, given or made, in the order of `SEQUENCES`."""
        there = {*self.images, *self.to_be_made}
        return tuple(name for name in SEQUENCES if name in there)


@dataclass(frozen=True)
class Patient:
    """One patient.

    Parameters
    ----------
    id : BIDS label, without ``sub-``.
    preop : the visit before surgery.
    follow_up : the visit at which the tumour came back, with at least a T1C; None if there is none.
    site, partition : from participants.tsv; ``train`` teaches, ``external`` is only tested on.
    course : what the dated visits after surgery amount to; None if there are none.
    tumour_point : RAS mm, a point in the enhancing tumour, if the user gave one.
    """

    id: str
    preop: Timepoint
    site: str = "unknown"
    partition: str = "train"
    tumour_point: tuple[float, float, float] | None = None
    follow_up: Timepoint | None = None
    course: FollowUpCourse | None = None

    @property
    def progression_known(self) -> bool:
        """Whether a mask or a scan tells where the tumour came back."""
        return "progression" in self.preop.masks or self.follow_up is not None

    @property
    def group(self) -> str:
        """The person behind the id: two names of one person are never split."""
        return canonical_id(self.id)
