"""Jobs on a cluster: each after those that it reads from, a patient's steps in a row."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from distributed import Client, Future, KilledWorker, as_completed

from gliofront.foundation.errors import EXIT_REFUSED, GliofrontError, InputRefused
from gliofront.workflow.attempts import Attempts
from gliofront.workflow.job import Job, JobId, JobResult
from gliofront.workflow.records import perform

WORK = ".work"
_TRIES = 2
# As a rule the scheduler sends a task ahead, to the worker that has its inputs, and lets idle
# workers steal it; one that is busy in compiled code cannot answer a thief. A task with this
# mark stays with the scheduler until a worker is free.
_WAITS_FOR_A_FREE_WORKER = True
_MEMORY = "give each worker more memory, by --worker-memory, or use fewer, by --workers"

Results = dict[JobId, JobResult]


class JobGivenUp(GliofrontError):
    """A job lost its worker, or ran out of memory, as often as it was tried."""

    exit_code = EXIT_REFUSED


class EngineLost(GliofrontError):
    """The scheduler is gone, and with it all that was not done."""

    exit_code = EXIT_REFUSED


def _silent(now: object) -> None:
    """Tell nobody."""


def run_jobs(
    client: Client,
    out: Path,
    jobs: Sequence[Job],
    *,
    force: frozenset[str] = frozenset(),
    told: Callable[[JobResult], None] = _silent,
    retried: Callable[[JobId], None] = _silent,
) -> Results:
    """Do the jobs on the workers of a client, and return what became of each.

    A job runs after those of ``jobs`` that it comes after; the others of them must have been
    recorded. If one of them failed, it is not run, and its error says so; no finding repeats
    what is known. A job that runs out of memory or loses its worker is tried once more.

    Parameters
    ----------
    client : of a cluster whose workers see the output folder under the same path.
    out : output folder, which nobody else writes into.
    jobs : the jobs of a subject run in a row, subjects in the order of their first job.
    force : steps that are done whatever their records say.
    told : told each result as it comes.
    retried : told which job needed a second try, before its result.

    Raises
    ------
    EngineLost
        If the scheduler is gone.
    InputRefused
        If the output folder cannot be written.
    """
    with _work_folder(out) as work:
        futures = _submit(client, out, work, jobs, force)
        try:
            return _collected(client, jobs, futures, told, retried)
        except BaseException:
            # On a cluster that outlives us nothing more of this run is to begin.
            with contextlib.suppress(Exception):
                client.cancel(list(futures.values()), force=True)
            raise


@contextmanager
def _work_folder(out: Path) -> Iterator[Path]:
    """Give a folder for what a run must know beyond its workers, and remove it; also old ones."""
    work = out / WORK / secrets.token_hex(8)
    try:
        shutil.rmtree(out / WORK, ignore_errors=True)
        work.mkdir(parents=True)
    except OSError as error:
        raise _unwritable(work, error) from error
    try:
        yield work
    finally:
        shutil.rmtree(out / WORK, ignore_errors=True)


def _unwritable(path: Path, error: OSError) -> InputRefused:
    reason = error.strerror or type(error).__name__
    mend = "free space there or choose another output folder"
    return InputRefused(path, f"it cannot be written ({reason})", mend)


def _in_order(jobs: Sequence[Job]) -> list[Job]:
    """Return the jobs so that each comes after those that it reads from, else in their order."""
    by_id = {job.id: job for job in jobs}
    if len(by_id) < len(jobs):
        raise RuntimeError("two jobs have the same step and subject")
    ordered: dict[JobId, Job] = {}

    def place(job: Job) -> None:
        for id in job.after:
            if id in by_id and id not in ordered:
                place(by_id[id])
        ordered[job.id] = job

    for job in jobs:
        if job.id not in ordered:
            place(job)
    return list(ordered.values())


def _submit(
    client: Client, out: Path, work: Path, jobs: Sequence[Job], force: frozenset[str]
) -> dict[JobId, Future[Any]]:
    """Hand all jobs to the scheduler; those of the first subject come first wherever they can."""
    subjects = list(dict.fromkeys(job.id.subject for job in jobs))
    rank = {subject: -place for place, subject in enumerate(subjects)}
    out, work = out.absolute(), work.absolute()
    futures: dict[JobId, Future[Any]] = {}
    for job in _in_order(jobs):
        futures[job.id] = client.submit(
            _tried,
            out,
            job,
            Attempts(work, job.id),
            job.id.step in force,
            [futures[id] for id in job.after if id in futures],
            key=(f"{job.id.step}-{work.name}", job.id.subject),
            priority=rank[job.id.subject],
            retries=_TRIES - 1,
            pure=False,
            _data_producer=_WAITS_FOR_A_FREE_WORKER,
        )
    return futures


def _tried(
    out: Path,
    job: Job,
    attempts: Attempts,
    force: bool,
    before: Sequence[tuple[JobResult, int]],
) -> tuple[JobResult, int]:
    """Do a job on a worker; return how it ended and at which try.

    `MemoryError` passes through the first time, which makes the scheduler try again.
    """
    failed = next((result.id for result, _ in before if not result.done), None)
    if failed:
        return _failed(job.id, _not_run(job.id, failed)), 1
    try:
        made_at = attempts.made_at
        tries = attempts.begin()
        if tries > _TRIES:
            return _failed(job.id, _lost(job.id)), _TRIES
        result = _performed(out, job, force and made_at is None, tries, attempts)
        made = result.done and (result.ran or made_at is not None)
        if not isinstance(result.error, JobGivenUp):
            attempts.end(made_at or tries if made else None)
    except OSError as error:
        return _failed(job.id, _unwritable(attempts.folder, error)), 1
    return replace(result, ran=result.ran or made), made_at or tries


def _performed(out: Path, job: Job, force: bool, tries: int, attempts: Attempts) -> JobResult:
    try:
        # The folder goes with the run, or is cleared by the next one.
        return perform(out, job, force=force, wanted=attempts.folder.is_dir)
    except MemoryError:
        if tries < _TRIES:
            raise
        return _failed(job.id, _no_memory(job.id))


def _failed(id: JobId, error: Exception, trace: str = "") -> JobResult:
    return JobResult(id, False, (), (), error, trace)


def _not_run(id: JobId, failed: JobId) -> InputRefused:
    mend = f"see what is said of {failed.step}"
    return InputRefused(id.subject, f"{id.step} was not run, as {failed} was not done", mend)


def _lost(id: JobId) -> JobGivenUp:
    problem = f"{id.step} lost its worker {_TRIES} times; most often too little memory is the cause"
    return JobGivenUp(id.subject, problem, _MEMORY)


def _no_memory(id: JobId) -> JobGivenUp:
    return JobGivenUp(id.subject, f"{id.step} ran out of memory {_TRIES} times", _MEMORY)


def _collected(
    client: Client,
    jobs: Sequence[Job],
    futures: Mapping[JobId, Future[Any]],
    told: Callable[[JobResult], None],
    retried: Callable[[JobId], None],
) -> Results:
    """Gather the results as they come; those that the engine itself failed to bring come last."""
    ids = {future.key: id for id, future in futures.items()}
    results: Results = {}
    broken: dict[JobId, Exception] = {}
    for future in as_completed(list(futures.values()), loop=client.loop):
        id = ids[future.key]
        try:
            result, tries = future.result()
        except CancelledError as error:
            raise _engine_lost() from error
        except Exception as error:  # the failure of one job must not stop the others
            broken[id] = error
            continue
        # What a worker keeps would be made again if it were lost.
        future.release()
        if tries > 1:
            retried(id)
        results[id] = result
        told(result)
    for job in _in_order(jobs):
        if job.id in broken:
            results[job.id] = _of_broken(job, broken[job.id], results)
            told(results[job.id])
    return {job.id: results[job.id] for job in jobs}


def _engine_lost() -> EngineLost:
    problem = "the connection to it was lost, and with it what was not done"
    return EngineLost("the scheduler", problem, "start it and this command again: it goes on")


def _of_broken(job: Job, error: Exception, results: Results) -> JobResult:
    """Return the result of a job that brought none: its own end, or that of one before it."""
    failed = next((id for id in job.after if id in results and not results[id].done), None)
    if failed:
        return _failed(job.id, _not_run(job.id, failed))
    if isinstance(error, KilledWorker):
        return _failed(job.id, _lost(job.id))
    if isinstance(error, MemoryError):
        return _failed(job.id, _no_memory(job.id))
    return _failed(job.id, error, "".join(traceback.format_exception(error)))
