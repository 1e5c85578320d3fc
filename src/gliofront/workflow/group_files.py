"""The files of a whole cohort: scores, patients, findings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gliofront import RESEARCH_ONLY
from gliofront.cohort.patient import Patient
from gliofront.cohort.tables import table_text
from gliofront.evaluation.summary import Summary
from gliofront.image.writing import write_json, write_text
from gliofront.workflow.outcome import Outcome


def save_findings(out: Path, outcomes: Sequence[Outcome]) -> Path:
    """Write every finding of every patient as ``findings.tsv`` and return its path."""
    path = out / "findings.tsv"
    rows = [
        {
            "patient": f"sub-{outcome.patient}",
            "level": finding.level,
            "code": finding.code,
            "subject": finding.subject,
            "problem": finding.problem,
            "mend": finding.mend,
        }
        for outcome in outcomes
        for finding in outcome.findings
    ]
    header = {"patient": "", "level": "", "code": "", "subject": "", "problem": "", "mend": ""}
    text = table_text(rows) if rows else "\t".join(header) + "\n"
    write_text(path, text)
    return path


def _save_summary(folder: Path, prefix: str, summary: Summary) -> None:
    write_text(folder / f"{prefix}scores.tsv", table_text(summary.table))
    write_text(folder / f"{prefix}patients.tsv", table_text(summary.patients))
    skills = {
        name: {
            "Verdict": skill.verdict,
            "Mean": skill.interval.mean,
            "Low": skill.interval.low,
            "High": skill.interval.high,
            "Patients": skill.interval.patients,
        }
        for name, skill in summary.skills.items()
    }
    write_json(
        folder / f"{prefix}skill.json",
        {
            "Headline": summary.headline,
            "SkillOverDistance": skills,
            "WithoutProgression": list(summary.without_progression),
            "ResearchUse": RESEARCH_ONLY,
        },
    )


def save_participants(out: Path, outcomes: Sequence[Outcome], patients: Sequence[Patient]) -> None:
    """Write ``participants.tsv``: site, partition, and whether each patient is complete."""
    done = {outcome.patient: outcome.done for outcome in outcomes}
    rows = [
        {
            "participant_id": f"sub-{patient.id}",
            "site": patient.site,
            "partition": patient.partition,
            "status": "complete" if done[patient.id] else "failed",
        }
        for patient in patients
    ]
    write_text(out / "participants.tsv", table_text(rows))


def save_group(
    out: Path,
    outcomes: Sequence[Outcome],
    patients: Sequence[Patient],
    summary: Summary,
    external: Summary | None,
) -> None:
    """Write ``participants.tsv``, ``findings.tsv`` and the scores in ``group/``.

    Parameters
    ----------
    summary : of the patients held out in turn; ``external`` : of the external partition, if any.
    """
    save_participants(out, outcomes, patients)
    save_findings(out, outcomes)
    _save_summary(out / "group", "", summary)
    if external is not None:
        _save_summary(out / "group", "external_", external)
