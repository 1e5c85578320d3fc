"""Where jobs run: a cluster of this machine, one that is there, or one that SLURM starts."""

from __future__ import annotations

import asyncio
import ctypes
import multiprocessing.resource_tracker
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dask
from dask.system import CPU_COUNT
from dask.utils import format_bytes, parse_bytes
from distributed import Client, LocalCluster, Nanny, Worker
from distributed.core import rpc
from distributed.diagnostics.plugin import WorkerPlugin
from distributed.system import MEMORY_LIMIT
from pydantic import Field, field_validator

from gliofront import __version__
from gliofront.foundation.errors import InputRefused, UsageRefused
from gliofront.foundation.settings import Settings, checked
from gliofront.workflow.surroundings import (
    ENGINE_CONFIG,
    ONE_THREAD,
    QUIET_WORKERS,
    SILENT,
    environment,
    interrupts_held,
    quiet_engine,
)

_ANSWER_SECONDS = 10
_CLOSE_SECONDS = 0.5
_LOOPBACK = "127.0.0.1"
_PR_SET_PDEATHSIG = 1


class ClusterSettings(Settings):
    """Where jobs run. No part of a result: any of them gives the same bytes."""

    workers: int | None = Field(
        None, ge=1, le=10_000, description="Jobs at a time; absent: one a core."
    )
    worker_memory: str | None = Field(
        None, description="Memory of a worker, such as 4GB; absent: that of the machine, shared."
    )
    scheduler: str | None = Field(
        None, description="Address of a Dask scheduler that runs, such as tcp://10.0.0.5:8786."
    )
    slurm: Path | None = Field(None, description="TOML file that says what to ask of SLURM.")

    @field_validator("worker_memory")
    @classmethod
    def _is_memory(cls, text: str | None) -> str | None:
        if text is not None and parse_bytes(text) <= 0:
            raise ValueError("it must be more than nothing")
        return text


def cluster_settings(**options: Any) -> ClusterSettings:
    """Build the settings from options, naming what is wrong in them.

    Raises
    ------
    UsageRefused
        If a value is out of bounds, or two options exclude each other.

    >>> cluster_settings(workers=2).workers
    2
    """
    settings = checked(ClusterSettings, options, "options", "mend these options")
    if settings.scheduler and settings.slurm:
        problem = "a scheduler that runs and one by SLURM exclude each other"
        raise UsageRefused("--scheduler, --slurm", problem, "give one of them")
    if settings.scheduler and (settings.workers or settings.worker_memory):
        problem = "its workers run already, with memory of their own"
        raise UsageRefused("--scheduler", problem, "leave --workers and --worker-memory out")
    return settings


def worker_count(settings: ClusterSettings) -> int:
    """Return how many workers a cluster of this machine has."""
    return settings.workers or int(CPU_COUNT)


def worker_bytes(settings: ClusterSettings) -> int:
    """Return the memory of a worker of this machine, in bytes.

    >>> worker_bytes(ClusterSettings(worker_memory="4GB"))
    4000000000
    """
    if settings.worker_memory:
        return int(parse_bytes(settings.worker_memory))
    return int(MEMORY_LIMIT) // worker_count(settings)


def describe(settings: ClusterSettings) -> str:
    """Return in words where jobs run.

    >>> describe(ClusterSettings(workers=2, worker_memory="4GiB"))
    '2 workers of 4.00 GiB each, on this machine'
    """
    if settings.scheduler:
        return f"the workers of {settings.scheduler}"
    if settings.slurm:
        return f"workers that SLURM starts, as {settings.slurm} says"
    memory = format_bytes(worker_bytes(settings))
    return f"{worker_count(settings)} workers of {memory} each, on this machine"


@contextmanager
def connected(settings: ClusterSettings) -> Iterator[Client]:
    """Give a client of a cluster, which ends with the block, unless it was there before.

    Workers of this machine take work from 127.0.0.1 alone, use one thread each, and end when this
    process does, however it ends.

    Raises
    ------
    InputRefused
        If the scheduler does not answer, has no workers, or another version of gliofront.
    UsageRefused
        If SLURM is not there, or its file is wrong.
    """
    kind = _joined if settings.scheduler else _slurm if settings.slurm else _local
    with (
        environment(ONE_THREAD | QUIET_WORKERS),
        dask.config.set(ENGINE_CONFIG),
        quiet_engine(),
        kind(settings) as client,
    ):
        yield client


class EndsWithParent(WorkerPlugin):
    """Let the kernel end a worker with the process that started it, even amid compiled code."""

    def setup(self, worker: Worker) -> None:
        """Ask for it in the process of the worker."""
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@contextmanager
def _local(settings: ClusterSettings) -> Iterator[Client]:
    # The tracker would let interrupts through to the thread that starts it.
    multiprocessing.resource_tracker.ensure_running()
    cluster = None
    try:
        with interrupts_held():
            cluster = _started(settings)
            client = Client(cluster, set_as_default=False)
            client.register_plugin(EndsWithParent())
        yield client
    finally:
        if cluster is not None:
            with interrupts_held():
                cluster.sync(_end_workers, cluster)
                client.close()
                cluster.close()


def _started(settings: ClusterSettings) -> LocalCluster:
    """Start the workers; if one of them dies meanwhile, once more."""
    options = {
        "n_workers": worker_count(settings),
        "threads_per_worker": 1,
        "processes": True,
        "host": _LOOPBACK,
        "memory_limit": worker_bytes(settings),
        "silence_logs": SILENT,
        "dashboard_address": f"{_LOOPBACK}:0",
        "scheduler_kwargs": {"dashboard": False},
    }
    try:
        return LocalCluster(**options)
    except RuntimeError:
        pass  # tried again
    try:
        return LocalCluster(**options)
    except RuntimeError as error:
        problem = f"a worker cannot be started: {error}"
        mend = "use fewer (--workers), or free memory of the machine"
        raise InputRefused("the local cluster", problem, mend) from error


async def _end_workers(cluster: LocalCluster) -> None:
    """End the workers at once: by now all is done, or the user waits for the prompt."""
    nannies = [worker for worker in cluster.workers.values() if isinstance(worker, Nanny)]
    ends = (nanny.close(timeout=_CLOSE_SECONDS) for nanny in nannies)
    # A worker that takes longer is ended with its nanny, and by the kernel with this process.
    await asyncio.gather(*ends, return_exceptions=True)


@contextmanager
def _joined(settings: ClusterSettings) -> Iterator[Client]:
    address = str(settings.scheduler)
    try:
        asyncio.run(_answer(address))
        with warnings.catch_warnings():
            # Versions of other packages may differ; ours is asked for below.
            warnings.simplefilter("ignore")
            client = Client(address, timeout=_ANSWER_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        problem = f"no Dask scheduler answers there within {_ANSWER_SECONDS} seconds"
        mend = "check the address, and that the scheduler runs and can be reached from here"
        raise InputRefused(address, problem, mend) from error
    with client:
        _check_workers(client, address)
        yield client


async def _answer(address: str) -> None:
    """Ask a scheduler who it is: a client would wait for ever for one that takes calls, silent."""
    async with asyncio.timeout(_ANSWER_SECONDS), rpc(address) as scheduler:
        await scheduler.identity()


def _version() -> str:
    return __version__


def _check_workers(client: Client, address: str) -> None:
    """Refuse a cluster that has no workers, or none with this version of gliofront."""
    try:
        client.wait_for_workers(1, timeout=_ANSWER_SECONDS)
        versions = client.run(_version, on_error="return")
    except (OSError, TimeoutError) as error:
        problem = "the scheduler has no workers"
        raise InputRefused(address, problem, "start workers, by `dask worker`") from error
    for worker, version in sorted(versions.items()):
        if version != __version__:
            has = f"gliofront {version}" if isinstance(version, str) else "no gliofront like ours"
            problem = f"its worker {worker} has {has}, here is {__version__}"
            raise InputRefused(address, problem, "install the same version there and here")


@contextmanager
def _slurm(settings: ClusterSettings) -> Iterator[Client]:
    from gliofront.workflow.slurm import slurm_cluster  # noqa: PLC0415 (an extra)

    assert settings.slurm is not None
    with (
        slurm_cluster(settings.slurm, settings.workers, settings.worker_memory) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client
