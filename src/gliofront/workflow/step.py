"""A step: a pure function of declared inputs to declared outputs, and the loop that runs steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from gliofront.foundation.findings import Finding
from gliofront.workflow.settings import StudySettings

FINDINGS = "findings"
State = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """One step of a patient.

    Parameters
    ----------
    name : what the user sees.
    run : function of the settings and, by name, of what it needs; returns what it makes, and
        under ``"findings"``, if it has any, a list of `Finding`.
    needs, makes : names of what goes in and what comes out.
    """

    name: str
    run: Callable[..., dict[str, Any]]
    needs: tuple[str, ...]
    makes: tuple[str, ...]


@dataclass(frozen=True)
class StepDone:
    """What a listener is told after each step: its name and its duration in seconds."""

    step: str
    seconds: float


Listener = Callable[[StepDone], None]


def run_steps(
    steps: Sequence[Step], state: State, settings: StudySettings, listener: Listener | None = None
) -> dict[str, Any]:
    """Run steps in order and return the state with all that they made.

    Parameters
    ----------
    steps : each may need what is in the state or what an earlier one made.
    state : what is known at the start, by name.
    settings : handed to every step.
    listener : told after each step.
    """
    known = dict(state)
    findings: list[Finding] = list(known.get(FINDINGS, []))
    for step in steps:
        start = perf_counter()
        made = step.run(settings, **{name: known[name] for name in step.needs})
        findings += made.pop(FINDINGS, [])
        if set(made) != set(step.makes):
            raise RuntimeError(f"step {step.name} made {sorted(made)}, not {sorted(step.makes)}")
        known |= made
        if listener:
            listener(StepDone(step.name, perf_counter() - start))
    return known | {FINDINGS: findings}
