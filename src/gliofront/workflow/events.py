"""The log of a run: one JSON line an event, for batch systems and for those who ask later."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from gliofront.foundation.errors import GliofrontError, InputRefused
from gliofront.workflow.job import JobId, JobResult

EVENTS = Path("logs") / "events.jsonl"


class EventLog:
    """Appends events to ``logs/events.jsonl`` of an output folder, each on disk as it happens.

    A line holds ``time`` (UTC) and ``event``: start, done, current (its record said so), failed,
    retried, end; and where they are known ``step``, ``subject``, ``seconds``, ``peak_mb``,
    ``problem``. A disk that fills up later stops the log and nothing else.
    """

    def __init__(self, out: Path) -> None:
        """Open the log of an output folder; what earlier runs wrote stays.

        Raises
        ------
        InputRefused
            If it cannot be written.
        """
        self.path = out / EVENTS
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(_torn(self.path))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            mend = "free space there or choose another output folder"
            problem = f"the log cannot be written ({reason})"
            raise InputRefused(self.path, problem, mend) from error

    def start(self) -> None:
        """Note that a run begins."""
        self._append("start")

    def result(self, result: JobResult) -> None:
        """Note how a job ended."""
        event = "failed" if not result.done else "done" if result.ran else "current"
        problem = _problem_of(result.error)
        timed = {"seconds": result.seconds, "peak_mb": result.peak_mb} if result.ran else {}
        self._append(event, result.id, problem=problem, **timed)

    def retried(self, id: JobId) -> None:
        """Note that a job needed a second try."""
        self._append("retried", id)

    def end(self, problem: str = "") -> None:
        """Note that a run ends, and if not well, why."""
        self._append("end", problem=problem)

    def _append(
        self,
        event: str,
        id: JobId | None = None,
        *,
        problem: str = "",
        seconds: float | None = None,
        peak_mb: float | None = None,
    ) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {
            "time": now,
            "event": event,
            "step": id and id.step,
            "subject": id and id.subject,
            "seconds": seconds,
            "peak_mb": peak_mb,
            "problem": problem or None,
        }
        text = json.dumps({name: value for name, value in line.items() if value is not None})
        with suppress(OSError), self.path.open("a", encoding="utf-8") as file:
            file.write(text + "\n")


def _torn(path: Path) -> str:
    """Return what ends a last line that was cut off, by a kill or a full disk."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        if size == 0:
            return ""
        file.seek(size - 1)
        return "" if file.read(1) == b"\n" else "\n"


def _problem_of(error: Exception | None) -> str:
    if error is None:
        return ""
    if isinstance(error, GliofrontError):
        return error.problem
    return f"{type(error).__name__}: {error}"
