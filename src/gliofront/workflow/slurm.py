"""Workers that SLURM starts: what to ask of it, the script, the cluster (needs the slurm extra)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dask.utils import parse_bytes
from pydantic import Field, field_validator

from gliofront.foundation.errors import UsageRefused
from gliofront.foundation.settings import Settings, checked, read_toml
from gliofront.workflow.surroundings import ONE_THREAD, QUIET_WORKERS, SILENT

if TYPE_CHECKING:
    from dask_jobqueue.slurm import SLURMCluster

_ANSWER_SECONDS = 60


class SlurmSettings(Settings):
    """What to ask of SLURM. Every SLURM job holds some workers of one thread each."""

    workers: int = Field(ge=1, le=10_000, description="Workers in all.")
    worker_memory: str = Field("4GB", description="Memory of a worker.")
    workers_per_job: int = Field(1, ge=1, le=512, description="Workers of a SLURM job.")
    walltime: str = Field("04:00:00", min_length=1, description="Time limit of a SLURM job.")
    queue: str | None = Field(None, description="Partition; absent: that of the site.")
    account: str | None = Field(None, description="Account; absent: that of the user.")
    interface: str | None = Field(None, description="Network interface, such as ib0.")
    log_directory: Path | None = Field(None, description="Where SLURM writes its logs.")
    local_directory: Path | None = Field(None, description="Fast folder of a node.")
    python: str | None = Field(None, description="Python on the nodes; absent: this one.")
    directives: tuple[str, ...] = Field((), description="More lines for #SBATCH.")
    prologue: tuple[str, ...] = Field((), description="Shell lines before a worker starts.")

    @field_validator("worker_memory")
    @classmethod
    def _is_memory(cls, text: str) -> str:
        if parse_bytes(text) <= 0:
            raise ValueError("it must be more than nothing")
        return text


def load_slurm(path: Path, workers: int | None, worker_memory: str | None) -> SlurmSettings:
    """Read what to ask of SLURM; the options of the command line come before the file.

    Raises
    ------
    UsageRefused
        If the file is absent, is not TOML, or holds an unknown name or a value out of bounds.
    """
    tree = read_toml(path)
    options = {"workers": workers, "worker_memory": worker_memory}
    tree |= {name: value for name, value in options.items() if value is not None}
    return checked(SlurmSettings, tree, path)


def _wanted(settings: SlurmSettings) -> dict[str, Any]:
    """Return the settings as dask-jobqueue names them; what is absent stays as the site has it."""
    per_job = settings.workers_per_job
    variables = [f"export {name}={value}" for name, value in ONE_THREAD.items()]
    quiet = [f'export {name}="{value}"' for name, value in QUIET_WORKERS.items()]
    wanted = {
        "cores": per_job,
        "processes": per_job,
        "memory": f"{per_job * parse_bytes(settings.worker_memory)}B",
        "walltime": settings.walltime,
        "queue": settings.queue,
        "account": settings.account,
        "interface": settings.interface,
        "log_directory": settings.log_directory and str(settings.log_directory),
        "local_directory": settings.local_directory and str(settings.local_directory),
        "python": settings.python,
        "job_name": "gliofront",
        "job_extra_directives": list(settings.directives),
        "job_script_prologue": [*settings.prologue, *variables, *quiet],
        "scheduler_options": {"dashboard": False, "dashboard_address": ":0"},
        "silence_logs": SILENT,
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _cluster(settings: SlurmSettings) -> SLURMCluster:
    try:
        from dask_jobqueue.slurm import SLURMCluster  # noqa: PLC0415 (an extra)
    except ImportError as error:
        mend = 'install it, by pip install "gliofront[slurm]"'
        raise UsageRefused("--slurm", "dask-jobqueue is not installed", mend) from error
    return SLURMCluster(**_wanted(settings))


def job_script(settings: SlurmSettings) -> str:
    """Return the script that would be submitted, which needs no SLURM."""
    with _cluster(settings) as cluster:
        return str(cluster.job_script())


@contextmanager
def slurm_cluster(
    path: Path, workers: int | None = None, worker_memory: str | None = None
) -> Iterator[SLURMCluster]:
    """Give a cluster of workers that SLURM starts, and ends with the block.

    A worker whose time is over is asked for again, as long as there is work.

    Raises
    ------
    UsageRefused
        If the file is wrong, or SLURM is not here or refuses the script.
    """
    settings = load_slurm(path, workers, worker_memory)
    with _cluster(settings) as cluster:
        _refuse_unfit(path, cluster.job_script())
        # Adaptive between equal bounds: a worker whose time is over is asked for again.
        cluster.adapt(minimum=settings.workers, maximum=settings.workers)
        yield cluster


def _refuse_unfit(path: Path, script: str) -> None:
    """Let SLURM judge the script first: a refusal later would leave jobs waiting for ever."""
    if shutil.which("sbatch") is None:
        mend = "start the command on a machine that can submit SLURM jobs"
        raise UsageRefused("--slurm", "there is no sbatch here", mend)
    judged = subprocess.run(
        ["sbatch", "--test-only"],
        input=script,
        text=True,
        capture_output=True,
        timeout=_ANSWER_SECONDS,
        check=False,
    )
    if judged.returncode != 0:
        said = " ".join(judged.stderr.split()) or f"exit code {judged.returncode}"
        raise UsageRefused(path, f"SLURM refuses the script ({said})", "mend these settings")
