"""What surrounds a cluster: one thread a worker, no noise, interrupts only where they are safe."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

SILENT = logging.CRITICAL + 10

# More threads than cores slow each other down, and sums may be made in another order.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "1",
}

_LOGGERS = ("distributed", "distributed.client", "tornado", "tornado.application", "asyncio")

# Workers read this as they start, before a word of theirs can land in a progress bar.
QUIET_WORKERS = {"DASK_LOGGING": str(dict.fromkeys(_LOGGERS, SILENT))}

ENGINE_CONFIG: dict[str, Any] = {
    # A job counts the workers that it lost; this ends a run whose workers all die as they start.
    "distributed.scheduler.allowed-failures": 20,
    # A worker is given its next job when it is free, so that a patient begun comes before others.
    "distributed.scheduler.worker-saturation": 1.0,
    # Compiled code may keep a worker from answering for minutes; its end is seen without this.
    "distributed.scheduler.worker-ttl": None,
    # A worker that holds on to freed memory would pause for ever; too much still ends it.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    # Dask's default also lets each array beyond 128 kB be mapped anew: a fifth more processor time.
    # Freed memory is given back between jobs instead (`peak_memory.release_freed`).
    "distributed.nanny.pre-spawn-environ": {},
    # Nothing of these is used.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,
    "distributed.diagnostics.nvml": False,
}


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables for the processes that start within the block.

    >>> with environment({"OMP_NUM_THREADS": "1"}):
    ...     os.environ["OMP_NUM_THREADS"]
    '1'
    """
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def quiet_engine() -> Iterator[None]:
    """Keep what the engine logs from the user, who is told of every failure by us."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(SILENT)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Let Ctrl-C wait for the end of the block; threads begun in it never see it.

    Nor do processes begun by them: a terminal interrupts all processes of a command at once, and
    this one alone is to hear it, and to end the others in order.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
