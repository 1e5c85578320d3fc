import inspect

import pytest

from gliofront.foundation.findings import Finding, Level
from gliofront.workflow.patient import ALL_STEPS
from gliofront.workflow.settings import StudySettings
from gliofront.workflow.step import Step, run_steps


@pytest.mark.parametrize("step", ALL_STEPS, ids=lambda step: step.name)
def test_a_step_declares_exactly_what_its_function_takes(step):
    _, *parameters = inspect.signature(step.run).parameters.values()
    # What has a default, such as who is told of progress, comes from nowhere.
    assert tuple(p.name for p in parameters if p.default is p.empty) == step.needs


def test_every_need_is_known_before_and_nothing_is_made_twice():
    known = {"patient", "wanted"}
    for step in ALL_STEPS:
        assert set(step.needs) <= known
        assert not set(step.makes) & known
        known |= set(step.makes)


def test_a_step_that_makes_something_else_is_a_fault():
    step = Step("wrong", lambda settings: {"b": 1}, needs=(), makes=("a",))
    with pytest.raises(RuntimeError, match="wrong made"):
        run_steps([step], {}, StudySettings())


def test_findings_are_collected_over_steps_and_the_listener_is_told():
    note = Finding(Level.NOTE, "n", "s", "p")
    steps = [
        Step("one", lambda settings: {"a": 1, "findings": [note]}, needs=(), makes=("a",)),
        Step("two", lambda settings, a: {"b": a + 1}, needs=("a",), makes=("b",)),
    ]
    told = []
    state = run_steps(steps, {}, StudySettings(), told.append)
    assert state["b"] == 2
    assert state["findings"] == [note]
    assert [t.step for t in told] == ["one", "two"]
