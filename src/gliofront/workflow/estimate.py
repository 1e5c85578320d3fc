"""What a run will take, before it starts: from the records of earlier runs, or from a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from gliofront.workflow.file_steps import step_of
from gliofront.workflow.job import GROUP, JobId
from gliofront.workflow.records import Record, read_record, record_ids


@dataclass(frozen=True)
class Cost:
    """What a step takes: seconds of one core, memory at its peak, files (MB of 10^6 bytes)."""

    seconds: float
    memory_mb: float
    disk_mb: float


# Medians of the demo's records: 12 patients, raw scans at 2 mm, nine maps, a working grid of 1 mm
# (docs/performance.md); peaks of the heaviest steps are the highest.
MEASURED: Mapping[str, Cost] = {
    "diffusion": Cost(21, 880, 4.4),
    "perfusion": Cost(5, 820, 1.8),
    "spectroscopy": Cost(6, 550, 0.2),
    "alignment": Cost(8, 730, 0.1),
    "preparation": Cost(23, 1610, 61),
    "region-spectra": Cost(1, 640, 0.1),
    "quality": Cost(0.1, 480, 0.1),
    "features": Cost(8, 1570, 278),
    "fold": Cost(29, 1570, 12),
    "scores": Cost(1, 740, 0.1),
    "model": Cost(32, 1520, 0.4),
    "external": Cost(5, 1220, 30),
    "external-scores": Cost(1, 700, 0.1),
    "map": Cost(2, 1460, 1.1),
}
_ANY_STEP = Cost(10, 1400, 10)
# The scheduler and the command itself.
_ENGINE_MB = 250


@dataclass(frozen=True)
class Estimate:
    """What a run will take at most, if nothing of it is done yet.

    Parameters
    ----------
    seconds : wall time.
    memory_mb, disk_mb : of all workers together; of the files (10^6 bytes).
    basis : where the figures come from.
    """

    seconds: float
    memory_mb: float
    disk_mb: float
    basis: str

    def __str__(self) -> str:
        """Return one sentence for the user."""
        return (
            f"About {_duration(self.seconds)}, {self.memory_mb / 1000:.1f} GB of memory and "
            f"{self.disk_mb / 1000:.1f} GB of disk, less what is done already ({self.basis})."
        )


def estimate(out: Path, ids: Sequence[JobId], workers: int) -> Estimate:
    """Return what jobs will take on so many workers.

    Parameters
    ----------
    out : output folder; the records in it of steps of the same names tell what they take.
    ids : of all jobs that will be done, or found done.
    workers : jobs at a time.
    """
    recorded = _recorded(out)
    costs = {id: _cost(id, recorded) for id in ids}
    known = sum(step_of(id.step) in recorded for id in ids)
    basis = "from the usual figures at 1 mm"
    if known:
        basis = f"from earlier runs in {out.name}" + (", in part" if known < len(ids) else "")
    memory = max((cost.memory_mb for cost in costs.values()), default=0.0)
    return Estimate(
        seconds=_wall_seconds({id: cost.seconds for id, cost in costs.items()}, workers),
        memory_mb=_ENGINE_MB + memory * min(workers, max(1, len(ids))),
        disk_mb=sum(cost.disk_mb for cost in costs.values()),
        basis=basis,
    )


def _cost(id: JobId, recorded: Mapping[str, Cost]) -> Cost:
    step = step_of(id.step)
    return recorded.get(step) or MEASURED.get(step) or _ANY_STEP


def _recorded(out: Path) -> dict[str, Cost]:
    """Return the medians of each step over the records in a folder."""
    by_step: dict[str, list[Record]] = defaultdict(list)
    for id in record_ids(out):
        record = read_record(out, id)
        if record is not None:
            by_step[step_of(id.step)].append(record)
    return {step: _median_cost(out, records) for step, records in by_step.items()}


def _median_cost(out: Path, records: Sequence[Record]) -> Cost:
    peaks = [record.peak_mb for record in records if record.peak_mb is not None]
    return Cost(
        seconds=median(record.seconds for record in records),
        memory_mb=median(peaks) if peaks else _ANY_STEP.memory_mb,
        disk_mb=median(_size_mb(record.files(out)) for record in records),
    )


def _size_mb(paths: Iterable[Path]) -> float:
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6


def _wall_seconds(seconds: Mapping[JobId, float], workers: int) -> float:
    """Return the wall time of patients in parallel, each a chain, and of the cohort in parallel."""
    chains: dict[str, float] = defaultdict(float)
    for id, value in seconds.items():
        chains[id.subject] += value
    cohort = [value for id, value in seconds.items() if id.subject == GROUP]
    chains.pop(GROUP, None)
    return _shared(list(chains.values()), workers) + _shared(cohort, workers)


def _shared(seconds: Sequence[float], workers: int) -> float:
    return max(sum(seconds) / workers, max(seconds, default=0.0))


def _duration(seconds: float) -> str:
    """Return a duration in the unit that fits.

    >>> _duration(40), _duration(400), _duration(40_000)
    ('40 s', '7 min', '11.1 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
