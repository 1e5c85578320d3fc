"""Curves over patients as tables, for drawing: coverage, reliability, decision."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gliofront.evaluation.bootstrap import mean_interval
from gliofront.evaluation.calibration_summary import reliability_of
from gliofront.evaluation.coverage_summary import curve_of
from gliofront.evaluation.cross_validation import DISTANCE, MODEL, HeldOutPatient
from gliofront.evaluation.net_benefit import decision_curve
from gliofront.evaluation.settings import EvaluationSettings

Row = dict[str, str | int | float]
_VOLUMES_ML = tuple(float(ml) for ml in (*range(0, 50, 2), *range(50, 305, 10)))
_HARM_RATIOS = tuple(float(ratio) for ratio in np.geomspace(0.01, 1.0, 21).round(4))


def coverage_curve_rows(
    held: Sequence[HeldOutPatient], settings: EvaluationSettings
) -> tuple[Row, ...]:
    """Return mean coverage with its interval, by predictor and plan volume in mL.

    A plan larger than a patient's region covers all of it.
    """
    names = dict.fromkeys(name for one in held for name in one.ladder)
    rows: list[Row] = []
    for predictor in names:
        curves = [curve for one in held if (curve := curve_of(one, predictor)) is not None]
        covered = [curve.points(_VOLUMES_ML) for curve in curves]
        for place, volume in enumerate(_VOLUMES_ML):
            found = mean_interval(
                [float(one[place]) for one in covered],
                seed=settings.seed,
                resamples=settings.resamples,
            )
            row: Row = {"predictor": predictor, "volume_ml": volume, "coverage": found.mean}
            rows.append(row | {"low": found.low, "high": found.high, "patients": found.patients})
    return tuple(rows)


def reliability_rows(held: Sequence[HeldOutPatient]) -> tuple[Row, ...]:
    """Return the reliability diagrams of the model and of the distance null."""
    rows: list[Row] = []
    for predictor in (MODEL, DISTANCE):
        curve = reliability_of(held, predictor)
        for predicted, observed, count in zip(
            curve.predicted.tolist(), curve.observed.tolist(), curve.count.tolist(), strict=True
        ):
            rows.append(
                {
                    "predictor": predictor,
                    "predicted": predicted,
                    "observed": observed,
                    "voxels": count,
                }
            )
    return tuple(rows)


def decision_rows(held: Sequence[HeldOutPatient], settings: EvaluationSettings) -> tuple[Row, ...]:
    """Return mean net benefit a voxel with its interval, by predictor and harm ratio.

    Means are over all patients with voxels, those without progression among them.
    """
    scored = [one for one in held if one.progression.size]
    rows: list[Row] = []
    for predictor in (MODEL, DISTANCE):
        curves = [
            decision_curve(one.progression, one.predictions[predictor].probability, _HARM_RATIOS)
            for one in scored
        ]
        for place, ratio in enumerate(_HARM_RATIOS):
            found = mean_interval(
                [float(curve.model[place]) for curve in curves],
                seed=settings.seed,
                resamples=settings.resamples,
            )
            treat_all = [float(curve.treat_all[place]) for curve in curves]
            row: Row = {"predictor": predictor, "harm_ratio": ratio, "net_benefit": found.mean}
            row |= {"low": found.low, "high": found.high, "patients": found.patients}
            rows.append(row | {"treat_all": float(np.mean(treat_all)) if curves else np.nan})
    return tuple(rows)
