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


def save_summary(folder: Path, prefix: str, summary: Summary) -> list[Path]:
    """Write the scores as tables and the skill as JSON, and return the paths."""
    tables = {"scores": summary.table, "patients": summary.patients}
    paths = [folder / f"{prefix}{name}.tsv" for name in tables]
    for path, rows in zip(paths, tables.values(), strict=True):
        write_text(path, table_text(rows))
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
    paths.append(folder / f"{prefix}skill.json")
    write_json(
        paths[-1],
        {
            "Headline": summary.headline,
            "SkillOverDistance": skills,
            "WithoutProgression": list(summary.without_progression),
            "ResearchUse": RESEARCH_ONLY,
        },
    )
    return paths


def save_participants(out: Path, outcomes: Sequence[Outcome], patients: Sequence[Patient]) -> None:
    """Write ``participants.tsv``: site, partition, and whether each patient is complete.

    Parameters
    ----------
    outcomes : a patient without one is planned.
    """
    status = {o.patient: "complete" if o.done else "failed" for o in outcomes}
    rows = [
        {
            "participant_id": f"sub-{patient.id}",
            "site": patient.site,
            "partition": patient.partition,
            "status": status.get(patient.id, "planned"),
        }
        for patient in patients
    ]
    write_text(out / "participants.tsv", table_text(rows))
