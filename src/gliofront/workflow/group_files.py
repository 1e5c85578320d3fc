"""The files of a whole cohort: scores, patients, findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from gliofront import RESEARCH_ONLY
from gliofront.cohort.patient import Patient
from gliofront.cohort.tables import table_text
from gliofront.evaluation.bootstrap import Interval
from gliofront.evaluation.calibration_summary import calibration_rows
from gliofront.evaluation.coverage_summary import coverage_rows, promise_rows
from gliofront.evaluation.cross_validation import HeldOutPatient
from gliofront.evaluation.curve_tables import (
    coverage_curve_rows,
    decision_rows,
    reliability_rows,
)
from gliofront.evaluation.leakage import LeakageReport
from gliofront.evaluation.modality_value import modality_value
from gliofront.evaluation.roc_tables import precision_recall_rows, roc_rows
from gliofront.evaluation.settings import EvaluationSettings
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


def save_leakage(folder: Path, report: LeakageReport, kind: str) -> list[Path]:
    """Write the laboratory's scores as a table and its verdict as JSON, and return the paths.

    Parameters
    ----------
    kind : of the classifier that was fitted.
    """
    rows = [
        {"split": row.split, "score": row.score, **_ends(row.interval), "reason": row.reason}
        for row in report.rows
    ]
    paths = [folder / "leakage.tsv", folder / "leakage.json"]
    write_text(paths[0], table_text(rows))
    canary = {**_ends(report.canary.auroc), "holds": report.canary.holds}
    told = {
        "Verdict": report.verdict,
        "Kind": kind,
        "OptimismGap": _ends(report.optimism_gap),
        "PermutationCanary": canary | {"reason": report.canary.reason},
        "ResearchUse": RESEARCH_ONLY,
    }
    write_json(paths[1], told)
    return paths


def _ends(found: Interval) -> dict[str, float | int]:
    return {
        "mean": found.mean,
        "low": found.low,
        "high": found.high,
        "patients": found.patients,
    }


def save_worth(
    folder: Path, prefix: str, held: Sequence[HeldOutPatient], settings: EvaluationSettings
) -> list[Path]:
    """Write what plans and probabilities are worth over the patients, and return the paths."""
    tables: dict[str, Sequence[Mapping[str, object]]] = {
        "coverage": coverage_rows(held, settings),
        "promises": promise_rows(held),
        "calibration": calibration_rows(held, settings),
        "modalities": _modality_rows(held, settings),
        "coverage_curves": coverage_curve_rows(held, settings),
        "reliability": reliability_rows(held),
        "roc": roc_rows(held, settings),
        "precision_recall": precision_recall_rows(held, settings),
        "decision_curves": decision_rows(held, settings),
    }
    paths = [folder / f"{prefix}{name}.tsv" for name, rows in tables.items() if rows]
    for path, rows in zip(paths, (rows for rows in tables.values() if rows), strict=True):
        write_text(path, table_text(rows))
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


def _modality_rows(
    held: Sequence[HeldOutPatient], settings: EvaluationSettings
) -> list[dict[str, object]]:
    """Return what each map is worth to the model: with all maps, minus without it."""
    placed = [(one, one.places) for one in held if one.places is not None]
    found = modality_value(
        [one for one, _ in placed],
        {one.patient: places.path_mm for one, places in placed},
        {one.patient: places.voxel_ml for one, places in placed},
        seed=settings.seed,
        resamples=settings.resamples,
    )
    return [
        {"map": one.name, "score": score, **_ends(told.interval), "reason": told.reason}
        for one in found
        for score, told in (("auroc", one.auroc), ("coverage_points", one.coverage_points))
    ]
