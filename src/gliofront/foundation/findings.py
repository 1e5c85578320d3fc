"""Findings: what a check saw, as data. Checks collect them all; the caller decides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gliofront.foundation.errors import GliofrontError, InputRefused


class Level(StrEnum):
    """How much a finding matters."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """One observation about one subject.

    Parameters
    ----------
    level : note (recorded), warning (shown at the end), error (the input is refused).
    code : short stable name of the kind of finding, such as ``"sheared-affine"``.
    subject : the file, image or patient that it is about.
    problem, mend : what was seen and what to do, without a full stop.
    """

    level: Level
    code: str
    subject: str
    problem: str
    mend: str = ""

    def __str__(self) -> str:
        """Return one line: level, subject, problem, mend."""
        mend = f" To mend: {self.mend}." if self.mend else ""
        return f"{self.level}: {self.subject}: {self.problem}.{mend}"


def finding_of(error: GliofrontError) -> Finding:
    """Return a refusal as a finding.

    >>> str(finding_of(InputRefused("a.nii", "it is empty", "copy it again")))
    'error: a.nii: it is empty. To mend: copy it again.'
    """
    return Finding(Level.ERROR, "refused", error.subject, error.problem, error.mend)


def refuse_errors(findings: list[Finding]) -> None:
    """Raise `InputRefused` for the errors among findings, all of them in one message."""
    errors = [f for f in findings if f.level is Level.ERROR]
    if not errors:
        return
    first = errors[0]
    problem = "; ".join(f.problem for f in errors)
    mend = "; ".join(dict.fromkeys(f.mend for f in errors if f.mend))
    raise InputRefused(first.subject, problem, mend or "give another file")
