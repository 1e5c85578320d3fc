"""Toy jobs that run in milliseconds, some of which fail; worker processes import them by name.

Every function first leaves a mark in a folder beside the output, so that a test can count how
often a job truly ran, in whichever process.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level
from gliofront.image.writing import write_json, write_text
from gliofront.workflow.job import Job, JobId, Made

ODD = Finding(Level.WARNING, "odd", "toy", "the text is odd", "write another")


def _mark(calls: Path, subject: str, step: str) -> int:
    """Leave a mark and return how many there are."""
    folder = calls / subject / step
    folder.mkdir(parents=True, exist_ok=True)
    mark = {"pid": os.getpid(), "time": time.time()}
    (folder / secrets.token_hex(8)).write_text(json.dumps(mark), encoding="utf-8")
    return len(list(folder.iterdir()))


def marks(out: Path, id: JobId) -> list[dict[str, Any]]:
    """Return pid and start of every time that a job ran, in order."""
    folder = calls_of(out) / id.subject / id.step
    found = [json.loads(p.read_text(encoding="utf-8")) for p in folder.glob("*")]
    return sorted(found, key=lambda mark: mark["time"])


def runs_of(out: Path, id: JobId) -> int:
    """Return how often a job ran."""
    return len(marks(out, id))


def calls_of(out: Path) -> Path:
    """Return the folder of the marks, beside the output."""
    return out.with_name(f"{out.name}-calls")


def write(*, calls: Path, id: JobId, files: Mapping[Path, str], odd: bool = False) -> Made:
    """Write texts to files."""
    _mark(calls, id.subject, id.step)
    for path, text in files.items():
        write_text(path, text)
    return Made(tuple(files), (ODD,) if odd else ())


def join(*, calls: Path, id: JobId, read: tuple[Path, ...], path: Path, keep: int = 1000) -> Made:
    """Write the first characters of each of some files into one."""
    _mark(calls, id.subject, id.step)
    write_text(path, "".join(p.read_text(encoding="utf-8")[:keep] for p in read))
    return Made((path,))


def refuse(*, calls: Path, id: JobId) -> Made:
    """Refuse the input."""
    _mark(calls, id.subject, id.step)
    raise InputRefused(id.subject, "it is poisoned", "give another")


def fault(*, calls: Path, id: JobId) -> Made:
    """Fail as a bug does."""
    _mark(calls, id.subject, id.step)
    raise ValueError("a bug")


class StubbornError(Exception):
    """An error that cannot be sent to another process: it takes two values and keeps one."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} {two}")


def stubborn(*, calls: Path, id: JobId) -> Made:
    """Fail with an error that does not travel."""
    _mark(calls, id.subject, id.step)
    raise StubbornError("very", "stubborn")


def short_of_memory(*, calls: Path, id: JobId, path: Path, times: int) -> Made:
    """Run out of memory the first times, then write a file."""
    if _mark(calls, id.subject, id.step) <= times:
        raise MemoryError
    write_text(path, "enough")
    return Made((path,))


def die(*, calls: Path, id: JobId, files: tuple[Path, ...], times: int = 1) -> Made:
    """Write files, but the first times die (kill -9) between the first and the second."""
    last = _mark(calls, id.subject, id.step) > times
    for path in files:
        write_text(path, path.name)
        if not last:
            os.kill(os.getpid(), signal.SIGKILL)
    return Made(files)


def name_only(*, calls: Path, id: JobId, files: tuple[Path, ...]) -> Made:
    """Name files and write none."""
    _mark(calls, id.subject, id.step)
    return Made(files)


def sleep(*, calls: Path, id: JobId, path: Path, seconds: float) -> Made:
    """Wait, then write a file."""
    _mark(calls, id.subject, id.step)
    time.sleep(seconds)
    write_text(path, "slept")
    return Made((path,))


def fill(*, calls: Path, id: JobId, files: tuple[Path, ...], megabytes: int) -> Made:
    """Write files of a size, the same on every run."""
    _mark(calls, id.subject, id.step)
    for path in files:
        write_text(path, "0123456789abcdef" * (megabytes * 65536))
    return Made(files)


def hold(*, calls: Path, id: JobId, path: Path, megabytes: int) -> Made:
    """Hold so much memory for a moment, and write what a worker is limited to."""
    _mark(calls, id.subject, id.step)
    held = np.ones(megabytes * 131072)
    threads = {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    write_json(path, {"sum": held.sum(), "threads": threads})
    return Made((path,))


def toy_job(
    out: Path,
    step: str,
    subject: str,
    run: Callable[..., Made],
    *,
    settings: Mapping[str, Any] | None = None,
    sources: Mapping[str, Path] | None = None,
    after: tuple[JobId, ...] = (),
    **arguments: Any,
) -> Job:
    """Return a job of a toy function; ``arguments`` are those of the function itself.

    >>> toy_job(Path("out"), "a", "sub-01", refuse).id
    JobId(step='a', subject='sub-01')
    """
    id = JobId(step, subject)
    arguments |= {"calls": calls_of(out), "id": id}
    return Job(id, run, arguments, settings or {}, sources or {}, after)


def toy_patient(out: Path, source: Path, subject: str = "sub-01", **settings: Any) -> list[Job]:
    """Return three jobs in a row: the source, joined, of which features keep the first letters.

    Parameters
    ----------
    source : a text file of the user's; "copy" copies it.
    settings : ``join`` (letters that "join" keeps of each file), ``features`` (as much of
        "features"). So a text that differs only late changes "join" and not "features".
    """
    folder = out / subject
    copied, joined = folder / "copy.txt", folder / "join.txt"
    keep = {"join": 100, "features": 3} | settings
    copy = toy_job(out, "copy", subject, join, sources={"T1C": source}, read=(source,), path=copied)
    second = toy_job(
        out,
        "join",
        subject,
        join,
        settings={"keep": keep["join"]},
        after=(copy.id,),
        read=(copied, copied),
        path=joined,
        keep=keep["join"],
    )
    third = toy_job(
        out,
        "features",
        subject,
        join,
        settings={"keep": keep["features"]},
        after=(second.id,),
        read=(joined,),
        path=folder / "features.txt",
        keep=keep["features"],
    )
    return [copy, second, third]


def toy_group(out: Path, patients: list[list[Job]]) -> Job:
    """Return the job of the cohort that joins every patient's last file."""
    last = [jobs[-1] for jobs in patients]
    return toy_job(
        out,
        "train",
        "group",
        join,
        after=tuple(job.id for job in last),
        read=tuple(job.arguments["path"] for job in last),
        path=out / "group" / "model.txt",
    )
