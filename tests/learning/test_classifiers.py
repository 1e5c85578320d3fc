"""Every kind of classifier: learns what is there, bears missing maps, comes back from a file."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from learning_cases import SCORE, SETTINGS, patient_voxels, six_patients
from sklearn.metrics import roc_auc_score

from gliofront.foundation.errors import InputRefused
from gliofront.learning.classifiers.kinds import KINDS
from gliofront.learning.storage import load_model, save_model
from gliofront.learning.table import columns_of
from gliofront.learning.training import fit_model

# The U-Net sees voxels side by side, and these lie anywhere: test_unet.py asks it the same.
ROW_WISE = [kind for kind, made in KINDS.items() if not made.dense]
QUICK = SETTINGS.model_copy(
    update={"trees": 20, "voxels_per_patient": 400, "epochs": 40, "inner_folds": 2}
)


def of_kind(kind, **changes):
    return QUICK.model_copy(update={"kind": kind, **changes})


@pytest.fixture(name="models", scope="module")
def models_of_all_kinds():
    tables = [*six_patients(), patient_voxels(6), patient_voxels(7)]
    return {kind: fit_model(tables, of_kind(kind)).with_scores([SCORE]) for kind in ROW_WISE}


def auroc(model, table, features=None):
    features = table.features if features is None else features
    found = model.predict(features, table.distance_mm, table.names, voxel=table.voxel)
    return roc_auc_score(table.label, found)


@pytest.mark.parametrize("kind", ROW_WISE)
def test_it_learns_beyond_the_distance(models, kind):
    table, model = patient_voxels(40), models[kind]
    alone = roc_auc_score(table.label, model.distance_null.predict(table.distance_mm))
    assert auroc(model, table) > alone + 0.15


@pytest.mark.parametrize("kind", ROW_WISE)
def test_a_missing_map_is_borne(models, kind):
    table = patient_voxels(41)
    lacking = table.features.copy()
    lacking[:, columns_of(table.names, "rCBV")] = np.nan
    found = models[kind].predict(
        lacking, table.distance_mm, table.names, voxel=table.voxel, missing=("rCBV",)
    )
    assert np.isfinite(found).all()
    assert 0.6 < auroc(models[kind], table, lacking) < auroc(models[kind], table)


@pytest.mark.parametrize("kind", ROW_WISE)
def test_it_comes_back_from_its_folder(models, kind, tmp_path):
    model, table = models[kind], patient_voxels(42, n=500)
    save_model(tmp_path / "m", model, "# Card\n")
    back = load_model(tmp_path / "m")
    np.testing.assert_array_equal(
        back.predict(table.features, table.distance_mm, table.names, voxel=table.voxel),
        model.predict(table.features, table.distance_mm, table.names, voxel=table.voxel),
    )
    save_model(tmp_path / "again", back, "# Card\n")
    for name in ("model.json", "model.safetensors"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "m" / name).read_bytes()


@pytest.mark.parametrize("kind", ROW_WISE)
def test_the_file_of_one_kind_is_refused_as_another(models, kind, tmp_path):
    other = "logistic" if kind != "logistic" else "network"
    model = models[kind]
    settings = model.settings.model_copy(update={"kind": other})
    save_model(tmp_path / "m", dataclasses.replace(model, settings=settings), "# Card\n")
    with pytest.raises(InputRefused):
        load_model(tmp_path / "m")


def test_probabilities_come_true_as_often_as_they_say(models):
    tables = [patient_voxels(number) for number in range(50, 60)]
    for kind, model in models.items():
        said = [
            model.predict(t.features, t.distance_mm, t.names, voxel=t.voxel).mean() for t in tables
        ]
        assert np.mean(said) == pytest.approx(0.15, abs=0.03), kind


def test_the_order_of_ranks_is_free_of_the_patients_scale(models):
    table = patient_voxels(43)
    scaled = dataclasses.replace(table, features=(table.features * 7 + 3).astype(np.float32))
    found, other = (
        models["logistic"].predict(t.features, t.distance_mm, t.names, voxel=t.voxel)
        for t in (table, scaled)
    )
    np.testing.assert_allclose(found, other, atol=1e-3)


def test_without_skill_the_mixture_falls_back_on_the_distance():
    """Texture is noise: then the mixture must order the voxels as the distance does."""
    rng = np.random.default_rng(3)

    def noise(number):
        table = patient_voxels(number)
        near = (table.distance_mm < rng.uniform(4, 8)) & (rng.random(len(table.label)) < 0.5)
        features = rng.normal(size=table.features.shape).astype(np.float32)
        return dataclasses.replace(table, features=features, label=near.astype(np.int8))

    model = fit_model([noise(number) for number in range(6)], of_kind("mixture"))
    test = noise(60)
    null = roc_auc_score(test.label, model.distance_null.predict(test.distance_mm))
    assert auroc(model, test) > null - 0.02


def test_a_classifier_that_misleads_is_silenced_and_never_reversed():
    tables = [patient_voxels(number) for number in range(4)]
    flipped = [
        dataclasses.replace(t, label=(1 - t.label).astype(np.int8)) if n % 2 else t
        for n, t in enumerate(tables)
    ]
    model = fit_model(flipped, of_kind("boosted", map_dropout=0.0))
    assert model.recalibration.slope > 0


@pytest.mark.parametrize("kind", ROW_WISE)
def test_constant_and_undefined_columns_are_borne(kind):
    """A feature that never varies and a map that nobody has say nothing, and break nothing."""
    changed = []
    for number in range(8):
        table = patient_voxels(number, n=600)
        features = table.features.copy()
        features[:, 1] = 7.0
        features[:, columns_of(table.names, "rCBV")] = np.nan
        changed.append(dataclasses.replace(table, features=features))
    model = fit_model(changed, of_kind(kind))
    test = changed[0]
    found = model.predict(test.features, test.distance_mm, test.names, voxel=test.voxel)
    assert np.isfinite(found).all()
    assert roc_auc_score(test.label, found) > 0.6
