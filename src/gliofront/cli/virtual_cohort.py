"""The virtual cohort of the demo, made patient by patient like the steps of a study."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from gliofront.phantom.cohort import write_member, write_tables
from gliofront.phantom.patient import patient_name
from gliofront.phantom.settings import PhantomSettings
from gliofront.workflow.job import GROUP, Job, JobId, JobResult, Made
from gliofront.workflow.run import How, run_in

COHORT = "cohort"
_PATIENT, _TABLES = "virtual-patient", "virtual-cohort"


@dataclass(frozen=True)
class VirtualCohort:
    """What a virtual cohort depends on; the arguments are those of `write_cohort`."""

    patients: int
    seed: int
    resolution_mm: float = 2.0
    sites: str = "ABC"
    external: str = "C"
    raw: bool = True


def make_virtual_cohort(
    out: Path, cohort: VirtualCohort, how: How, told: Callable[[str], None]
) -> Path:
    """Write virtual patients into ``OUT/cohort``, several at a time, unless they are there already.

    Parameters
    ----------
    out : folder of the demo.
    cohort : what to make.
    how : where it runs; changes no byte.
    told : told the name of each patient that is there.

    Returns
    -------
    The BIDS folder.

    Raises
    ------
    GliofrontError
        As the first patient that failed raised it.
    """
    folder = out.absolute() / COHORT
    patients = [_patient_job(folder, cohort, index) for index in range(cohort.patients)]
    tables = _tables_job(folder, cohort, [job.id for job in patients])

    def tell(result: JobResult) -> None:
        if result.id.step == _PATIENT and result.done:
            told(result.id.subject)

    with run_in(out, how) as run:
        results = run.do([*patients, tables], tell)
    for result in results.values():
        if result.error is not None:
            raise result.error
    return folder


def _patient_job(folder: Path, cohort: VirtualCohort, index: int) -> Job:
    # A patient is the same in cohorts of any size.
    known = asdict(cohort)
    own = {name: known[name] for name in ("seed", "resolution_mm", "sites", "raw")} | {
        "index": index
    }
    id = JobId(_PATIENT, f"sub-{patient_name(index)}")
    return Job(id, _write_patient, {"folder": folder, **own}, own, {})


def _write_patient(
    *, folder: Path, seed: int, index: int, resolution_mm: float, sites: str, raw: bool
) -> Made:
    settings = PhantomSettings(resolution_mm=resolution_mm)
    return Made(write_member(folder, seed, index, settings, sites=sites, raw=raw))


def _tables_job(folder: Path, cohort: VirtualCohort, after: list[JobId]) -> Job:
    own = {"patients": cohort.patients, "external": cohort.external}
    return Job(
        JobId(_TABLES, GROUP), _write_tables, {"folder": folder, **own}, own, {}, tuple(after)
    )


def _write_tables(*, folder: Path, patients: int, external: str) -> Made:
    write_tables(folder, patients=patients, external=external)
    described = (folder / "dataset_description.json", folder / "truth/dataset_description.json")
    return Made((folder / "participants.tsv", *described))
