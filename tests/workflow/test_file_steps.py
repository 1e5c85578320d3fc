"""The list of steps, which a newcomer reads, against the jobs, which are what happens."""

from pathlib import Path

import pytest

from gliofront.cohort.patient import Patient, Timepoint
from gliofront.learning.splits import Partition
from gliofront.workflow import file_steps as steps
from gliofront.workflow.jobs import Jobs
from gliofront.workflow.settings import StudySettings

A, B = (Patient(name, Timepoint({"T1C": Path(f"{name}.nii.gz")})) for name in "ab")
JOBS = Jobs(Path("out"), StudySettings(), ("T1C",))
FOLD = Partition("fold-1", ("a",), ("b",))
ALIGNED, PREPARED = JOBS.prepared(A)
EXTERNAL, EXTERNAL_SCORES = JOBS.external([B])

MADE = [
    (steps.ALIGNMENT, ALIGNED),
    (steps.PREPARATION, PREPARED),
    (steps.FEATURES, JOBS.featured(A)),
    (steps.FOLD, JOBS.fold(FOLD, {"a": A, "b": B})),
    (steps.SCORES, JOBS.scores(["fold-1"])),
    (steps.MODEL, JOBS.model([A, B], ["fold-1"])),
    (steps.EXTERNAL, EXTERNAL),
    (steps.EXTERNAL_SCORES, EXTERNAL_SCORES),
    (steps.HELD_OUT_MAP, JOBS.map_held_out(A, "fold-1")),
    (steps.MAP, JOBS.map_by_own_model(A)),
]


def test_every_step_is_seen_here():
    assert {step for step, _ in MADE} == {*steps.PATIENT_STEPS, *steps.COHORT_STEPS}


@pytest.mark.parametrize(("step", "job"), MADE, ids=lambda value: getattr(value, "name", ""))
def test_a_job_comes_after_the_jobs_of_the_steps_that_the_list_names(step, job):
    assert {steps.step_of(id.step) for id in job.after} == set(step.after)
    assert bool(job.sources) == step.reads_scans
    assert steps.step_of(job.id.step) == step.name
