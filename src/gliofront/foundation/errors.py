"""The few errors that a user can meet, each saying what, where and how to mend it."""

from __future__ import annotations

EXIT_DONE = 0
EXIT_USAGE = 2
EXIT_REFUSED = 3
EXIT_SOME_FAILED = 4
EXIT_FAULT = 5
EXIT_INTERRUPTED = 130


class GliofrontError(Exception):
    """An error with a subject (a file, an option, a patient), a problem and a mend.

    >>> print(InputRefused("t1c.nii.gz", "the file is empty", "copy it again"))
    t1c.nii.gz: the file is empty. To mend: copy it again.
    """

    exit_code = EXIT_FAULT

    def __init__(self, subject: object, problem: str, mend: str) -> None:
        """Keep the three parts: subject, problem and mend, the last two without a full stop."""
        super().__init__(str(subject), problem, mend)
        self.subject, self.problem, self.mend = str(subject), problem, mend

    def __str__(self) -> str:
        """Return the one line that the user reads."""
        return f"{self.subject}: {self.problem}. To mend: {self.mend}."


class UsageRefused(GliofrontError):
    """The command was asked for something that it cannot mean."""

    exit_code = EXIT_USAGE


class InputRefused(GliofrontError):
    """An input cannot be trusted; nothing was written."""

    exit_code = EXIT_REFUSED
