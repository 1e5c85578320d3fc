"""Settings of learning chosen inside the training."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from learning_cases import SETTINGS, patient_voxels, six_patients
from pydantic import ValidationError

from gliofront.learning.selection import choose
from gliofront.learning.settings import LearningSettings
from gliofront.learning.training import fit_model

# One leaf learns nothing; such a candidate must lose against a real one.
BLIND = {"leaves": 2, "trees": 1, "with_distance": False}
QUICK = SETTINGS.model_copy(update={"inner_folds": 2, "voxels_per_patient": 500})


def among(*candidates):
    return LearningSettings.model_validate(QUICK.model_dump() | {"candidates": candidates})


def test_the_better_candidate_is_taken_in_whatever_order():
    for candidates in ((BLIND, {}), ({}, BLIND)):
        model = fit_model(six_patients(), among(*candidates))
        assert model.settings == QUICK
        told = model.training.candidates
        assert told[0].candidate == "the settings as they are"
        assert told[1].candidate == "leaves 2, trees 1, with_distance False"
        assert told[0].auroc > told[1].auroc + 0.05


def test_a_chosen_model_is_the_same_as_one_fitted_so():
    table = patient_voxels(20)
    asked = (table.features, table.distance_mm, table.names)
    chosen = fit_model(six_patients(), among({"kind": "logistic"}))
    plain = fit_model(six_patients(), QUICK.model_copy(update={"kind": "logistic"}))
    assert (
        chosen.predict(*asked, voxel=table.voxel) == plain.predict(*asked, voxel=table.voxel)
    ).all()
    assert plain.training.candidates == ()


def test_what_is_undefined_loses_and_the_first_of_equals_wins():
    settings = among({"leaves": 3}, {"leaves": 4}, {"leaves": 5})
    scores = {3: math.nan, 4: 0.6, 5: 0.6}
    found = choose(settings, lambda candidate: scores[candidate.leaves])
    assert found.settings.leaves == 4
    assert [one.auroc for one in found.told] == [0.6, 0.6, None]


def test_a_candidate_must_be_settings_of_learning():
    for wrong in ({"leafs": 3}, {"leaves": 1}):
        with pytest.raises(ValidationError, match=r"leaves|leafs"):
            among(wrong)
    for shared in ("seed", "voxels_per_patient", "candidates", "recalibration"):
        with pytest.raises(ValidationError, match=f"candidates share {shared}"):
            among({shared: 3})


def test_a_patient_all_of_whose_voxels_progress_is_passed_over():
    """Weights that should sum to 1 may fall short of it by a rounding."""
    whole = patient_voxels(40, n=13)
    whole = dataclasses.replace(whole, label=np.ones_like(whole.label))
    model = fit_model([*six_patients(), whole], among(BLIND, {}))
    assert model.settings == QUICK
    assert all(one.auroc is not None for one in model.training.candidates)
