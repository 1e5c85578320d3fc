"""What a study ends with: the paper's tables and tests, figures, and pages to look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gliofront.foundation.errors import GliofrontError
from gliofront.foundation.findings import Finding, Level, finding_of
from gliofront.workflow.compare.cohort import compare_patients
from gliofront.workflow.figures import draw_figures
from gliofront.workflow.pages.report import write_reports
from gliofront.workflow.prepared_features import prepared_patients

Told = Callable[[str], None]


def end_study(
    out: Path, participants: Path | None, told: Told = lambda patient: None
) -> tuple[Path, list[Finding]]:
    """Compare groups, regions and features, draw figures, write pages; none can undo a study.

    Parameters
    ----------
    participants : table with clinical columns; None takes that of ``out``.
    told : told each patient whose page is finished.

    Returns
    -------
    The page of the cohort, and what could not be done.
    """
    findings: list[Finding] = []
    try:
        compare_patients(out, prepared_patients(out), participants)
    except GliofrontError as error:
        findings.append(_lacking(error))
    findings += _figures(out)
    report = write_reports(out, told)
    for outcome in report.outcomes:
        if isinstance(outcome.error, GliofrontError):
            findings.append(_lacking(outcome.error))
    return report.index, findings


def _figures(out: Path) -> list[Finding]:
    """Draw the figures, which the page of the cohort shows, and tell what could not be drawn."""
    try:
        return [f for f in draw_figures(out).findings if f.level is not Level.NOTE]
    except GliofrontError as error:
        return [_lacking(error)]


def _lacking(error: GliofrontError) -> Finding:
    found = finding_of(error)
    return Finding(Level.WARNING, found.code, found.subject, found.problem, found.mend)
