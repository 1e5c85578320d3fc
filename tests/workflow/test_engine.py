import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from engine_run import INTERRUPTED
from toy_jobs import (
    die,
    fault,
    hold,
    refuse,
    runs_of,
    short_of_memory,
    sleep,
    toy_group,
    toy_job,
    toy_patient,
    write,
)

from gliofront.foundation.errors import InputRefused
from gliofront.workflow.cluster import ClusterSettings, connected
from gliofront.workflow.engine import EngineLost, JobGivenUp, run_jobs
from gliofront.workflow.job import JobId

RUN = Path(__file__).with_name("engine_run.py")


@pytest.fixture(scope="module")
def client():
    with connected(ClusterSettings(workers=2)) as client:
        yield client


@pytest.fixture(scope="module")
def single():
    with connected(ClusterSettings(workers=1)) as client:
        yield client


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def six(out, source):
    return [toy_patient(out, source, f"sub-{n:02}") for n in range(6)]


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "t1c.txt"
    path.write_text("a scan", encoding="utf-8")
    return path


def contents(out):
    files = (p for p in sorted(out.rglob("*")) if p.is_file() and "records" not in p.parts)
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in files}


def file_job(out, step, subject, run=write, **arguments):
    path = out / subject / f"{step}.txt"
    given = {"files": {path: step}} if run is write else {}
    return toy_job(out, step, subject, run, **given, **arguments)


def test_all_steps_run_in_order_and_a_rerun_does_nothing(client, out, source):
    patients = six(out, source)
    jobs = [job for patient in patients for job in patient]
    # Given in any order: what comes after waits.
    given = [toy_group(out, patients), *reversed(jobs)]
    told = []
    results = run_jobs(client, out, given, told=told.append)
    assert list(results) == [job.id for job in given]
    assert all(result.done and result.ran for result in results.values())
    assert {result.id for result in told} == set(results)
    places = {result.id: place for place, result in enumerate(told)}
    assert all(places[id] < places[job.id] for job in given for id in job.after)
    assert not any(result.ran for result in run_jobs(client, out, given).values())
    forced = run_jobs(client, out, given, force=frozenset({"join"}))
    assert {id.step for id, result in forced.items() if result.ran} == {"join"}
    assert not (out / ".work").exists()


def test_a_job_may_come_after_one_of_an_earlier_run(client, out, source):
    copy, *later = toy_patient(out, source)
    run_jobs(client, out, [copy])
    assert all(result.done for result in run_jobs(client, out, later).values())


def test_the_same_files_from_one_worker_and_from_two(client, single, tmp_path, source):
    made = []
    for name, engine in (("one", single), ("two", client)):
        out = tmp_path / name
        patients = six(out, source)
        jobs = [job for patient in patients for job in patient]
        run_jobs(engine, out, [*jobs, toy_group(out, patients)])
        made.append(contents(out))
    assert made[0] == made[1]
    assert len(made[0]) == 19


def test_on_one_worker_a_patient_is_done_before_the_next_begins(single, out):
    steps = ("one", "two", "three")
    jobs = []
    for n in range(4):
        subject = f"sub-{n:02}"
        for place, step in enumerate(steps):
            after = (JobId(steps[place - 1], subject),) if place else ()
            path = out / subject / step
            jobs.append(toy_job(out, step, subject, sleep, after=after, path=path, seconds=0.1))
    told = []
    run_jobs(single, out, jobs, told=lambda result: told.append(result.id))
    assert told == [job.id for job in jobs]


def test_one_patient_among_six_fails_and_the_others_finish(client, out, source):
    patients = six(out, source)
    poisoned = toy_job(out, "copy", "sub-03", refuse)
    patients[3][0] = poisoned
    results = run_jobs(client, out, [job for patient in patients for job in patient])
    failed = {id for id, result in results.items() if not result.done}
    assert failed == {job.id for job in patients[3]}
    assert results[poisoned.id].error.problem == "it is poisoned"
    follower = results[JobId("features", "sub-03")]
    assert isinstance(follower.error, InputRefused)
    assert not follower.ran
    assert "join of sub-03 was not done" in str(follower.error)
    assert runs_of(out, follower.id) == 0


def test_a_fault_keeps_its_trace(client, out):
    job = file_job(out, "buggy", "sub-01", fault)
    result = run_jobs(client, out, [job])[job.id]
    assert isinstance(result.error, ValueError)
    assert 'raise ValueError("a bug")' in result.trace


def test_memory_and_lost_workers_are_tried_once_more(client, out):
    path = out / "a.txt"
    once = [
        toy_job(out, "memory", "sub-01", short_of_memory, path=path, times=1),
        toy_job(out, "worker", "sub-02", die, files=(out / "b.txt", out / "c.txt"), times=1),
    ]
    always = [
        toy_job(out, "memory", "sub-03", short_of_memory, path=path, times=99),
        toy_job(out, "worker", "sub-04", die, files=(out / "d.txt",), times=99),
    ]
    # Behind the deadly jobs on the same workers; the blame must not fall on them.
    others = [file_job(out, "quick", f"sub-{n:02}") for n in range(5, 15)]
    next_ = file_job(out, "next", "sub-04", after=(always[1].id,))
    retried = []
    jobs = [*once, *always, *others, next_]
    results = run_jobs(client, out, jobs, retried=retried.append)
    assert all(results[job.id].done and results[job.id].ran for job in (*once, *others))
    assert sorted(map(str, retried)) == sorted(str(job.id) for job in (*once, *always))
    assert all(runs_of(out, job.id) == 2 for job in (*once, *always))
    memory, worker = (results[job.id].error for job in always)
    assert isinstance(memory, JobGivenUp)
    assert "memory" in memory.problem
    assert isinstance(worker, JobGivenUp)
    assert "lost its worker 2 times" in str(worker)
    assert "--worker-memory" in worker.mend
    assert "worker of sub-04 was not done" in str(results[next_.id].error)


def test_a_forced_job_whose_result_is_lost_is_not_made_again(single, out):
    first = file_job(out, "first", "sub-01")
    deadly = toy_job(
        out, "deadly", "sub-01", die, after=(first.id,), files=(out / "a", out / "b"), times=1
    )
    results = run_jobs(single, out, [first, deadly], force=frozenset({"first", "deadly"}))
    assert all(result.done and result.ran for result in results.values())
    assert runs_of(out, first.id) == 1


def test_a_worker_over_its_memory_is_ended_and_the_mend_is_told(out):
    greedy = toy_job(out, "greedy", "sub-01", hold, path=out / "a.json", megabytes=3000)
    modest = toy_job(out, "modest", "sub-02", hold, path=out / "b.json", megabytes=1)
    slow = toy_job(out, "slow", "sub-03", sleep, path=out / "c", seconds=0.5)
    with connected(ClusterSettings(workers=1, worker_memory="1GB")) as client:
        results = run_jobs(client, out, [greedy, modest, slow])
    assert "--worker-memory" in str(results[greedy.id].error)
    assert results[modest.id].done
    assert results[slow.id].done


def test_the_same_job_twice_is_a_fault(client, out):
    with pytest.raises(RuntimeError, match="same step"):
        run_jobs(client, out, [file_job(out, "a", "sub-01"), file_job(out, "a", "sub-01")])


def test_a_folder_that_cannot_be_made_is_refused(client, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(InputRefused, match="cannot be written"):
        run_jobs(client, tmp_path / "file", [])


def test_a_listener_that_fails_stops_the_run(client, out):
    def told(result):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_jobs(client, out, [file_job(out, "a", "sub-01")], told=told)
    assert not (out / ".work").exists()


def test_a_lost_scheduler_is_named(out):
    with (
        connected(ClusterSettings(workers=1)) as inner,
        connected(ClusterSettings(scheduler=inner.scheduler.address)) as client,
    ):
        jobs = [
            file_job(out, "first", "sub-01"),
            toy_job(out, "slow", "sub-02", sleep, path=out / "a", seconds=30),
        ]
        with pytest.raises(EngineLost, match="scheduler"):
            run_jobs(client, out, jobs, told=lambda result: inner.cluster.close())


@pytest.fixture
def started(out):
    """A run in a process of its own, its two workers in compiled code; and its children."""
    process = subprocess.Popen(
        [sys.executable, RUN, out],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        wait_for(lambda: all((out / f"slow-{n}").exists() for n in (1, 2)), 20)
        yield process, psutil.Process(process.pid).children(recursive=True)
    finally:
        process.kill()
        process.communicate(timeout=5)


def wait_for(holds, seconds):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


def alive(processes):
    return [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("to_all", [False, True], ids=["to it alone", "to all, as a terminal does"])
def test_an_interrupt_ends_all_in_seconds_without_a_word(out, started, to_all):
    process, children = started
    start = time.monotonic()
    (os.killpg if to_all else os.kill)(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=10)
    assert time.monotonic() - start < 10
    assert process.returncode == INTERRUPTED
    assert said == ""
    assert len(children) >= 2
    wait_for(lambda: not alive(children), 2)
    assert (out / "records" / "sub-00" / "quick.json").exists()
    assert not (out / "records" / "sub-01").exists()


def test_workers_end_with_a_killed_main_process_even_in_compiled_code(started):
    process, children = started
    process.kill()
    wait_for(lambda: not alive(children), 5)
