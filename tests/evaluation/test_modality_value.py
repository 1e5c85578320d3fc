"""What a map is worth: paired differences, with reasons where there are none."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from gliofront.evaluation.coverage import MARGIN_IS_ALL, coverage_curve
from gliofront.evaluation.cross_validation import WITHOUT, HeldOutPatient
from gliofront.evaluation.modality_value import (
    NOT_EVERYWHERE,
    NOT_PREDICTED,
    modality_value,
)
from gliofront.evaluation.prediction import Prediction
from gliofront.evaluation.scores import NO_PROGRESSION, ONE_CLASS, discrimination
from gliofront.foundation.errors import InputRefused

VOXELS, VOXEL_ML = 600, 0.008


def patient(number, skill=1.0, useful=0.5):
    """ADC is worth `useful` of the skill, FA nothing at all."""
    rng = np.random.default_rng([11, number])
    truth = rng.random(VOXELS) < 0.2
    noise = rng.normal(size=VOXELS)
    said = {
        "model": skill * truth + noise,
        WITHOUT.format("ADC"): skill * (1 - useful) * truth + noise,
        WITHOUT.format("FA"): skill * truth + noise,
    }
    return HeldOutPatient(
        patient=f"p{number}",
        site="A",
        fold="fold-1",
        rows=np.arange(VOXELS),
        progression=truth,
        predictions={name: Prediction(1 / (1 + np.exp(-v)), 0.5) for name, v in said.items()},
        left_out=0,
        progression_ml=float(truth.sum() * VOXEL_ML),
    )


def distances(held, most=30.0):
    return {
        h.patient: np.random.default_rng([12, int(h.patient[1:])]).uniform(0, most, h.rows.size)
        for h in held
    }


def value(held, away=None, **options):
    away = distances(held) if away is None else away
    volumes = dict.fromkeys(away, VOXEL_ML)
    return modality_value(held, away, volumes, seed=0, resamples=200, **options)


@pytest.fixture(name="held")
def eight_patients():
    return [patient(number) for number in range(8)]


def test_a_useful_map_is_worth_something_and_a_useless_one_nothing(held):
    adc, fa = value(held)
    assert (adc.name, fa.name) == ("ADC", "FA")
    assert adc.auroc.interval.low > 0.05
    assert adc.coverage_points.interval.low > 5
    assert adc.auroc.interval.patients == adc.coverage_points.interval.patients == 8
    for of_fa in (fa.auroc, fa.coverage_points):
        assert (of_fa.interval.mean, of_fa.interval.low, of_fa.interval.high) == (0, 0, 0)
        assert of_fa.reason == ""


def test_differences_are_those_of_the_scores(held):
    away = distances(held)
    adc, _ = value(held, away)
    one = held[3]
    whole, less = (one.predictions[name].probability for name in ("model", WITHOUT.format("ADC")))
    aurocs = [discrimination(one.progression, p)["auroc"].value for p in (whole, less)]
    assert adc.auroc.by_patient["p3"].value == aurocs[0] - aurocs[1]
    volume = np.count_nonzero(away["p3"] <= 15) * VOXEL_ML
    covered = [
        coverage_curve(one.progression, p, away["p3"], VOXEL_ML).at(volume).value
        for p in (whole, less)
    ]
    points = adc.coverage_points.by_patient["p3"].value
    assert points == pytest.approx(100 * (covered[0] - covered[1]))
    found = [score.value for score in adc.auroc.by_patient.values()]
    assert adc.auroc.interval.mean == pytest.approx(np.mean(found))


def test_the_order_of_patients_changes_nothing(held):
    assert value(held) == value(held[::-1])


def test_a_patient_without_the_map_has_no_difference(held):
    kept = {k: p for k, p in held[0].predictions.items() if k != WITHOUT.format("ADC")}
    held[0] = dataclasses.replace(held[0], predictions=kept)
    adc, fa = value(held)
    assert adc.auroc.interval.patients == adc.coverage_points.interval.patients == 7
    assert adc.auroc.reason == f"{NOT_PREDICTED} (1)"
    assert fa.auroc.interval.patients == 8


def test_undefined_has_its_reason(held):
    held[0] = dataclasses.replace(held[0], progression=np.zeros(VOXELS, bool))
    spoilt = held[1].predictions[WITHOUT.format("ADC")].probability.copy()
    spoilt[5] = np.nan
    held[1] = dataclasses.replace(
        held[1], predictions={**held[1].predictions, WITHOUT.format("ADC"): Prediction(spoilt, 0.5)}
    )
    adc, _ = value(held)
    assert adc.auroc.by_patient["p0"].reason == ONE_CLASS
    assert adc.coverage_points.by_patient["p0"].reason == NO_PROGRESSION
    assert adc.auroc.by_patient["p1"].reason == NOT_EVERYWHERE
    assert adc.auroc.interval.patients == 6


def test_a_margin_that_fills_the_region_tells_nothing(held):
    adc, _ = value(held, distances(held, most=14.0))
    assert math.isnan(adc.coverage_points.interval.mean)
    assert adc.coverage_points.reason == f"{MARGIN_IS_ALL} (8)"
    narrow, _ = value(held, distances(held, most=14.0), margin_mm=7.0)
    assert narrow.coverage_points.interval.patients == 8


def test_no_withheld_map_has_no_value(held):
    alone = [
        dataclasses.replace(h, predictions={"model": h.predictions["model"]}) for h in held[:2]
    ]
    assert value(alone) == ()


def test_distances_of_other_voxels_are_refused(held):
    away = distances(held)
    for wrong in ({**away, "p0": away["p0"][1:]}, {k: v for k, v in away.items() if k != "p0"}):
        with pytest.raises(InputRefused, match="p0: distances or voxel volume"):
            value(held, wrong)
