"""Kills (-9) at random moments, and what they leave: the shared part of the proof.

A life is one output folder: a run is killed, verified, started again, killed again, and at last
run to its end. A moment is a number of records that are there and a random delay after it, so
moments are spread over the whole work, on a slow machine as on a fast one.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import psutil

from gliofront.workflow.records import record_ids
from gliofront.workflow.verification import FileState, verify
from small_study import SmallStudy

PATIENCE_SECONDS = 300.0


class Target(StrEnum):
    """What is killed."""

    MAIN = "main process"
    WORKER = "worker"
    SCHEDULER = "scheduler"


@dataclass(frozen=True)
class Moment:
    """When, and what.

    Parameters
    ----------
    target : what is killed.
    records : it waits for that many records.
    delay : and then so many seconds,
    latest : but no longer than until so many records are there: a run that has ended cannot be
        killed.
    """

    target: Target
    records: int
    delay: float
    latest: int


@dataclass
class Story:
    """How a life went, a line an event, and what is wrong with it."""

    lines: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    kills: int = 0

    def tell(self, line: str) -> None:
        self.lines.append(line)


def moments(rng: random.Random, targets: Sequence[Target], jobs: int) -> list[Moment]:
    """Return one moment for each target, in order, spread over the work.

    Parameters
    ----------
    jobs : how many records a whole run leaves.
    """
    share = (jobs - 1) / len(targets)
    return [
        Moment(target, int(place * share + rng.uniform(0, share)), rng.uniform(0, 3), jobs - 1)
        for place, target in enumerate(targets)
    ]


class Engine:
    """A scheduler and two workers in processes of their own, as on a cluster."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[psutil.Popen] = []
        self.scheduler: psutil.Popen | None = None
        self.started = 0

    def start(self) -> list[str]:
        """Start it, unless it runs, and return the options that join it."""
        if self.scheduler is None or not self.scheduler.is_running():
            self.started += 1
            told = str(self._told)
            common = ["--no-dashboard", "--host", "127.0.0.1", "--scheduler-file", told]
            self.scheduler = self._start("dask_scheduler", "--port", "0", *common)
            while not self._told.exists() or not self._told.read_text(encoding="utf-8").strip():
                time.sleep(0.1)
            for _ in range(2):
                self._start("dask_worker", "--nthreads", "1", *common)
        return ["--scheduler", json.loads(self._told.read_text(encoding="utf-8"))["address"]]

    @property
    def at_work(self) -> list[psutil.Popen]:
        """The processes of the last start; those of earlier ones are on their way out."""
        return self.processes[-3:]

    @property
    def _told(self) -> Path:
        return self.folder / f"scheduler-{self.started}.json"

    def _start(self, module: str, *options: str) -> psutil.Popen:
        command = [sys.executable, "-m", f"distributed.cli.{module}", *options]
        log = (self.folder / f"{module}.log").open("ab")
        process = psutil.Popen(command, stdout=log, stderr=log)
        log.close()
        self.processes.append(process)
        return process

    def kill_scheduler(self) -> None:
        """Kill the scheduler; its workers are left to themselves."""
        assert self.scheduler is not None
        self.scheduler.kill()
        self.scheduler.wait()

    def stop(self) -> None:
        """End all that is left of it."""
        for process in self.processes:
            with suppress(psutil.NoSuchProcess):
                for child in process.children(recursive=True):
                    with suppress(psutil.NoSuchProcess):
                        child.kill()
                process.kill()
            process.wait()


def _workers(parents: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Return the processes that compute: spawned, but no tracker of resources."""
    found = []
    for parent in parents:
        with suppress(psutil.NoSuchProcess):
            for child in parent.children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    if any("spawn_main" in part for part in child.cmdline()):
                        found.append(child)
    return found


class Life:
    """One output folder and all that befalls it."""

    def __init__(self, study: SmallStudy, out: Path, engine: Engine | None, seed: int) -> None:
        self.study, self.out, self.engine = study, out, engine
        self.rng = random.Random(seed)
        self.story = Story()
        self.process: psutil.Popen | None = None
        self.log = out.with_suffix(".log")

    def live(self, plan: Sequence[Moment]) -> Story:
        """Be killed at every moment, and run to the end."""
        for moment in plan:
            self._run()
            self._kill(moment)
            self._verify(str(moment.target))
        # A job that lost two workers is given up, and the run says so; the next does it.
        if self._run_to_end() != 0 and self._run_to_end() != 0:
            self.story.wrong.append(f"the last run failed; see {self.log}")
        self._verify("the end")
        return self.story

    def _run(self) -> None:
        """Start a run unless one is at work."""
        if self.process is not None and self.process.poll() is None:
            return
        options = ["--workers", "2"] if self.engine is None else self.engine.start()
        command = self.study.command(self.out, "--quiet", *options)
        with self.log.open("ab") as log:
            self.process = psutil.Popen(command, stdout=log, stderr=log)

    def _run_to_end(self) -> int:
        self._run()
        return self._end()

    def _end(self) -> int:
        assert self.process is not None
        code = int(self.process.wait(timeout=PATIENCE_SECONDS))
        self.story.tell(f"  a run ended with {code}, {self._records()} records")
        return code

    def _records(self) -> int:
        return len(record_ids(self.out))

    def _kill(self, moment: Moment) -> None:
        assert self.process is not None
        end = time.monotonic() + PATIENCE_SECONDS
        while self._records() < moment.records and self.process.poll() is None:
            if time.monotonic() > end:
                raise TimeoutError(f"{moment.records} records did not come; see {self.log}")
            time.sleep(0.02)
        end = time.monotonic() + moment.delay
        while time.monotonic() < end and self._records() < moment.latest:
            time.sleep(0.02)
        killed = self._kill_now(moment.target)
        self.story.kills += killed
        what = f"killed the {moment.target}" if killed else f"the {moment.target} had ended"
        self.story.tell(f"  {what} at {self._records()} records ({moment})")
        if killed and moment.target is not Target.WORKER:
            self._end()

    def _kill_now(self, target: Target) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            return False
        if target is Target.MAIN:
            self.process.kill()
            return True
        if target is Target.SCHEDULER:
            assert self.engine is not None
            self.engine.kill_scheduler()
            return True
        return self._kill_worker()

    def _kill_worker(self) -> bool:
        assert self.process is not None
        while self.process.poll() is None:
            parents = [self.process] if self.engine is None else self.engine.at_work
            workers = _workers(parents)
            if workers:
                with suppress(psutil.NoSuchProcess):
                    self.rng.choice(sorted(workers, key=lambda worker: worker.pid)).kill()
                    return True
            time.sleep(0.05)
        return False

    def _verify(self, after: str) -> None:
        """Note every file that is not what its record says."""
        if not self.out.is_dir():
            return
        bad = (FileState.WRONG, FileState.ABSENT)
        found = [f"{f.path} is {f.state} after {after}" for f in verify(self.out) if f.state in bad]
        self.story.wrong += found
        self.story.tell(f"    verified after {after}: {len(found)} files wrong")
