"""The leakage laboratory: what the same classifier would seem to be worth under flattering splits.

Voxels of one patient resemble each other, so a classifier scored on other voxels of the patients
that taught it is praised for knowing them again (Kapoor and Narayanan, Patterns 4:100804, 2023).
Here it is fitted on the same voxels under each split. Under the voxel split voxels also tell the
network when to stop, as in the paper; stacking stays with whole patients.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gliofront.evaluation.bootstrap import Interval, mean_interval
from gliofront.evaluation.leakage_rows import (
    LeakageRow,
    Told,
    pooled_rows,
    within_row,
)
from gliofront.evaluation.leakage_splits import (
    PATIENT,
    SPLITS,
    VOXEL,
    LeakageSettings,
    Pool,
    RowFold,
    draw_pool,
)
from gliofront.evaluation.scores import discrimination
from gliofront.evaluation.settings import EvaluationSettings
from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level
from gliofront.learning.classifiers.classifier import TrainingRows, VoxelClassifier
from gliofront.learning.classifiers.kinds import KINDS, fit_classifier
from gliofront.learning.sampling import patient_generator
from gliofront.learning.settings import LearningSettings
from gliofront.learning.table import PatientVoxels
from gliofront.learning.threshold import threshold_of_share

# Patients teach each other and share the distance, so their chance AUROCs are not independent and
# the interval is too narrow; a leak that matters moves AUROC by more than this.
_MATTERS = 0.02


@dataclass(frozen=True)
class Canary:
    """What the classifier makes of labels permuted within patients: nothing, if nothing leaks.

    It watches over the evaluation itself, such as rows that both teach and are scored. A patient
    under two ids does not show here, since each id has its own permutation.

    Parameters
    ----------
    auroc : mean within patients under the patient split.
    holds : whether 0.5 lies in the interval or within 0.02 of it; None if it is undefined.
    reason : why it is undefined; empty if it is not.
    """

    auroc: Interval
    holds: bool | None
    reason: str = ""


@dataclass(frozen=True)
class LeakageReport:
    """What the laboratory found.

    Parameters
    ----------
    rows : one a split and score, every split of `SPLITS` and every score of `SCORES`.
    optimism_gap : AUROC within patients, voxel minus patient split, paired over patients.
    canary : the check with permuted labels.
    verdict : the gap in plain words.
    findings : a warning if the canary does not hold.
    """

    rows: tuple[LeakageRow, ...]
    optimism_gap: Interval
    canary: Canary
    verdict: str
    findings: tuple[Finding, ...]


def leakage_report(
    tables: Sequence[PatientVoxels],
    learning: LearningSettings,
    evaluation: EvaluationSettings,
    settings: LeakageSettings | None = None,
) -> LeakageReport:
    """Fit the same classifier under every split, on the same voxels, and compare.

    The threshold calls as large a share of the training rows as progresses. The fit knows these
    rows by then, so in unseen patients it may call another share. The result does not depend on
    the order of the patients.

    Parameters
    ----------
    tables : voxels of all patients, same columns.
    learning : of the classifier; sampling, map dropout and recalibration play no part here.
    evaluation : folds of the patient split, seed and resamples.
    settings : of the laboratory; the defaults if not given.

    Raises
    ------
    InputRefused
        If there are fewer than 3 patients with labelled voxels, one comes twice or columns differ;
        or the kind of model sees voxels side by side, so that no split of voxels hides any.
    """
    settings = settings or LeakageSettings()
    if KINDS[learning.kind].dense:
        problem = f"kind {learning.kind} sees voxels side by side, so they cannot be split"
        raise InputRefused("leakage laboratory", problem, "ask with another kind of model")
    pool = draw_pool(tables, learning, settings)
    told = {name: _under(name, pool, learning, evaluation, settings) for name in SPLITS}
    aurocs = {name: _aurocs(pool, said) for name, said in told.items()}
    differences = [a - b for a, b in zip(aurocs[VOXEL], aurocs[PATIENT], strict=True)]
    gap = _mean(differences, evaluation)
    canary = _canary(pool, learning, evaluation, settings)
    within = {name: _mean(values, evaluation) for name, values in aurocs.items()}
    rows = [
        row
        for name, said in told.items()
        for row in (
            within_row(name, within[name], said),
            *pooled_rows(name, pool, said, evaluation),
        )
    ]
    verdict = _verdict(within[VOXEL], within[PATIENT], gap)
    return LeakageReport(tuple(rows), gap, canary, verdict, _findings(canary))


def _under(
    split: str,
    pool: Pool,
    learning: LearningSettings,
    evaluation: EvaluationSettings,
    settings: LeakageSettings,
) -> Told:
    """Return what fits under a split say; nothing, with the reason, if the cohort bars it."""
    if split == VOXEL:
        # Whoever parts voxels for the test parts them to stop the training too, as the paper did.
        learning = learning.model_copy(update={"stopping": "voxels"})
    rows = len(pool.rows.label)
    chance, called = np.full(rows, np.nan), np.zeros(rows, dtype=bool)
    try:
        for fold in SPLITS[split](pool, settings, evaluation):
            said, threshold = _said_of_held(pool, fold, learning)
            chance[fold.held], called[fold.held] = said, said >= threshold
    except InputRefused as refused:
        return Told(np.full(rows, np.nan), np.zeros(rows, dtype=bool), refused.problem)
    return Told(chance, called)


def _said_of_held(
    pool: Pool, fold: RowFold, learning: LearningSettings
) -> tuple[NDArray[np.float64], float]:
    """Fit on the rows that teach; return probabilities of those held, (m,), and the threshold."""
    taught = pool.rows.take(fold.teaches)
    if np.unique(taught.label).size < 2:
        problem = "the training side of a fold holds one class only"
        raise InputRefused("leakage laboratory", problem, "give more patients with progression")
    classifier = fit_classifier(taught, learning)
    own = _predicted(classifier, taught, learning)
    share = float(taught.weight @ taught.label / taught.weight.sum())
    threshold = threshold_of_share(own, taught.weight, share)
    return _predicted(classifier, pool.rows.take(fold.held), learning), threshold


def _predicted(
    classifier: VoxelClassifier, rows: TrainingRows, learning: LearningSettings
) -> NDArray[np.float64]:
    """Return the probability of each row, (m,); patient by patient, as ranks need it."""
    found = np.empty(len(rows.label))
    for number in np.unique(rows.patient):
        one = rows.patient == number
        found[one] = classifier.predict(
            rows.features[one],
            rows.distance_mm[one],
            voxel=rows.voxel[one],
            threads=learning.threads,
        )
    return found


def _aurocs(pool: Pool, told: Told) -> list[float]:
    """Return the AUROC of each patient over the rows held; NaN where undefined."""
    found = []
    for number in range(len(pool.patients)):
        rows = (pool.rows.patient == number) & np.isfinite(told.chance)
        scores = discrimination(pool.rows.label[rows] == 1, told.chance[rows])
        found.append(scores["auroc"].value)
    return found


def _mean(values: Sequence[float], evaluation: EvaluationSettings) -> Interval:
    return mean_interval(values, seed=evaluation.seed, resamples=evaluation.resamples)


def _canary(
    pool: Pool,
    learning: LearningSettings,
    evaluation: EvaluationSettings,
    settings: LeakageSettings,
) -> Canary:
    label = pool.rows.label.copy()
    for number, patient in enumerate(pool.patients):
        rows = pool.rows.patient == number
        label[rows] = patient_generator(learning.seed, patient, "canary").permutation(label[rows])
    mute = replace(pool, rows=replace(pool.rows, label=label))
    told = _under(PATIENT, mute, learning, evaluation, settings)
    found = _mean(_aurocs(mute, told), evaluation)
    if math.isnan(found.low):
        return Canary(found, None, told.reason or "AUROC is defined in fewer than two patients")
    return Canary(found, found.low - _MATTERS <= 0.5 <= found.high + _MATTERS)


def _verdict(voxel: Interval, patient: Interval, gap: Interval) -> str:
    if math.isnan(gap.low):
        return (
            "Whether voxel splits flatter this model cannot be told: both splits are defined in "
            f"{gap.patients} patient(s), two are needed."
        )
    figures = (
        f"{_judged(gap)} this model: AUROC {voxel.mean:.3f} between voxels, "
        f"{patient.mean:.3f} between patients, gap {gap.mean:+.3f} (95 % interval "
        f"{gap.low:+.3f} to {gap.high:+.3f}, {gap.patients} patients)."
    )
    if patient.low > 0.5:
        return figures
    return f"{figures} In a patient it has not seen, it is not shown to be better than chance."


def _judged(gap: Interval) -> str:
    if gap.high <= _MATTERS:
        return "Voxel splits hardly flatter"
    if gap.low > 0:
        return "Voxel splits flatter"
    return "It stays open whether voxel splits flatter"


def _findings(canary: Canary) -> tuple[Finding, ...]:
    if canary.holds is not False:
        return ()
    problem = f"labels permuted within patients score AUROC {canary.auroc}, not 0.5"
    mend = "trust no score of this study and report it: the evaluation itself lets labels through"
    return (Finding(Level.WARNING, "leakage-canary", "leakage laboratory", problem, mend),)
