"""The evaluation as tables: predictors by scores, patients by scores, skill and warnings."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gliofront.evaluation.bootstrap import Interval, mean_interval
from gliofront.evaluation.cross_validation import DISTANCE, MODEL, PREDICTORS, HeldOutPatient
from gliofront.evaluation.pooled import pooled_intervals, pooled_scores
from gliofront.evaluation.scores import NAMES, Score, all_scores
from gliofront.evaluation.settings import EvaluationSettings
from gliofront.evaluation.skill import Skill, skill_over_distance
from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level

Row = dict[str, str | int | float]
PatientScores = Mapping[str, Mapping[str, Mapping[str, Score]]]

TOO_GOOD_AUROC = 0.9
_SKILL_SCORES = ("auroc", "auprc")


@dataclass(frozen=True)
class Summary:
    """What an evaluation found.

    Parameters
    ----------
    table : one row a predictor and score: mean over patients with interval, and pooled.
    patients : one row a patient, every score of every predictor.
    skills : model minus distance null for AUROC and AUPRC.
    intervals : predictor, then score, to the mean over patients.
    without_progression : patients whose region holds no progression; counted apart.
    findings : warnings.
    """

    table: tuple[Row, ...]
    patients: tuple[Row, ...]
    skills: Mapping[str, Skill]
    intervals: Mapping[str, Mapping[str, Interval]]
    without_progression: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def headline(self) -> str:
        """The first line of every report."""
        return self.skills["auroc"].verdict


def summarise(held: Sequence[HeldOutPatient], settings: EvaluationSettings) -> Summary:
    """Score every predictor in every held-out patient.

    Raises
    ------
    InputRefused
        If there is no patient.
    """
    if not held:
        raise InputRefused("evaluation", "no patient was held out", "give more patients")
    scores = {h.patient: _scores_of(h) for h in held}
    intervals = {
        predictor: {
            name: mean_interval(
                _values(scores, predictor, name), seed=settings.seed, resamples=settings.resamples
            )
            for name in NAMES
        }
        for predictor in PREDICTORS
    }
    skills = {
        name: skill_over_distance(
            name,
            _values(scores, MODEL, name),
            _values(scores, DISTANCE, name),
            seed=settings.seed,
            resamples=settings.resamples,
        )
        for name in _SKILL_SCORES
    }
    return Summary(
        table=tuple(
            row
            for predictor in PREDICTORS
            for row in _rows(held, scores, predictor, intervals[predictor], settings)
        ),
        patients=tuple(_patient_row(h, scores[h.patient]) for h in held),
        skills=skills,
        intervals=intervals,
        without_progression=tuple(h.patient for h in held if not h.progression.any()),
        findings=_findings(intervals),
    )


def _scores_of(held: HeldOutPatient) -> dict[str, dict[str, Score]]:
    return {
        name: all_scores(held.progression, made.probability, made.threshold)
        for name, made in held.predictions.items()
    }


def _values(scores: PatientScores, predictor: str, name: str) -> list[float]:
    return [of_patient[predictor][name].value for of_patient in scores.values()]


def _rows(
    held: Sequence[HeldOutPatient],
    scores: PatientScores,
    predictor: str,
    intervals: Mapping[str, Interval],
    settings: EvaluationSettings,
) -> list[Row]:
    pooled = pooled_scores(held, predictor)
    ends = pooled_intervals(held, predictor, seed=settings.seed, resamples=settings.resamples)
    rows: list[Row] = []
    for name in NAMES:
        found = intervals[name]
        low, high = ends.get(name, (math.nan, math.nan))
        reasons = Counter(
            s[predictor][name].reason for s in scores.values() if not s[predictor][name].defined
        )
        rows.append(
            {
                "predictor": predictor,
                "score": name,
                "mean": found.mean,
                "low": found.low,
                "high": found.high,
                "patients": found.patients,
                "undefined": len(held) - found.patients,
                "reason": "; ".join(f"{text} ({n})" for text, n in sorted(reasons.items())),
                "pooled": pooled[name].value,
                "pooled_low": low,
                "pooled_high": high,
            }
        )
    return rows


def _patient_row(held: HeldOutPatient, scores: Mapping[str, Mapping[str, Score]]) -> Row:
    row: Row = {
        "patient": held.patient,
        "site": held.site,
        "fold": held.fold,
        "voxels": held.rows.size,
        "left_out": held.left_out,
        "progression_ml": held.progression_ml,
        "prevalence": float(held.progression.mean()) if held.rows.size else math.nan,
    }
    reasons: dict[str, list[str]] = {}
    for predictor, of_predictor in scores.items():
        for name, score in of_predictor.items():
            row[f"{predictor}_{name}"] = score.value
            if not score.defined:
                reasons.setdefault(score.reason, []).append(f"{predictor}_{name}")
    row["undefined"] = "; ".join(f"{why}: {', '.join(what)}" for why, what in reasons.items())
    return row


def _findings(intervals: Mapping[str, Mapping[str, Interval]]) -> tuple[Finding, ...]:
    mean = intervals[MODEL]["auroc"].mean
    if not mean > TOO_GOOD_AUROC:
        return ()
    problem = (
        f"AUROC {mean:.3f} across patients is above {TOO_GOOD_AUROC}, better than any published"
    )
    mend = "look for leakage: the same patient under two ids, or a map that shows the outcome"
    return (Finding(Level.WARNING, "auroc-too-good", "evaluation", problem, mend),)
