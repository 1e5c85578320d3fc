import pytest

from gliofront.cohort.patient import Patient, Timepoint
from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level
from gliofront.workflow.job import JobId, JobResult
from gliofront.workflow.outcome import (
    Outcome,
    exit_code_of,
    outcomes_of,
    raise_if_none,
    save_faults,
)

PATIENTS = [Patient(name, Timepoint({})) for name in ("a", "b", "c")]
NOTE = Finding(Level.NOTE, "n", "s", "p")


def run(bad: dict[str, Exception]) -> list[Outcome]:
    results = {}
    for patient in PATIENTS:
        subject = f"sub-{patient.id}"
        first, second = JobId("alignment", subject), JobId("features", subject)
        error = bad.get(patient.id)
        results[first] = JobResult(first, True, (NOTE,), (), error, f"trace of {error}")
        follows = InputRefused(subject, "features was not run", "see alignment") if error else None
        results[second] = JobResult(second, error is None, (NOTE,), (), follows)
    return outcomes_of(PATIENTS, results)


def test_one_poisoned_patient_leaves_the_others_unharmed(tmp_path):
    outcomes = run({"b": InputRefused("b.nii.gz", "it is empty", "copy it again")})
    assert [(o.patient, o.done) for o in outcomes] == [("a", True), ("b", False), ("c", True)]
    assert exit_code_of(outcomes) == 4
    assert save_faults(tmp_path, outcomes) == []


def test_the_cause_is_told_and_not_what_followed_from_it():
    outcomes = run({"b": InputRefused("b.nii.gz", "it is empty", "copy it again")})
    errors = [f for f in outcomes[1].findings if f.level is Level.ERROR]
    assert [f.subject for f in errors] == ["b.nii.gz"]


def test_what_two_steps_saw_is_told_once():
    assert all(list(o.findings) == [NOTE] for o in run({}))


def test_a_fault_of_ours_is_named_and_logged(tmp_path):
    outcomes = run({"c": ZeroDivisionError("x")})
    assert exit_code_of(outcomes) == 4
    assert outcomes[2].findings[-1].code == "fault"
    (log,) = save_faults(tmp_path, outcomes)
    assert log.read_text(encoding="utf-8") == "trace of x"
    assert log.name == "sub-c_fault.log"


@pytest.mark.parametrize("error", [InputRefused("f", "p", "m"), ValueError("x")])
def test_when_all_fail_the_first_reason_is_raised(error):
    with pytest.raises(type(error)) as raised:
        raise_if_none(run(dict.fromkeys("abc", error)))
    assert raised.value is error


def test_all_done_is_zero():
    outcomes = run({})
    raise_if_none(outcomes)
    assert exit_code_of(outcomes) == 0
