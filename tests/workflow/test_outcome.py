import pytest

from gliofront.cohort.patient import Patient, Timepoint
from gliofront.foundation.errors import InputRefused
from gliofront.workflow.outcome import Outcome, each_patient, exit_code_of, save_faults

PATIENTS = [Patient(name, Timepoint({})) for name in ("a", "b", "c")]


def run(bad: dict[str, Exception]) -> list[Outcome]:
    def work(patient: Patient) -> Outcome:
        if patient.id in bad:
            raise bad[patient.id]
        return Outcome(patient.id)

    return each_patient(PATIENTS, work)


def test_one_poisoned_patient_leaves_the_others_unharmed(tmp_path):
    outcomes = run({"b": InputRefused("b.nii.gz", "it is empty", "copy it again")})
    assert [(o.patient, o.done) for o in outcomes] == [("a", True), ("b", False), ("c", True)]
    assert "b.nii.gz" in str(outcomes[1].findings[-1])
    assert exit_code_of(outcomes) == 4
    assert save_faults(tmp_path, outcomes) == []


def test_a_fault_of_ours_is_named_and_logged(tmp_path):
    outcomes = run({"c": ZeroDivisionError("x")})
    assert exit_code_of(outcomes) == 4
    (log,) = save_faults(tmp_path, outcomes)
    assert "ZeroDivisionError: x" in log.read_text(encoding="utf-8")
    assert log.name == "sub-c_fault.log"


@pytest.mark.parametrize("error", [InputRefused("f", "p", "m"), ValueError("x")])
def test_when_all_fail_the_first_reason_is_raised(error):
    with pytest.raises(type(error)) as raised:
        run(dict.fromkeys("abc", error))
    assert raised.value is error


def test_all_done_is_zero():
    assert exit_code_of(run({})) == 0


def test_an_interrupt_is_not_swallowed():
    def work(patient: Patient) -> Outcome:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        each_patient(PATIENTS, work)
