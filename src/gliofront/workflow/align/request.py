"""What is asked of two visits: their files, the settings, and which files come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from gliofront.cohort.sequences import REFERENCE
from gliofront.foundation.errors import UsageRefused
from gliofront.workflow.align.settings import PairSettings

Convention = Literal["ras", "lps"]

_CONVENTIONS: dict[str, Convention] = {"ras": "ras", "lps": "lps"}
MADE = (
    "followup_in_preop.nii.gz",
    "progression.nii.gz",
    "cavity_in_preop.nii.gz",
    "lesion_pre.nii.gz",
    "lesion_post.nii.gz",
    "pull.nii.gz",
    "pull.json",
    "push.nii.gz",
    "push.json",
    "alignment.json",
    "flicker.png",
)
POINTS = "points.csv"


def checked_convention(text: str) -> Convention:
    """Return the axes of points by their name.

    >>> checked_convention("LPS")
    'lps'

    Raises
    ------
    UsageRefused
        If the name is not known.
    """
    try:
        return _CONVENTIONS[text.lower()]
    except KeyError:
        mend = f"use one of {', '.join(_CONVENTIONS)}"
        raise UsageRefused("--points-convention", f"{text!r} is none", mend) from None


@dataclass(frozen=True)
class VisitFiles:
    """The files of one visit; masks and labels lie on the grid of its T1C.

    Parameters
    ----------
    when : "pre" or "post", as the options end.
    t1c : the contrast-enhanced T1.
    others : T1, T2 and FLAIR, None where not given.
    brain, cavity : masks.
    lesion : mask, or labels, of what enhances; before surgery with necrosis.
    scheme : what the values of labels mean; a mask, if None and no table lies beside.
    points : table of places in the T1C's world.
    """

    when: Literal["pre", "post"]
    t1c: Path
    others: Mapping[str, Path | None] = field(default_factory=dict)
    brain: Path | None = None
    lesion: Path | None = None
    cavity: Path | None = None
    scheme: str | None = None
    points: Path | None = None

    @property
    def images(self) -> dict[str, Path]:
        """Sequence to file, the T1C first."""
        others = {name: path for name, path in self.others.items() if path is not None}
        return {REFERENCE: self.t1c, **others}

    @property
    def labels(self) -> dict[str, Path]:
        """The masks and labels that are given, by what they show."""
        given = {"brain": self.brain, "cavity": self.cavity, "lesion": self.lesion}
        return {name: path for name, path in given.items() if path is not None}

    @property
    def sources(self) -> dict[str, Path]:
        """The files read, by what they are."""
        points = {} if self.points is None else {"points": self.points}
        files = self.images | self.labels | points
        return {f"{name} {self.when}": path for name, path in files.items()}


@dataclass(frozen=True)
class AlignRequest:
    """What is asked of two visits.

    Parameters
    ----------
    before, after : the files of each.
    out : folder of the files written.
    settings : how it is done.
    convention : axes of the points, read and written.
    orientation : axes, such as RAS, of files whose header states none.
    """

    before: VisitFiles
    after: VisitFiles
    out: Path
    settings: PairSettings = field(default_factory=PairSettings)
    convention: Convention = "ras"
    orientation: str | None = None

    def __post_init__(self) -> None:
        """Refuse points at follow-up alone: there is nothing to compare them with."""
        if self.after.points is not None and self.before.points is None:
            mend = "give the same points with --points-pre"
            raise UsageRefused("--points-post", "there are no points before surgery", mend)

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that are written."""
        points = (POINTS,) if self.before.points is not None else ()
        return tuple(self.out / name for name in (*MADE, *points))

    @property
    def sources(self) -> dict[str, Path]:
        """The files read, by what they are."""
        return self.before.sources | self.after.sources
