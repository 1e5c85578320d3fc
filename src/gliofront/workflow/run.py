"""A run over one output folder: locked, on an engine, every job recorded and told."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from distributed import Client

from gliofront.cohort.patient import Patient
from gliofront.workflow.cluster import ClusterSettings, connected, describe, worker_count
from gliofront.workflow.engine import run_jobs
from gliofront.workflow.estimate import estimate
from gliofront.workflow.events import EventLog
from gliofront.workflow.file_steps import step_of
from gliofront.workflow.fit_reports import fits_told
from gliofront.workflow.job import Job, JobId, JobResult
from gliofront.workflow.lock import LOCK, locked, sweep
from gliofront.workflow.outcome import outcomes_of, raise_if_none

Told = Callable[[JobResult], None]
Results = dict[JobId, JobResult]


@dataclass(frozen=True)
class How:
    """How a run is made; none of it changes a byte of what it makes.

    Parameters
    ----------
    cluster : where it runs.
    force : names of steps that are done again whatever their records say.
    planned : told where it runs and what it will take, before it starts.
    fitting : told, from another thread, how far the fits of models are.
    """

    cluster: ClusterSettings = field(default_factory=ClusterSettings)
    force: frozenset[str] = frozenset()
    planned: Callable[[str], None] = lambda sentence: None
    fitting: Callable[[str], None] = lambda sentence: None


@dataclass(frozen=True)
class Run:
    """A run that has the folder for itself and workers to do it."""

    out: Path
    client: Client
    how: How
    log: EventLog

    def do_patients(
        self,
        patients: Sequence[Patient],
        jobs: Sequence[Job],
        told: Told = lambda result: None,
        *,
        later: Sequence[JobId] = (),
    ) -> Results:
        """Tell what the run will take, and do the jobs of patients.

        Parameters
        ----------
        told : told each result as it comes.
        later : what the run will do after these jobs, if all goes well.

        Raises
        ------
        Exception
            That of the first patient, if no patient could be done.
        """
        self._plan([*(job.id for job in jobs), *later])
        results = self.do(jobs, told)
        raise_if_none(outcomes_of(patients, results))
        return results

    def _plan(self, ids: Sequence[JobId]) -> None:
        cluster = self.how.cluster
        local = not (cluster.scheduler or cluster.slurm)
        workers = worker_count(cluster) if local else max(1, len(self.client.nthreads()))
        self.how.planned(f"{describe(cluster)}. {estimate(self.out, ids, workers)}")

    def do(self, jobs: Sequence[Job], told: Told = lambda result: None) -> Results:
        """Do the jobs, each after those that it reads from; those that are done already stay.

        Parameters
        ----------
        told : told each result as it comes.
        """

        def tell(result: JobResult) -> None:
            self.log.result(result)
            told(result)

        forced = frozenset(j.id.step for j in jobs if step_of(j.id.step) in self.how.force)
        with fits_told(self.client, self.out, self.how.fitting):
            return run_jobs(
                self.client, self.out, jobs, force=forced, told=tell, retried=self.log.retried
            )


@contextmanager
def run_in(out: Path, how: How) -> Iterator[Run]:
    """Take the folder and the workers; a folder that is made for a run that is refused goes again.

    Raises
    ------
    UsageRefused
        If another run writes into the folder.
    InputRefused
        If the folder cannot be written, or the cluster does not answer.
    """
    with locked(out):
        new = not any(path.name != LOCK for path in out.iterdir())
        try:
            sweep(out)
            log = EventLog(out)
            log.start()
            with connected(how.cluster) as client:
                yield Run(out, client, how, log)
            log.end()
        except BaseException:
            # Held by the lock: nobody else has begun in the folder.
            if new and not any(out.glob("records/*/*.json")):
                shutil.rmtree(out, ignore_errors=True)
            raise
