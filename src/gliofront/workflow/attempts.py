"""How often a job was begun, on disk, where it outlives the worker that began it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gliofront.workflow.job import JobId


@dataclass(frozen=True)
class Attempts:
    """The tries of one job in one run.

    The engine cannot tell the job that ended a worker from those that waited behind it, and would
    blame them all. The file of a job that was begun and never came to an end tells.

    Parameters
    ----------
    folder : a folder of this run alone, seen by all workers.
    id : the job.
    """

    folder: Path
    id: JobId

    @property
    def _begun(self) -> Path:
        return self.folder / f"{self.id.subject}_{self.id.step}.begun"

    @property
    def _made(self) -> Path:
        return self.folder / f"{self.id.subject}_{self.id.step}.made"

    def begin(self) -> int:
        """Count one more try, and return how many there are with it."""
        with self._begun.open("ab") as file:
            file.write(b".")
            return file.tell()

    def end(self, made_at: int | None) -> None:
        """Forget the tries of a job that has ended, but keep at which it made its files."""
        if made_at is not None:
            self._made.write_text(str(made_at), encoding="ascii")
        self._begun.unlink(missing_ok=True)

    @property
    def made_at(self) -> int | None:
        """At which try this run made the files; None if it has not.

        A result that is lost with its worker is asked for again, which is no reason to make
        the files again.
        """
        try:
            return int(self._made.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None
