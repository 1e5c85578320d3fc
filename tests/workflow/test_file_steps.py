"""The list of steps, which a newcomer reads, against the jobs, which are what happens."""

from pathlib import Path

import pytest

from gliofront.cohort.patient import Patient, Timepoint
from gliofront.cohort.raw_scans import diffusion_scan, perfusion_scan, spectroscopy_scan
from gliofront.learning.splits import Partition
from gliofront.workflow import file_steps as steps
from gliofront.workflow.jobs import Jobs
from gliofront.workflow.settings import StudySettings

RAW = {
    "diffusion": diffusion_scan(Path("dwi.nii.gz")),
    "perfusion": perfusion_scan(Path("dsc.nii.gz")),
    "spectroscopy": spectroscopy_scan(Path("mrs.nii.gz")),
}
AFTER = Timepoint({"T1C": Path("after.nii.gz")})
A, B = (
    Patient(name, Timepoint({"T1C": Path(f"{name}.nii.gz")}, raw=RAW), follow_up=AFTER)
    for name in "ab"
)
JOBS = Jobs(Path("out"), StudySettings(), ("T1C",))
FOLD = Partition("fold-1", ("a",), ("b",))
PREPARED = {job.id.step: job for job in JOBS.prepared(A)}
OF_A_PATIENT = [step for step in steps.PATIENT_STEPS if step.name in PREPARED]
EXTERNAL, EXTERNAL_SCORES = JOBS.external([B], [A])

MADE = [
    *((step, PREPARED[step.name]) for step in OF_A_PATIENT),
    (steps.FEATURES, JOBS.featured(A)),
    (steps.FOLD, JOBS.fold(FOLD, {"a": A, "b": B})),
    (steps.SCORES, JOBS.scores(["fold-1"])),
    (steps.MODEL, JOBS.model([A, B], ["fold-1"])),
    (steps.LEAKAGE, JOBS.leakage([A, B])),
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
    assert dict(job.sources) == dict(step.reads(A))
    assert steps.step_of(job.id.step) == step.name


def steps_of(**visit):
    return [job.id.step for job in JOBS.prepared(Patient("a", Timepoint(**visit)))]


def test_steps_that_a_patient_has_no_scans_for_are_left_out_and_nothing_waits_for_them():
    images = {"T1C": Path("a.nii.gz")}
    assert steps_of(images=images) == ["alignment", "preparation", "quality"]
    for job in JOBS.prepared(Patient("a", Timepoint(images))):
        assert {id.step for id in job.after} <= {"alignment", "preparation"}


def test_maps_that_are_all_given_are_not_made():
    given = {name: Path(f"{name}.nii.gz") for name in ("T1C", "ADC", "FA", "p", "q")}
    raw = {"diffusion": RAW["diffusion"]}
    assert "diffusion" not in steps_of(images=given, raw=raw)
    del given["q"]
    assert steps_of(images=given, raw=raw)[0] == "diffusion"


def test_a_map_that_is_given_or_taken_back_makes_the_raw_step_do_its_work_again():
    images, raw = {"T1C": Path("a.nii.gz")}, {"diffusion": RAW["diffusion"]}
    given = {**images, "ADC": Path("adc.nii.gz")}
    made = [JOBS.prepared(Patient("a", Timepoint(visit, raw=raw)))[0] for visit in (images, given)]
    assert [job.id.step for job in made] == ["diffusion", "diffusion"]
    assert made[0].settings != made[1].settings


def test_a_given_mask_of_progression_goes_before_the_scan():
    images = {"T1C": Path("a.nii.gz")}
    masks = {"progression": Path("p.nii.gz")}
    for given, wanted in ((masks, False), ({}, True)):
        patient = Patient("a", Timepoint(images, given), follow_up=AFTER)
        jobs = {job.id.step: job for job in JOBS.prepared(patient)}
        assert ("follow-up" in jobs) == wanted
        after = {id.step for id in JOBS.featured(patient).after}
        assert after == {"preparation", "follow-up"} if wanted else {"preparation"}
