import pytest

from gliofront.image.writing import write_json
from gliofront.workflow.estimate import MEASURED, estimate
from gliofront.workflow.job import GROUP, JobId
from gliofront.workflow.records import Record, record_path


def cohort(patients, steps=("alignment", "preparation", "features")):
    subjects = [f"sub-{n:02}" for n in range(patients)]
    return [JobId(step, subject) for subject in subjects for step in steps]


def record(out, step, subject, seconds, peak_mb, megabytes=0.0):
    path = out / subject / f"{step}.bin"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(int(megabytes * 1e6)))
    made = Record(
        step=step,
        subject=subject,
        version="0",
        inputs={},
        settings={},
        outputs={path.relative_to(out).as_posix(): "0" * 64},
        seconds=seconds,
        peak_mb=peak_mb,
    )
    write_json(record_path(out, JobId(step, subject)), made.model_dump(mode="json"))


def test_without_records_the_table_is_used(tmp_path):
    patient = sum(MEASURED[step].seconds for step in ("alignment", "preparation", "features"))
    found = estimate(tmp_path, cohort(8), workers=2)
    assert found.seconds == pytest.approx(4 * patient)
    assert found.disk_mb == pytest.approx(8 * (0.1 + 61 + 278))
    assert found.memory_mb == pytest.approx(2 * 1610 + 250)
    assert "usual figures" in found.basis


def test_a_patient_alone_is_as_slow_as_its_steps_and_more_workers_take_no_more_memory(tmp_path):
    jobs = cohort(1, ("alignment",))
    one, many = (estimate(tmp_path, jobs, workers) for workers in (1, 64))
    assert one == many
    assert one.seconds == MEASURED["alignment"].seconds


def test_medians_of_earlier_runs_come_first(tmp_path):
    for n, seconds in enumerate((1.0, 2.0, 30.0)):
        record(tmp_path, "alignment", f"sub-{n:02}", seconds, 100.0 + n, megabytes=0.5)
    record(tmp_path, "train", GROUP, 7.0, None)
    jobs = [*cohort(4, ("alignment",)), JobId("train", GROUP)]
    found = estimate(tmp_path, jobs, workers=2)
    assert found.seconds == pytest.approx(4 * 2.0 / 2 + 7.0)
    assert found.disk_mb == pytest.approx(4 * 0.5)
    assert found.basis == f"from earlier runs in {tmp_path.name}"
    some = estimate(tmp_path, cohort(1), workers=2)
    assert some.basis.endswith("in part")


def test_a_damaged_record_counts_for_nothing(tmp_path):
    record(tmp_path, "alignment", "sub-01", 1e9, 1.0)
    record_path(tmp_path, JobId("alignment", "sub-01")).write_text("{")
    found = estimate(tmp_path, cohort(1, ("alignment",)), workers=1)
    assert found.seconds == MEASURED["alignment"].seconds


def test_the_sentence_is_for_the_user(tmp_path):
    text = str(estimate(tmp_path, cohort(8), workers=2))
    assert text.startswith("About 3 min, 3.")
    assert "GB of memory and 2.7 GB of disk" in text


def test_steps_that_nobody_measured_and_no_jobs_at_all(tmp_path):
    assert estimate(tmp_path, [JobId("unheard-of", "sub-01")], 2).seconds > 0
    assert estimate(tmp_path, [], 2).seconds == 0


def test_the_folds_of_a_study_are_jobs_of_one_step(tmp_path):
    folds = [JobId(f"fold-{n}", GROUP) for n in (1, 2, 3)]
    assert estimate(tmp_path, folds, workers=1).seconds == 3 * MEASURED["fold"].seconds
    record(tmp_path, "fold-1", GROUP, 5.0, 100.0)
    assert estimate(tmp_path, folds, workers=1).seconds == pytest.approx(3 * 5.0)
