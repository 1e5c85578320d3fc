import os
import stat
import sys
import time
from pathlib import Path

import psutil
import pytest
from toy_jobs import toy_job, write

from gliofront.foundation.errors import UsageRefused
from gliofront.workflow.cluster import ClusterSettings, connected
from gliofront.workflow.engine import run_jobs
from gliofront.workflow.slurm import SlurmSettings, job_script, load_slurm

HERE = Path(__file__).parent
SBATCH = """#!/bin/bash
if [ "$1" = --test-only ]; then cat > {folder}/tested; exit 0; fi
cp "$1" {folder}/submitted
setsid bash {folder}/submitted > {folder}/log 2>&1 < /dev/null &
echo "Submitted batch job $!"
"""
SCANCEL = """#!/bin/bash
echo "$1" >> {folder}/cancelled
kill -- -"$1" 2> /dev/null
"""


def toml(tmp_path, text):
    path = tmp_path / "slurm.toml"
    path.write_text(text, encoding="utf-8")
    return path


def program(folder, name, text):
    path = folder / name
    path.write_text(text.format(folder=folder), encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def runs(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_the_script_asks_for_what_the_file_says(tmp_path):
    path = toml(
        tmp_path,
        """
        workers = 40
        workers_per_job = 4
        worker_memory = "3GiB"
        walltime = "02:30:00"
        queue = "short"
        account = "neuro"
        directives = ["--qos=low"]
        prologue = ["module load python"]
        """,
    )
    lines = job_script(load_slurm(path, None, None)).splitlines()
    for line in (
        "#SBATCH -J gliofront",
        "#SBATCH -p short",
        "#SBATCH -A neuro",
        "#SBATCH -n 1",
        "#SBATCH --cpus-per-task=4",
        "#SBATCH --mem=12G",
        "#SBATCH -t 02:30:00",
        "#SBATCH --qos=low",
        "module load python",
        "export OMP_NUM_THREADS=1",
        "export ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS=1",
    ):
        assert line in lines
    command = lines[-1]
    for part in (
        sys.executable,
        "dask_worker",
        "--nthreads 1",
        "--nworkers 4",
        "3.00GiB",
        "--nanny",
    ):
        assert part in command


def test_options_come_before_the_file(tmp_path):
    path = toml(tmp_path, "workers = 40")
    assert load_slurm(path, 3, "9GB") == SlurmSettings(workers=3, worker_memory="9GB")
    assert load_slurm(toml(tmp_path, ""), 3, None).workers == 3


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("workers = 2\npartition = 'a'", "partition: Extra inputs are not permitted"),
        ("workers = 0", "workers: "),
        ("", "workers: Field required"),
        ("workers = 2\nworker_memory = 'x'", "worker_memory: "),
        ("workers = ", "not TOML"),
        (None, "cannot be read"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, text, problem):
    path = tmp_path / "absent.toml" if text is None else toml(tmp_path, text)
    with pytest.raises(UsageRefused, match=problem) as refused:
        load_slurm(path, None, None)
    assert refused.value.subject == str(path)


def test_without_the_extra_the_mend_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "dask_jobqueue.slurm", None)
    where = connected(ClusterSettings(slurm=toml(tmp_path, "workers = 2")))
    with pytest.raises(UsageRefused, match=r"gliofront\[slurm\]"), where:
        pass


def test_without_slurm_it_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    where = connected(ClusterSettings(slurm=toml(tmp_path, "workers = 2")))
    with pytest.raises(UsageRefused, match="no sbatch"), where:
        pass


def test_a_script_that_slurm_refuses_is_named(tmp_path, monkeypatch):
    program(tmp_path, "sbatch", "#!/bin/bash\necho 'invalid account' >&2; exit 1\n")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    where = connected(ClusterSettings(slurm=toml(tmp_path, "workers = 2")))
    with pytest.raises(UsageRefused, match="invalid account"), where:
        pass


def test_jobs_run_on_workers_that_are_submitted(tmp_path, monkeypatch):
    """The programs of SLURM are stood in for; the script, the workers and the jobs are real."""
    program(tmp_path, "sbatch", SBATCH)
    program(tmp_path, "scancel", SCANCEL)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    path = toml(
        tmp_path,
        f"workers = 1\ninterface = 'lo'\nprologue = ['export PYTHONPATH={HERE}']",
    )
    out = tmp_path / "out"
    out.mkdir()
    jobs = [
        toy_job(out, "a", f"sub-{n:02}", write, files={out / f"{n}.txt": "text"}) for n in range(3)
    ]
    with connected(ClusterSettings(slurm=path)) as client:
        results = run_jobs(client, out, jobs)
        pids = list(client.run(os.getpid).values())
    assert all(result.done and result.ran for result in results.values())
    assert (tmp_path / "tested").exists()
    assert (tmp_path / "cancelled").exists()
    end = time.monotonic() + 10
    while any(runs(pid) for pid in pids):
        assert time.monotonic() < end, "a worker outlives its SLURM job"
        time.sleep(0.05)
