"""What surrounds the U-Net without torch: volumes, channels, tiles, patches, rows and refusals."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from typing import ClassVar

import numpy as np
import pytest
from unet_cases import QUICK, rows_of, texture_patient

from gliofront.foundation.errors import InputRefused
from gliofront.learning.classifiers.kinds import KINDS, fit_classifier, read_classifier
from gliofront.learning.training import fit_model
from gliofront.learning.unet.architecture import initial_weights, weight_shapes
from gliofront.learning.unet.channels import Channels
from gliofront.learning.unet.patches import PatchSource
from gliofront.learning.unet.tiles import tiles_of
from gliofront.learning.unet.volumes import STRIDE, box_of, gathered, rows_inside, scattered

T1C, ADC, RCBV = range(3)


def some_voxels(seed, count=200, side=(9, 14, 30), low=(50, 7, 90)):
    rng = np.random.default_rng(seed)
    flat = rng.choice(np.prod(side), size=count, replace=False)
    return np.stack(np.unravel_index(flat, side), 1) + low


def channels_of(table, **options):
    options = {"with_distance": True, **options}
    return Channels.of(table.features, table.distance_mm, table.names, **options)


@pytest.mark.parametrize("seed", range(5))
def test_rows_come_back_from_their_volume(seed):
    voxel = some_voxels(seed)
    values = np.random.default_rng(seed).normal(size=(200, 3)).astype(np.float32)
    low, size = box_of(voxel)
    volume = scattered(values, voxel - low, size)
    assert volume.shape == (3, *size)
    np.testing.assert_array_equal(gathered(volume, voxel - low), values)
    assert np.count_nonzero(volume) == values.size
    for row in range(0, 200, 50):
        i, j, k = voxel[row] - low
        np.testing.assert_array_equal(volume[:, i, j, k], values[row])


def test_a_box_holds_its_rows_only():
    voxel = some_voxels(1)
    low, size = np.array([52, 10, 95]), np.array([4, 4, 8])
    rows = rows_inside(voxel, low, size)
    place = voxel[rows] - low
    assert ((place >= 0) & (place < size)).all()
    others = np.delete(voxel, rows, axis=0) - low
    assert ((others < 0) | (others >= size)).any(axis=1).all()


def test_channels_are_standardised_clipped_and_never_undefined():
    table = texture_patient(0)
    features = table.features * 30 + 500
    features[:7, 2] = np.nan
    features[7, 2] = 1e9
    features[:, 4:] = np.nan
    channels = channels_of(dataclasses.replace(table, features=features))
    assert channels.columns.tolist() == [0, 2, 4]
    assert channels.count == 3 + 3 + 1 + 1
    found = channels.inputs(features, table.distance_mm)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    assert np.median(found[:, T1C]) == pytest.approx(0, abs=1e-4)
    assert np.std(found[:, T1C]) == pytest.approx(1, abs=0.1)
    assert not found[:7, ADC].any()
    assert found[7, ADC] == 5
    assert np.ptp(found[:, 3:6], axis=0).tolist() == [0, 0, 0]
    assert found[0, 3:6].tolist() == [1, 1, 0]
    assert (found[:, -1] == 1).all()
    assert np.corrcoef(found[:, -2], table.distance_mm)[0, 1] == pytest.approx(1, abs=1e-3)


def test_a_map_taken_away_leaves_what_a_patient_without_it_shows():
    table = texture_patient(1)
    channels = channels_of(table, with_distance=False)
    assert channels.count == 7
    assert not channels.with_distance
    lacking = table.features.copy()
    lacking[:, 2:4] = np.nan
    whole = channels.inputs(table.features, table.distance_mm)
    np.testing.assert_array_equal(
        channels.without(whole, np.array([ADC])), channels.inputs(lacking, table.distance_mm)
    )


@pytest.mark.parametrize("most", [10**6, 1000])
def test_tiles_cover_every_row_and_their_shares_sum_to_one(most):
    voxel = some_voxels(2, count=3000, side=(70, 20, 150))
    tiles = tiles_of(voxel, most)
    total = np.zeros(3000)
    for tile in tiles:
        assert not (tile.size % STRIDE).any()
        assert ((tile.place >= 0) & (tile.place < tile.size)).all()
        assert (tile.share > 0).all()
        total[tile.rows] += tile.share
    np.testing.assert_allclose(total, 1)
    assert len(tiles) == (1 if most == 10**6 else 6)


def source_of(tables, **options):
    rows = rows_of(tables)
    channels = Channels.of(rows.features, rows.distance_mm, rows.names, with_distance=True)
    options = {"most": 8, "map_dropout": 0.0, "rng": np.random.default_rng(3), **options}
    return PatchSource(rows, channels, **options), channels


@pytest.mark.parametrize("most", [8, 64])
def test_patches_hold_rows_as_they_lie_or_turned_left_to_right(most):
    table = texture_patient(2, side=14)
    low, size = box_of(table.voxel)
    source, channels = source_of([table], most=most)
    inputs = channels.inputs(table.features, table.distance_mm)
    whole = scattered(inputs, table.voxel - low, size)
    views = []
    for turned in (whole, whole[:, ::-1]):
        padded = np.pad(turned, [(0, 0), *[(16, 16)] * 3])
        found = np.lib.stride_tricks.sliding_window_view(padded, (4, 4, 4), axis=(1, 2, 3))
        views.append(found[T1C])
    seen = set()
    for _ in range(6):
        patch = source.draw(1)
        assert patch.inputs.shape == (1, channels.count, *[min(most, 16)] * 3)
        part = patch.inputs[0, T1C, 2:6, 2:6, 2:6]
        places = [(view == part).all(axis=(3, 4, 5)).sum() for view in views]
        assert sum(places) == 1
        seen.add(places[0])
    assert seen == {0, 1}


def test_patches_carry_label_and_weight_of_their_rows():
    tables = [texture_patient(number, side=12) for number in range(3)]
    source, _ = source_of(tables)
    patches = source.draw(5)
    there = patches.inputs[:, -1:] == 1
    assert patches.weight.sum() == pytest.approx(1)
    np.testing.assert_allclose(patches.weight.sum(axis=(1, 2, 3, 4)), 0.2, rtol=1e-5)
    assert ((patches.weight > 0) == there).all()
    assert set(np.unique(patches.label)) == {0, 1}
    assert not patches.label[~there].any()


def test_patients_are_drawn_as_often_as_they_weigh():
    small, large = texture_patient(0, side=10), texture_patient(1, side=16)
    far = dataclasses.replace(large, distance_mm=large.distance_mm + 1000)
    source, channels = source_of([small, far])
    drawn = [source.draw(1).inputs[0, 2 * channels.maps].max() > 1 for _ in range(300)]
    assert np.mean(drawn) == pytest.approx(0.5, abs=0.1)


def test_whole_maps_are_dropped_by_patch_and_never_t1c():
    source, channels = source_of([texture_patient(3, side=12)], map_dropout=0.5)
    patches = source.draw(400)
    there = patches.inputs[:, channels.maps : 2 * channels.maps].max(axis=(2, 3, 4))
    assert (there[:, T1C] == 1).all()
    lost = (1 - there).sum(axis=1)
    assert np.mean(lost > 0) == pytest.approx(0.5, abs=0.08)
    assert np.mean(lost[lost > 0] == 2) == pytest.approx(0.5, abs=0.12)
    gone = there[:, [ADC, RCBV]] == 0
    values = np.abs(patches.inputs[:, [ADC, RCBV]]).max(axis=(2, 3, 4))
    assert ((values == 0) == gone).all()


def test_the_first_weights_depend_on_the_generator_alone():
    shapes = weight_shapes(inputs=8, width=8)
    one, other = (initial_weights(shapes, 0.2, np.random.default_rng(5)) for _ in range(2))
    for name, shape in shapes.items():
        assert one[name].shape == shape
        assert one[name].dtype == np.float32
        assert one[name].tobytes() == other[name].tobytes()
    assert 1 / (1 + np.exp(-one["head.bias"][0])) == pytest.approx(0.2)


class Attentive:
    """A kind that sees voxels side by side and keeps the rows that it was given."""

    dense: ClassVar[bool] = True
    given: ClassVar[list] = []

    @classmethod
    def fit(cls, rows, settings, watch):
        cls.given.append(rows)
        return cls()

    def predict(self, features, distance_mm, *, voxel, threads=1):
        return 1 / (1 + np.exp(-features[:, 0].astype(np.float64)))


@pytest.fixture(name="attentive")
def kind_that_is_attentive(monkeypatch):
    monkeypatch.setitem(KINDS, "unet", Attentive)
    monkeypatch.setattr(Attentive, "given", [])
    return Attentive


def with_unknown(table):
    label = table.label.copy()
    label[:5] = -1
    return dataclasses.replace(table, label=label)


def test_it_is_given_all_usable_rows_as_they_are(attentive):
    tables = [with_unknown(texture_patient(number, side=10)) for number in range(3)]
    learning = QUICK.model_copy(update={"voxels_per_patient": 20, "inner_folds": 2})
    model = fit_model(tables, learning)
    whole = max(attentive.given, key=lambda rows: len(rows.label))
    np.testing.assert_array_equal(
        whole.features, np.concatenate([t.features[t.usable] for t in tables])
    )
    np.testing.assert_array_equal(whole.voxel, np.concatenate([t.voxel[t.usable] for t in tables]))
    assert np.bincount(whole.patient, weights=whole.weight) == pytest.approx([1, 1, 1])
    assert model.absent_ok == ("ADC", "rCBV")
    rigid = fit_model(tables, learning.model_copy(update={"map_dropout": 0.0}))
    assert rigid.absent_ok == ()


def test_as_a_candidate_it_is_given_them_too(attentive):
    tables = [texture_patient(number, side=10) for number in range(3)]
    learning = QUICK.model_copy(
        update={
            "kind": "logistic",
            "voxels_per_patient": 20,
            "inner_folds": 2,
            "candidates": ({"kind": "logistic"}, {"kind": "unet"}),
        }
    )
    model = fit_model(tables, learning)
    assert {len(rows.label) for rows in attentive.given} >= {len(tables[0].label)}
    assert model.training.voxels == sum(len(t.label) for t in tables)


def test_other_kinds_are_given_a_sample_without_some_maps(monkeypatch):
    class Sampled(Attentive):
        dense: ClassVar[bool] = False

    monkeypatch.setitem(KINDS, "boosted", Sampled)
    monkeypatch.setattr(Sampled, "given", [], raising=False)
    tables = [texture_patient(number, side=10) for number in range(3)]
    learning = QUICK.model_copy(update={"kind": "boosted", "voxels_per_patient": 100})
    fit_model(tables, learning)
    whole = max(Sampled.given, key=lambda rows: len(rows.label))
    assert np.bincount(whole.patient).tolist() == [100, 100, 100]
    assert np.isnan(whole.features).any()


def test_without_torch_it_can_be_neither_fitted_nor_read(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    for asked in (
        lambda: fit_classifier(rows_of([texture_patient(0, side=10)]), QUICK),
        lambda: read_classifier({}, 6, QUICK, "model.safetensors"),
    ):
        with pytest.raises(InputRefused, match=r"PyTorch.* pip install 'gliofront\[deep\]'"):
            asked()


def test_nothing_else_imports_torch():
    code = (
        "import sys, gliofront.learning.training, gliofront.learning.evidence, "
        "gliofront.learning.storage; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
