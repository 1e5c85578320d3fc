"""What a study ends with: the paper's tables and tests, and pages to look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gliofront.foundation.errors import GliofrontError
from gliofront.foundation.findings import Finding, Level, finding_of
from gliofront.workflow.compare import compare_patients
from gliofront.workflow.prepared_features import prepared_patients
from gliofront.workflow.report import write_reports

Told = Callable[[str], None]


def end_study(
    out: Path, participants: Path | None, told: Told = lambda patient: None
) -> tuple[Path, list[Finding]]:
    """Compare groups, regions and features, then write every page; neither can undo a study.

    Parameters
    ----------
    participants : table with clinical columns; None takes that of ``out``.
    told : told each patient whose page is finished.

    Returns
    -------
    The page of the cohort, and what could not be done.
    """
    findings = []
    try:
        compare_patients(out, prepared_patients(out), participants)
    except GliofrontError as error:
        findings.append(_lacking(error))
    report = write_reports(out, told)
    for outcome in report.outcomes:
        if isinstance(outcome.error, GliofrontError):
            findings.append(_lacking(outcome.error))
    return report.index, findings


def _lacking(error: GliofrontError) -> Finding:
    found = finding_of(error)
    return Finding(Level.WARNING, found.code, found.subject, found.problem, found.mend)
