"""What became of each patient: failure is per patient, and the others go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gliofront.cohort.patient import Patient
from gliofront.foundation.errors import EXIT_DONE, EXIT_SOME_FAILED, GliofrontError
from gliofront.foundation.findings import Finding, Level, finding_of
from gliofront.image.writing import write_text
from gliofront.workflow.job import JobId, JobResult


@dataclass(frozen=True)
class Outcome:
    """What was made of a patient, or why nothing was.

    Parameters
    ----------
    patient : id.
    findings : all that was odd; a failure ends with an error among them.
    made : files written.
    error : why the patient failed; None if it did not.
    trace : where, if it is a fault of ours.
    """

    patient: str
    findings: Sequence[Finding] = ()
    made: Sequence[Path] = ()
    error: Exception | None = None
    trace: str = ""

    @property
    def done(self) -> bool:
        """Whether the patient is complete."""
        return self.error is None


def outcomes_of(patients: Sequence[Patient], results: Mapping[JobId, JobResult]) -> list[Outcome]:
    """Return what became of each patient from the results of the patient's jobs."""
    return [
        _outcome(patient, [r for key, r in results.items() if key.subject == f"sub-{patient.id}"])
        for patient in patients
    ]


def _outcome(patient: Patient, results: Sequence[JobResult]) -> Outcome:
    # Several steps may see the same; a step that follows a failed one only says that it follows.
    findings = list(dict.fromkeys(f for result in results for f in result.findings))
    made = [path for result in results for path in result.files]
    failed = next((result for result in results if result.error is not None), None)
    if failed is None or failed.error is None:
        return Outcome(patient.id, findings, made)
    findings.append(_finding(patient, failed.error))
    return Outcome(patient.id, findings, made, failed.error, failed.trace)


def _finding(patient: Patient, error: Exception) -> Finding:
    if isinstance(error, GliofrontError):
        return finding_of(error)
    problem = f"a fault of gliofront: {type(error).__name__}: {error}"
    mend = "send the log to the developers"
    return Finding(Level.ERROR, "fault", f"sub-{patient.id}", problem, mend)


def raise_if_none(outcomes: Sequence[Outcome]) -> None:
    """Raise the error of the first patient if no patient could be done."""
    first = outcomes[0].error if outcomes else None
    if first is not None and not any(o.done for o in outcomes):
        raise first


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
        write_text(logs[-1], outcome.trace)
    return logs
