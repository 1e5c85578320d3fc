"""How far the fits on workers are, brought to whoever waits for them.

Neither what is told nor what a long fit keeps meanwhile changes a bit of what is fitted.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from distributed import Client, get_worker

from gliofront.learning.fit_watch import FitProgress, FitWatch

FITS = ".fits"
"""Folder of an output folder for the states of fits that were interrupted."""
_TOPIC = "gliofront-fits"
_EVERY_SECONDS = 2.0


@contextmanager
def reported_fit(out: Path, name: str) -> Iterator[FitWatch]:
    """Give a watch for the fits of a job, which tells through the worker that runs it.

    What they keep is deleted at the end of the block, which is that of the job, but stays if that
    is interrupted, for the next run.

    Parameters
    ----------
    out : output folder.
    name : of the job, such as ``fold-1``; a plain file name.
    """
    folder = out / FITS / name
    if folder.parent != out / FITS or name in ("", ".", ".."):
        raise ValueError(f"{name!r} is no plain file name")
    yield FitWatch(_Teller(out, name), folder)
    shutil.rmtree(folder, ignore_errors=True)
    # Another job may have its own there.
    with suppress(OSError):
        (out / FITS).rmdir()


class _Teller:
    """Tells the scheduler how far a fit is, now and then; where no worker is, nobody."""

    def __init__(self, out: Path, name: str) -> None:
        self._out, self._name = str(out), name
        self._told_at = time.monotonic()

    def __call__(self, progress: FitProgress) -> None:
        if time.monotonic() - self._told_at < _EVERY_SECONDS:
            return
        self._told_at = time.monotonic()
        try:
            worker = get_worker()
        except ValueError:
            return
        worker.log_event(_TOPIC, {"out": self._out, "told": f"{self._name}, {progress}"})


@contextmanager
def fits_told(client: Client, out: Path, told: Callable[[str], None]) -> Iterator[None]:
    """Tell how far the fits of a run over an output folder are, while the block lasts.

    Parameters
    ----------
    told : called from another thread.
    """

    def heard(event: tuple[float, Any]) -> None:
        _, message = event
        # A scheduler that runs may serve others too.
        if message["out"] == str(out):
            told(message["told"])

    client.subscribe_topic(_TOPIC, heard)
    try:
        yield
    finally:
        client.unsubscribe_topic(_TOPIC)
