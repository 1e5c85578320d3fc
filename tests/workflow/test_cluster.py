import logging
import os
import signal
import socket
from pathlib import Path

import psutil
import pytest
from distributed import LocalCluster
from toy_jobs import hold, toy_job

from gliofront import __version__
from gliofront.foundation.errors import InputRefused, UsageRefused
from gliofront.workflow import cluster as cluster_module
from gliofront.workflow.cluster import (
    ClusterSettings,
    cluster_settings,
    connected,
    describe,
    worker_bytes,
)
from gliofront.workflow.engine import run_jobs
from gliofront.workflow.surroundings import ONE_THREAD


@pytest.fixture(scope="module")
def client():
    with connected(ClusterSettings(workers=2, worker_memory="2GB")) as client:
        yield client


def listening(pid):
    connections = psutil.Process(pid).net_connections("inet")
    return {c.laddr for c in connections if c.status == psutil.CONN_LISTEN}


def of_worker():
    names = [*ONE_THREAD, "DASK_LOGGING"]
    ignored = signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, set())
    return os.getpid(), {name: os.environ.get(name) for name in names}, ignored


def test_nothing_listens_beyond_this_machine():
    before = listening(os.getpid())
    with connected(ClusterSettings(workers=1)) as client:
        workers = [pid for pid, _, _ in client.run(of_worker).values()]
        mine = listening(os.getpid()) - before
        theirs = set().union(*(listening(pid) for pid in workers))
    assert mine
    assert theirs
    assert {address.ip for address in mine | theirs} == {"127.0.0.1"}
    assert 8787 not in {address.port for address in mine}
    assert listening(os.getpid()) == before


def test_workers_use_one_thread_each_and_never_see_ctrl_c(client, tmp_path):
    found = list(client.run(of_worker).values())
    assert len(found) == 2
    for _, environment, ignored in found:
        assert {name: environment[name] for name in ONE_THREAD} == ONE_THREAD
        assert ignored
    assert set(client.nthreads().values()) == {1}
    memory = {w["memory_limit"] for w in client.scheduler_info(-1)["workers"].values()}
    assert memory == {2_000_000_000}
    job = toy_job(tmp_path, "hold", "sub-01", hold, path=tmp_path / "a.json", megabytes=1)
    run_jobs(client, tmp_path, [job])
    assert '"OMP_NUM_THREADS": "1"' in (tmp_path / "a.json").read_text()


def test_this_process_is_left_as_it_was(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS", raising=False)
    levels = {name: logging.getLogger(name).level for name in ("distributed", "asyncio")}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, set())
    environment = dict(os.environ)
    with connected(ClusterSettings(workers=1)):
        assert os.environ["OMP_NUM_THREADS"] == "1"
    assert dict(os.environ) == environment
    assert {name: logging.getLogger(name).level for name in levels} == levels
    assert signal.pthread_sigmask(signal.SIG_BLOCK, set()) == mask


def test_start_and_end_say_nothing(capfd):
    with connected(ClusterSettings(workers=1)) as client:
        pid = next(iter(client.run(of_worker).values()))[0]
        os.kill(pid, signal.SIGKILL)
    assert "".join(capfd.readouterr()) == ""


def test_a_scheduler_that_runs_is_joined_and_stays(client):
    with connected(ClusterSettings(scheduler=client.scheduler.address)) as second:
        assert second.submit(os.getpid).result() != os.getpid()
    assert client.submit(int, 1, pure=False).result() == 1


def test_workers_of_another_version_are_refused(client, monkeypatch):
    monkeypatch.setattr(cluster_module, "__version__", "99.0")
    where = connected(ClusterSettings(scheduler=client.scheduler.address))
    with pytest.raises(InputRefused, match=f"has gliofront {__version__}, here is 99.0"), where:
        pass


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://x", "silent"])
def test_an_address_that_does_not_answer_is_refused(monkeypatch, address):
    monkeypatch.setattr(cluster_module, "_ANSWER_SECONDS", 1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        if address == "silent":
            address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        where = connected(ClusterSettings(scheduler=address))
        with pytest.raises(InputRefused, match="no Dask scheduler answers") as refused, where:
            pass
    assert refused.value.subject == address


def test_a_scheduler_without_workers_is_refused(monkeypatch):
    monkeypatch.setattr(cluster_module, "_ANSWER_SECONDS", 1)
    with LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0") as bare:
        where = connected(ClusterSettings(scheduler=bare.scheduler_address))
        with pytest.raises(InputRefused, match="no workers"), where:
            pass


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"workers": 0}, "workers: "),
        ({"worker_memory": "much"}, "worker_memory: "),
        ({"worker_memory": "-1GB"}, "more than nothing"),
        ({"scheduler": "tcp://a:1", "slurm": Path("a.toml")}, "exclude each other"),
        ({"scheduler": "tcp://a:1", "workers": 2}, "workers run already"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(options, problem):
    with pytest.raises(UsageRefused, match=problem):
        cluster_settings(**options)


def test_without_options_the_machine_is_shared():
    settings = cluster_settings(workers=None, worker_memory=None, scheduler=None, slurm=None)
    assert (
        0 < worker_bytes(settings) * (os.cpu_count() or 1) <= psutil.virtual_memory().total * 1.01
    )
    assert "on this machine" in describe(settings)
    assert describe(cluster_settings(scheduler="tcp://a:1")) == "the workers of tcp://a:1"


def test_workers_that_are_slow_to_end_are_no_error(monkeypatch):
    monkeypatch.setattr("gliofront.workflow.cluster._CLOSE_SECONDS", 0.001)
    with connected(ClusterSettings(workers=1)) as client:
        assert client.submit(sum, [1, 2]).result() == 3


def test_workers_that_cannot_be_started_are_tried_once_more_and_then_named(monkeypatch):
    tried = []

    def failing(**options):
        tried.append(options["n_workers"])
        raise RuntimeError("Nanny failed to start.")

    monkeypatch.setattr("gliofront.workflow.cluster.LocalCluster", failing)
    with pytest.raises(InputRefused, match="--workers"), connected(ClusterSettings(workers=3)):
        pass
    assert tried == [3, 3]
