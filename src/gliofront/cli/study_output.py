"""What a study shows while it runs and when it ends; ``study`` and ``demo`` share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gliofront.cli.console import show_end, show_findings, show_table, track
from gliofront.cohort.patient import Patient
from gliofront.evaluation.cross_validation import PREDICTORS
from gliofront.evaluation.summary import Summary
from gliofront.workflow.outcome import exit_code_of
from gliofront.workflow.run import How
from gliofront.workflow.settings import StudySettings
from gliofront.workflow.study import Listeners, StudyResult, fold_count, run_study
from gliofront.workflow.study_end import end_study

_SHOWN = ("auroc", "auprc", "auprc_over_prevalence", "lift", "dice")


def score_rows(summary: Summary) -> list[dict[str, str]]:
    """Return the scores as rows to show: each score, the model and its nulls side by side."""
    rows = []
    for score in _SHOWN:
        row = {"score": score}
        for predictor in PREDICTORS:
            row[predictor] = str(summary.intervals[predictor][score])
        rows.append(row)
    return rows


def _show(result: StudyResult, out: Path, page: Path) -> None:
    show_findings({f"sub-{o.patient}": o.findings for o in result.outcomes})
    show_table(
        "Patients held out in turn: mean over patients (95 % interval)", score_rows(result.summary)
    )
    if result.external is not None:
        show_table("External patients", score_rows(result.external))
    done = sum(o.done for o in result.outcomes)
    show_end(
        [
            result.summary.headline,
            f"{done} of {len(result.outcomes)} patients complete, in {out}",
            f"scores: {out / 'group' / 'scores.tsv'}, a patient: {out / 'group' / 'patients.tsv'}",
            f"look at: {page}, or: gliofront view {out}",
            f"model for new patients: {result.model}",
        ]
    )


def study_and_show(
    patients: Sequence[Patient],
    out: Path,
    settings: StudySettings,
    how: How,
    *,
    participants: Path,
    quiet: bool,
) -> int:
    """Run a study with progress bars, show what it found, and return the exit code.

    Parameters
    ----------
    participants : table with clinical columns, if it is there.
    """
    totals = {
        "prepare": len(patients),
        "judge": fold_count(patients, settings),
        "draw": len(patients),
        "pages": len(patients),
    }
    with track(totals, quiet=quiet) as (prepared, judged, drawn, shown):
        how_told = replace(how, fitting=judged.show)
        result = run_study(patients, out, settings, Listeners(prepared, judged, drawn), how_told)
        table = participants if participants.exists() else None
        page, lacking = end_study(out, table, shown)
    show_findings({"pages": lacking})
    _show(result, out, page)
    return exit_code_of(result.outcomes)
