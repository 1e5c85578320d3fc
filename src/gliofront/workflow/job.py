"""What a step is, as data: what it reads, the settings that it uses, the function that runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gliofront.foundation.findings import Finding

GROUP = "group"


@dataclass(frozen=True)
class JobId:
    """Which step, of whom: ``sub-01``, or `GROUP` for the cohort.

    >>> str(JobId("alignment", "sub-01"))
    'alignment of sub-01'
    """

    step: str
    subject: str

    def __str__(self) -> str:
        """Return it as words of a sentence."""
        return f"{self.step} of {self.subject}"


@dataclass(frozen=True)
class Made:
    """The files that a job wrote, under their final names, and what it saw on the way."""

    files: tuple[Path, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, eq=False)
class Job:
    """A step of a patient or of the cohort, which knows nothing of where it runs.

    Parameters
    ----------
    id : the step and whose it is.
    run : a function of a module (it travels to another process by name), called as
        ``run(**arguments)``. It writes each file whole under its final name, and is else pure.
    arguments : what it is called with. They travel too, and are no part of the record: all
        that bears on the outputs stands in the three that follow.
    settings : the part of the settings that it uses, as plain JSON.
    sources : the files of the user's that it reads, by a short name that is the same on any
        machine.
    after : the jobs whose outputs it reads; their recorded outputs are inputs too.
    """

    id: JobId
    run: Callable[..., Made]
    arguments: Mapping[str, Any]
    settings: Mapping[str, Any]
    sources: Mapping[str, Path]
    after: tuple[JobId, ...] = ()


@dataclass(frozen=True)
class JobResult:
    """How a job ended.

    Parameters
    ----------
    id : which job.
    ran : false where its record says that all is current, or where it was not tried.
    findings, files : what the job saw and made, now or when it was recorded.
    error : why it failed; None if its files are there and recorded.
    trace : the traceback of an error that is no refusal, as text.
    seconds, peak_mb : what it took; 0 and None if it did not run or cannot be known.
    """

    id: JobId
    ran: bool
    findings: tuple[Finding, ...]
    files: tuple[Path, ...]
    error: Exception | None = None
    trace: str = ""
    seconds: float = 0.0
    peak_mb: float | None = None

    @property
    def done(self) -> bool:
        """Whether its files are there and recorded."""
        return self.error is None
