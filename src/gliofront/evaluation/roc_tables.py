"""ROC and precision-recall curves over patients as tables, for drawing.

Each patient has a curve of its own and counts the same, so that differences between patients are
no discrimination.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_curve

from gliofront.evaluation.bootstrap import mean_interval
from gliofront.evaluation.cross_validation import DISTANCE, MODEL, HeldOutPatient
from gliofront.evaluation.settings import EvaluationSettings

FloatArray = NDArray[np.float64]
Row = dict[str, str | int | float]
_Values = Callable[[NDArray[np.bool_], FloatArray], FloatArray]

# Closer where few voxels are called: a plan of all the brain is no plan.
_RATES = tuple(round(rate / 100, 2) for rate in (*range(10), *range(10, 101, 5)))
_RECALLS = tuple(round(recall / 100, 2) for recall in range(5, 101, 5))


def roc_rows(held: Sequence[HeldOutPatient], settings: EvaluationSettings) -> tuple[Row, ...]:
    """Return mean sensitivity with its interval, by predictor and false positive rate.

    Patients with one class only have no curve. `patients` tells how many have one.
    """
    return _rows(held, settings, sensitivities, {"false_positive_rate": _RATES}, "sensitivity")


def precision_recall_rows(
    held: Sequence[HeldOutPatient], settings: EvaluationSettings
) -> tuple[Row, ...]:
    """Return mean precision with its interval, by predictor and recall; else as `roc_rows`.

    ``prevalence`` is the mean over the same patients: the precision of a predictor without skill.
    """
    rows = _rows(held, settings, precisions, {"recall": _RECALLS}, "precision")
    prevalence = [float(one.progression.mean()) for one in held if _both(one)]
    known = float(np.mean(prevalence)) if prevalence else np.nan
    return tuple(row | {"prevalence": known} for row in rows)


def sensitivities(progression: NDArray[np.bool_], probability: FloatArray) -> FloatArray:
    """Return a patient's sensitivity at the false positive rates of the table, (k,).

    Between thresholds lie straight lines, as in the AUROC, whose area is that of the curve.

    Parameters
    ----------
    progression : (n,) truth, of both classes.
    probability : (n,) finite.

    >>> truth, chance = np.array([True, True, False, False]), np.array([0.9, 0.4, 0.6, 0.1])
    >>> sensitivities(truth, chance)[[0, -1]].tolist()
    [0.5, 1.0]
    """
    false_rate, true_rate, _ = roc_curve(progression, probability, drop_intermediate=False)
    return np.asarray(np.interp(_RATES, false_rate, true_rate), dtype=np.float64)


def precisions(progression: NDArray[np.bool_], probability: FloatArray) -> FloatArray:
    """Return a patient's precision at the recalls of the table, (k,); else as `sensitivities`.

    It is that of the highest threshold with at least this recall, without interpolation, as in the
    AUPRC.
    """
    false_rate, true_rate, _ = roc_curve(progression, probability, drop_intermediate=False)
    positives = np.count_nonzero(progression)
    found = true_rate * positives
    called = found + false_rate * (progression.size - positives)
    # Rounding must not ask for one voxel more than a recall takes.
    place = np.searchsorted(true_rate, np.asarray(_RECALLS) - 1e-9, side="left")
    return np.asarray(found[place] / called[place], dtype=np.float64)


def _rows(
    held: Sequence[HeldOutPatient],
    settings: EvaluationSettings,
    values: _Values,
    across: dict[str, tuple[float, ...]],
    up: str,
) -> tuple[Row, ...]:
    """Return the rows of one kind of curve; ``across`` names its places, and ``up`` its values."""
    ((name, places),) = across.items()
    scored = [one for one in held if _both(one)]
    rows: list[Row] = []
    for predictor in (MODEL, DISTANCE):
        curves = [values(h.progression, h.predictions[predictor].probability) for h in scored]
        for number, place in enumerate(places):
            found = mean_interval(
                [float(curve[number]) for curve in curves],
                seed=settings.seed,
                resamples=settings.resamples,
            )
            row: Row = {"predictor": predictor, name: place, up: found.mean}
            rows.append(row | {"low": found.low, "high": found.high, "patients": found.patients})
    return tuple(rows)


def _both(held: HeldOutPatient) -> bool:
    """Whether a patient has voxels of both classes."""
    return bool(held.progression.any() and not held.progression.all())
