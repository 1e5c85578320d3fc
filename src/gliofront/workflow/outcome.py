"""What became of each patient: failure is per patient, and the others go on."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gliofront.cohort.patient import Patient
from gliofront.foundation.errors import EXIT_DONE, EXIT_SOME_FAILED, GliofrontError
from gliofront.foundation.findings import Finding, Level, finding_of
from gliofront.image.writing import write_text


@dataclass(frozen=True)
class Outcome:
    """What was made of a patient, or why nothing was.

    Parameters
    ----------
    patient : id.
    findings : all that was odd; a failure ends with an error among them.
    made : files written.
    error : why the patient failed; None if it did not.
    """

    patient: str
    findings: Sequence[Finding] = ()
    made: Sequence[Path] = ()
    error: Exception | None = None

    @property
    def done(self) -> bool:
        """Whether the patient is complete."""
        return self.error is None


def _failed(patient: Patient, error: Exception) -> Outcome:
    name = f"sub-{patient.id}"
    if isinstance(error, GliofrontError):
        finding = finding_of(error)
    else:
        problem = f"a fault of gliofront: {type(error).__name__}: {error}"
        finding = Finding(Level.ERROR, "fault", name, problem, "send the log to the developers")
    return Outcome(patient.id, [finding], error=error)


def each_patient(
    patients: Sequence[Patient],
    work: Callable[[Patient], Outcome],
    finished: Callable[[str], None] = lambda patient: None,
) -> list[Outcome]:
    """Do the work for every patient; one that fails is named and the others go on.

    Parameters
    ----------
    patients : each is handed to ``work`` alone.
    finished : told the id of each patient after it, whether it failed or not.

    Raises
    ------
    Exception
        That of the first patient, if no patient could be done.
    """
    outcomes = []
    for patient in patients:
        try:
            outcomes.append(work(patient))
        except Exception as error:  # the failure of one patient must not stop the others
            outcomes.append(_failed(patient, error))
        finished(patient.id)
    first = outcomes[0].error if outcomes else None
    if first is not None and not any(o.done for o in outcomes):
        raise first
    return outcomes


def exit_code_of(outcomes: Sequence[Outcome]) -> int:
    """Return 0 if all patients are done, 4 if some failed."""
    return EXIT_DONE if all(o.done for o in outcomes) else EXIT_SOME_FAILED


def save_faults(out: Path, outcomes: Sequence[Outcome]) -> list[Path]:
    """Write the details of faults of ours, one log a patient, and return the paths."""
    logs = []
    for outcome in outcomes:
        if outcome.error is None or isinstance(outcome.error, GliofrontError):
            continue
        logs.append(out / "logs" / f"sub-{outcome.patient}_fault.log")
        write_text(logs[-1], "".join(traceback.format_exception(outcome.error)))
    return logs
