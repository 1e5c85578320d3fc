"""Records: what a job read, used and made, so that a rerun does only what changed.

A record says that its files are whole and which inputs they come from. So it is written last,
and is gone before the first of its files is touched: a process killed at any moment leaves files
without a record, which are made again, and never a record beside files that are not its own.
"""

from __future__ import annotations

import copy
import json
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from time import perf_counter
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from gliofront import __version__
from gliofront.foundation.errors import GliofrontError, InputRefused
from gliofront.foundation.findings import Finding
from gliofront.image.writing import write_json
from gliofront.workflow.intake import sha256_of
from gliofront.workflow.job import GROUP, Job, JobId, JobResult, Made
from gliofront.workflow.peak_memory import peak_mb, release_freed, reset_peak

RECORDS = "records"


def _inside(path: str) -> str:
    """Let a record name files of its own folder alone: what it names may be deleted."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\0" in path:
        raise ValueError("not a path inside the output folder")
    return path


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Inside = Annotated[str, AfterValidator(_inside)]


class Record(BaseModel):
    """What one job read, used and made.

    Parameters
    ----------
    inputs : ``source NAME`` of the user's files and paths of other jobs' outputs, to SHA-256.
    settings : the part of the settings that was used.
    outputs : paths below the output folder, with forward slashes, to SHA-256.
    seconds : to read the inputs' hashes, run, and hash the outputs.
    peak_mb : most memory (10^6 bytes) that the process held meanwhile; None if unknown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    schema_version: Literal[1] = 1
    step: str
    subject: str
    version: str
    inputs: dict[str, Sha256]
    settings: dict[str, Any]
    outputs: dict[Inside, Sha256]
    findings: tuple[Finding, ...] = ()
    seconds: float
    peak_mb: float | None = None

    @property
    def id(self) -> JobId:
        """Which job it is of."""
        return JobId(self.step, self.subject)

    def files(self, out: Path) -> tuple[Path, ...]:
        """Return the paths of the outputs, sorted."""
        return tuple(out / name for name in sorted(self.outputs))


def record_path(out: Path, id: JobId) -> Path:
    """Return where the record of a job lies.

    >>> record_path(Path("out"), JobId("alignment", "sub-01")).as_posix()
    'out/records/sub-01/alignment.json'
    """
    return out / RECORDS / id.subject / f"{id.step}.json"


def read_record(out: Path, id: JobId) -> Record | None:
    """Return the record of a job, or None if it is absent, damaged, or of another job."""
    try:
        record = Record.model_validate_json(record_path(out, id).read_bytes())
    except (OSError, ValidationError):
        return None
    return record if record.id == id else None


def record_ids(out: Path, subject: str | None = None) -> list[JobId]:
    """Return the jobs, of one subject or of all, with a file among the records, damaged or not."""
    folder = out / RECORDS
    found = folder.glob("*/*.json") if subject is None else (folder / subject).glob("*.json")
    return [JobId(path.stem, path.parent.name) for path in sorted(found)]


def perform(
    out: Path, job: Job, *, force: bool = False, wanted: Callable[[], bool] = lambda: True
) -> JobResult:
    """Do a job, unless its record says that its files are there and current.

    They are if version, settings, the hashes of all inputs and the hash of every output are as
    recorded; dates play no part. Otherwise the files of the old record are deleted, so that what
    is made no more does not stay, and of a job that fails nothing old is left to be taken for new.

    Parameters
    ----------
    out : output folder.
    job : what to do; the jobs that it comes after are done.
    force : do it even so.
    wanted : asked before the record is written: whether the run that asked for it still is. A
        worker that outlives its run must not vouch for files that another run may be making.

    Returns
    -------
    What became of it. Whatever the job raises is kept as ``error``, and leaves no record; if
    its inputs cannot be read, it is not run, and old files and record stay. `MemoryError` alone
    passes through, for another try may succeed.
    """
    start = perf_counter()
    try:
        return _performed(out, job, force, wanted, start)
    except MemoryError:
        raise
    except Exception as error:  # the failure of one job must not stop the others
        fault = not isinstance(error, GliofrontError)
        trace = "".join(traceback.format_exception(error)) if fault else ""
        seconds = round(perf_counter() - start, 4)
        return JobResult(job.id, True, (), (), _that_travels(error), trace, seconds)


def _performed(
    out: Path, job: Job, force: bool, wanted: Callable[[], bool], start: float
) -> JobResult:
    inputs = _input_hashes(out, job)
    settings = json.loads(json.dumps(job.settings, allow_nan=False))
    old = read_record(out, job.id)
    if old and not force and _is_current(out, old, inputs, settings):
        return JobResult(job.id, False, old.findings, old.files(out))
    _retire(out, job.id, old)
    release_freed()
    measured = reset_peak()
    made = job.run(**job.arguments)
    record = Record(
        step=job.id.step,
        subject=job.id.subject,
        version=__version__,
        inputs=inputs,
        settings=settings,
        outputs=_output_hashes(out, made),
        findings=made.findings,
        seconds=round(perf_counter() - start, 4),
        peak_mb=peak_mb() if measured else None,
    )
    if not wanted():
        raise RuntimeError(f"{job.id} outlived its run, and was not recorded")
    write_json(record_path(out, job.id), record.model_dump(mode="json"))
    return JobResult(
        job.id,
        True,
        made.findings,
        record.files(out),
        seconds=record.seconds,
        peak_mb=record.peak_mb,
    )


def _input_hashes(out: Path, job: Job) -> dict[str, str]:
    hashes = {f"source {name}": _source_hash(path) for name, path in job.sources.items()}
    for id in job.after:
        record = read_record(out, id)
        if record is None:
            raise RuntimeError(f"{job.id} comes after {id}, which has no record")
        hashes |= record.outputs
    return hashes


def _source_hash(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        mend = "check that it is there and may be read"
        raise InputRefused(path, f"the file cannot be read ({reason})", mend) from error


def _is_current(
    out: Path, old: Record, inputs: Mapping[str, str], settings: Mapping[str, Any]
) -> bool:
    if (old.version, old.inputs, old.settings) != (__version__, inputs, settings):
        return False
    return all(_holds(out / name, sha256) for name, sha256 in old.outputs.items())


def _holds(path: Path, sha256: str) -> bool:
    try:
        return sha256_of(path) == sha256
    except OSError:
        return False


def _retire(out: Path, id: JobId, old: Record | None) -> None:
    """Delete what an old record names, then the record: killed between, it is not current."""
    record = record_path(out, id)
    try:
        if old is not None:
            for name in sorted(old.outputs.keys() - _named_by_others(out, id)):
                (out / name).unlink(missing_ok=True)
        record.unlink(missing_ok=True)
    except OSError as error:
        path, reason = error.filename or record, error.strerror or type(error).__name__
        mend = "make the folder writable or choose another output folder"
        raise InputRefused(path, f"the file cannot be deleted ({reason})", mend) from error


def _named_by_others(out: Path, id: JobId) -> set[str]:
    """Return the files that other jobs have made: in a new version a file may change its job.

    The files of a patient are made by the patient's jobs or by those of the cohort.
    """
    subjects = [None] if id.subject == GROUP else [id.subject, GROUP]
    others = [other for subject in subjects for other in record_ids(out, subject) if other != id]
    records = (read_record(out, other) for other in others)
    return {name for record in records if record for name in record.outputs}


def _output_hashes(out: Path, made: Made) -> dict[str, str]:
    root = out.absolute()
    names = {path: path.absolute().relative_to(root).as_posix() for path in made.files}
    return {name: sha256_of(path) for path, name in names.items()}


def _that_travels(error: Exception) -> Exception:
    """Return an error that survives the way to another process, which is that of a copy."""
    try:
        return copy.deepcopy(error)
    except Exception:  # an error class may fail to be built again in any way
        return RuntimeError(f"{type(error).__name__}: {error}")
