"""Plans over a cohort: against the margins, and the volume that keeps a promise of coverage."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gliofront.evaluation.conformal import controlled_share, controlled_volume_ml
from gliofront.evaluation.coverage import (
    CohortCoverage,
    CoverageCurve,
    against_margin,
    cohort_coverage,
    coverage_curve,
)
from gliofront.evaluation.cross_validation import DISTANCE, MODEL, HeldOutPatient
from gliofront.evaluation.null_ladder import GROWTH, MARGINS_MM
from gliofront.evaluation.settings import EvaluationSettings

Row = dict[str, str | int | float]
PROMISES = (0.8, 0.9)
"""Expected coverages that a plan's volume is given for."""
_PLANNED = (MODEL, DISTANCE, GROWTH)


def curve_of(held: HeldOutPatient, predictor: str) -> CoverageCurve | None:
    """Return a patient's coverage curve by a predictor; None where places or it are lacking."""
    if held.places is None or predictor not in held.predictions:
        return None
    score = held.predictions[predictor].probability
    return coverage_curve(held.progression, score, held.places.distance_mm, held.places.voxel_ml)


def coverage_rows(held: Sequence[HeldOutPatient], settings: EvaluationSettings) -> tuple[Row, ...]:
    """Return one row a predictor and margin: plans of equal volume, patient by patient."""
    rows: list[Row] = []
    for predictor in _PLANNED:
        for margin in MARGINS_MM:
            found = {}
            for one in held:
                curve = curve_of(one, predictor)
                if curve is not None and one.places is not None:
                    path = one.places.path_mm
                    found[one.patient] = against_margin(curve, one.progression, path, margin)
            if found:
                told = cohort_coverage(found, seed=settings.seed, resamples=settings.resamples)
                row: Row = {"predictor": predictor, "margin_mm": margin}
                rows.append(row | _row(told))
    return tuple(rows)


def _row(told: CohortCoverage) -> Row:
    row: Row = {
        "informative": told.informative,
        "without_progression": len(told.without_progression),
        "wins": told.wins,
        "ties": told.ties,
        "losses": told.losses,
        "p_value": told.p_value.value,
        "below_half": told.below_half,
        "below_four_fifths": told.below_four_fifths,
    }
    for name in ("margin", "model", "gain", "spared_ml"):
        interval = getattr(told, name)
        row |= {name: interval.mean, f"{name}_low": interval.low, f"{name}_high": interval.high}
    return row


def promise_rows(held: Sequence[HeldOutPatient]) -> tuple[Row, ...]:
    """Return the smallest plans whose expected coverage in a new patient keeps a promise.

    Infinite, written ``inf``, where the cohort is too small to promise it. NaN without places.
    """
    rows: list[Row] = []
    for predictor in _PLANNED:
        curves = [curve for one in held if (curve := curve_of(one, predictor)) is not None]
        informative = [curve for curve in curves if curve.ranks.size]
        for promise in PROMISES:
            missed = 1 - promise
            rows.append(
                {
                    "predictor": predictor,
                    "expected_coverage": promise,
                    "patients": len(informative),
                    "volume_ml": controlled_volume_ml(curves, missed) if curves else math.nan,
                    "share_of_region": controlled_share(curves, missed) if curves else math.nan,
                }
            )
    return tuple(rows)
