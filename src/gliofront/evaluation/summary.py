"""The evaluation as tables: predictors by scores, patients by scores, skill and warnings."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gliofront.evaluation.bootstrap import Interval, mean_interval
from gliofront.evaluation.cross_validation import (
    DISTANCE,
    MODEL,
    PREVALENCE,
    HeldOutPatient,
)
from gliofront.evaluation.plan_scores import benefit_score, coverage_scores, location_scores
from gliofront.evaluation.pooled import pooled_intervals, pooled_scores
from gliofront.evaluation.scores import Score, all_scores
from gliofront.evaluation.settings import EvaluationSettings
from gliofront.evaluation.skill import Skill, skill_over_distance
from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level

Row = dict[str, str | int | float]
PatientScores = Mapping[str, Mapping[str, Mapping[str, Score]]]

TOO_GOOD_AUROC = 0.9
MOST_PROGRESSION = 0.5
"""Share of a region from which on its labels may be swapped: assumed."""
SKILL_SCORES = ("auroc", "auprc", "coverage_15mm")
NOT_SAID = "the predictor says nothing of this patient"
# Their places and their calibration are asked about; other nulls are no probabilities.
_PROBABILITIES = (MODEL, DISTANCE, PREVALENCE)
_LOCATED = (MODEL, DISTANCE)


@dataclass(frozen=True)
class Summary:
    """What an evaluation found.

    Parameters
    ----------
    table : one row a predictor and score: mean over patients with interval, and pooled.
    patients : one row a patient, every score of every predictor.
    skills : model minus distance null, by score.
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
    ladder = list(dict.fromkeys(name for of_patient in scores.values() for name in of_patient))
    intervals = {
        predictor: {
            name: mean_interval(
                _values(scores, predictor, name), seed=settings.seed, resamples=settings.resamples
            )
            for name in _names(scores, predictor)
        }
        for predictor in ladder
    }
    skills = {
        name: skill_over_distance(
            name,
            _values(scores, MODEL, name),
            _values(scores, DISTANCE, name),
            seed=settings.seed,
            resamples=settings.resamples,
        )
        for name in SKILL_SCORES
    }
    return Summary(
        table=tuple(
            row
            for predictor in ladder
            for row in _rows(held, scores, predictor, intervals[predictor], settings)
        ),
        patients=tuple(
            _patient_row(h, scores[h.patient], {p: list(found) for p, found in intervals.items()})
            for h in held
        ),
        skills=skills,
        intervals=intervals,
        without_progression=tuple(h.patient for h in held if not h.progression.any()),
        findings=(*_findings(intervals), *_label_findings(held)),
    )


def _scores_of(held: HeldOutPatient) -> dict[str, dict[str, Score]]:
    return {name: _scores_by(held, name) for name in held.ladder}


def _scores_by(held: HeldOutPatient, predictor: str) -> dict[str, Score]:
    """Return what can be said of a predictor in a patient."""
    made, truth = held.predictions[predictor], held.progression
    found = all_scores(truth, made.probability, made.threshold)
    if predictor != PREVALENCE:
        found |= coverage_scores(truth, made.probability, held.places)
    if predictor in _LOCATED:
        found |= location_scores(truth, made.probability, held.places)
    if predictor in _PROBABILITIES:
        return found | benefit_score(truth, made.probability)
    # The mean squared error of what is no probability means nothing.
    return {name: score for name, score in found.items() if name != "brier"}


def _names(scores: PatientScores, predictor: str) -> list[str]:
    """Return the names of a predictor's scores, in order."""
    return list(dict.fromkeys(n for s in scores.values() for n in s.get(predictor, {})))


def _of(scores: Mapping[str, Mapping[str, Score]], predictor: str, name: str) -> Score:
    return scores.get(predictor, {}).get(name, Score(math.nan, NOT_SAID))


def _values(scores: PatientScores, predictor: str, name: str) -> list[float]:
    return [_of(of_patient, predictor, name).value for of_patient in scores.values()]


def _rows(
    held: Sequence[HeldOutPatient],
    scores: PatientScores,
    predictor: str,
    intervals: Mapping[str, Interval],
    settings: EvaluationSettings,
) -> list[Row]:
    told = [h for h in held if predictor in h.predictions]
    pooled = pooled_scores(told, predictor)
    ends = pooled_intervals(told, predictor, seed=settings.seed, resamples=settings.resamples)
    rows: list[Row] = []
    for name, found in intervals.items():
        low, high = ends.get(name, (math.nan, math.nan))
        each = [_of(of_patient, predictor, name) for of_patient in scores.values()]
        reasons = Counter(score.reason for score in each if not score.defined)
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
                "pooled": pooled[name].value if name in pooled else math.nan,
                "pooled_low": low,
                "pooled_high": high,
            }
        )
    return rows


def _patient_row(
    held: HeldOutPatient,
    scores: Mapping[str, Mapping[str, Score]],
    asked: Mapping[str, Sequence[str]],
) -> Row:
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
    for predictor, names in asked.items():
        for name in names:
            score = _of(scores, predictor, name)
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


def _label_findings(held: Sequence[HeldOutPatient]) -> list[Finding]:
    """Warn of patients most of whose region is labelled progression."""
    mend = "check that the mask marks progression and not its opposite, and lies in the right place"
    return [
        Finding(
            Level.WARNING,
            "mostly-progression",
            h.patient,
            f"{h.progression.mean():.0%} of the region is labelled progression",
            mend,
        )
        for h in held
        if h.progression.size and h.progression.mean() > MOST_PROGRESSION
    ]
