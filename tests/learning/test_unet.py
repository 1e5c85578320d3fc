"""The U-Net with torch: learns what no voxel shows, repeats itself, comes back, bears lost maps."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from learning_cases import SCORE
from sklearn.metrics import roc_auc_score
from unet_cases import NAMES, QUICK, rows_of, texture_patient

from gliofront.foundation.errors import InputRefused
from gliofront.learning.classifiers.kinds import fit_classifier, read_classifier
from gliofront.learning.evidence import evidence_used
from gliofront.learning.storage import load_model, save_model
from gliofront.learning.table import columns_of
from gliofront.learning.training import fit_model

torch = pytest.importorskip("torch", reason="the extra deep is not installed")
TRAINING, TEST = range(4), range(20, 23)


@pytest.fixture(name="unet", scope="module")
def fitted_unet():
    return fit_classifier(rows_of([texture_patient(number) for number in TRAINING]), QUICK)


def said(classifier, table, features=None, **options):
    features = table.features if features is None else features
    return classifier.predict(features, table.distance_mm, voxel=table.voxel, **options)


def auroc(classifier, lost=()):
    """Return the mean over patients held out."""
    found = []
    for number in TEST:
        table = texture_patient(number)
        features = table.features.copy()
        for name in lost:
            features[:, columns_of(table.names, name)] = np.nan
        found.append(roc_auc_score(table.label, said(classifier, table, features)))
    return float(np.mean(found))


def test_it_learns_a_texture_that_no_voxel_shows(unet):
    rows = rows_of([texture_patient(number) for number in TRAINING])
    alone = {"kind": "boosted", "with_distance": False}
    voxelwise = fit_classifier(rows, QUICK.model_copy(update=alone))
    assert auroc(voxelwise) == pytest.approx(0.5, abs=0.05)
    assert auroc(unet) > 0.8


def test_lost_maps_are_borne(unet):
    for lost in (("ADC",), ("rCBV",), ("ADC", "rCBV")):
        assert auroc(unet, lost) > 0.75


def brief(**changes):
    tables = [texture_patient(number, side=10) for number in range(2)]
    learning = QUICK.model_copy(update={"unet_steps": 4, **changes})
    return fit_classifier(rows_of(tables), learning)


def as_bytes(classifier):
    return {name: tensor.tobytes() for name, tensor in classifier.tensors().items()}


def test_same_seed_same_bytes_whatever_the_threads_and_the_state_of_torch():
    before = torch.get_num_threads()
    one = as_bytes(brief())
    try:
        torch.set_num_threads(2)
        torch.manual_seed(77)
        with torch.no_grad():
            assert as_bytes(brief(threads=2)) == one
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert as_bytes(brief(seed=1)) != one


def test_torch_is_left_as_it_was():
    def state():
        return (
            torch.get_num_threads(),
            torch.get_rng_state().tolist(),
            torch.are_deterministic_algorithms_enabled(),
            torch.is_grad_enabled(),
            torch.backends.cudnn.deterministic,
            torch.backends.cudnn.benchmark,
            torch.backends.cudnn.allow_tf32,
        )

    before = state()
    said(brief(), texture_patient(2, side=10))
    assert state() == before


def test_threads_change_no_bit_of_a_prediction(unet):
    table = texture_patient(20)
    np.testing.assert_array_equal(said(unet, table), said(unet, table, threads=2))


def test_it_comes_back_from_its_tensors_exactly(unet):
    back = read_classifier(unet.tensors(), len(NAMES), QUICK, "model.safetensors")
    table = texture_patient(20)
    np.testing.assert_array_equal(said(back, table), said(unet, table))
    assert as_bytes(back) == as_bytes(unet)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("columns", lambda t: t + 2),
        ("columns", lambda t: t[:-1]),
        ("columns", np.zeros_like),
        ("columns", lambda t: t.astype(np.int32)),
        ("centre", lambda t: t[:-1]),
        ("centre", lambda t: t * np.float32(np.nan)),
        ("scale", lambda t: -t),
        ("scale", lambda t: t.astype(np.float64)),
        ("network.stem.weight", lambda t: t[:, :-1]),
        ("network.stem.weight", lambda t: t.astype(np.float64)),
        ("network.head.bias", lambda t: t * np.float32(np.inf)),
        ("network.down_2.conv_1.weight", lambda t: t.reshape(t.shape[::-1])),
        ("network.down_0.norm_0.gain", lambda t: None),
        ("network.extra", lambda t: np.zeros(1, np.float32)),
        ("extra", lambda t: np.zeros(1, np.float32)),
    ],
)
def test_other_tensors_are_refused(unet, name, change):
    tensors = dict(unet.tensors())
    tensors[name] = change(tensors.get(name))
    tensors = {name: tensor for name, tensor in tensors.items() if tensor is not None}
    with pytest.raises(InputRefused, match=r"U-Net|tensors"):
        read_classifier(tensors, len(NAMES), QUICK, "model.safetensors")


def test_other_settings_are_refused(unet):
    for changes in ({"unet_width": 12}, {"with_distance": False}):
        learning = QUICK.model_copy(update=changes)
        with pytest.raises(InputRefused, match="U-Net"):
            read_classifier(unet.tensors(), len(NAMES), learning, "model.safetensors")


def test_neither_place_nor_order_of_the_rows_matters(unet):
    table = texture_patient(20)
    found = said(unet, table)
    moved = dataclasses.replace(table, voxel=table.voxel + np.array([1, 0, 31]))
    np.testing.assert_array_equal(said(unet, moved), found)
    order = np.random.default_rng(0).permutation(len(found))
    turned = unet.predict(table.features[order], table.distance_mm[order], voxel=table.voxel[order])
    np.testing.assert_array_equal(turned, found[order])


def test_padding_changes_nothing_but_the_last_bits(unet):
    from gliofront.learning.unet.on_torch.network import log_odds_of  # noqa: PLC0415
    from gliofront.learning.unet.volumes import box_of, scattered  # noqa: PLC0415

    table = texture_patient(21)
    inputs = unet.channels.inputs(table.features, table.distance_mm)
    weights = {name: torch.tensor(value) for name, value in unet.weights.items()}
    place = table.voxel - box_of(table.voxel)[0]
    small, large = (
        log_odds_of(weights, torch.tensor(scattered(inputs, place, np.array([side] * 3)))[None])
        for side in (20, 32)
    )
    np.testing.assert_allclose(small[0, 0, :18, :18, :18], large[0, 0, :18, :18, :18], atol=1e-4)


def test_tiles_say_much_the_same_as_the_whole(unet, monkeypatch):
    table = texture_patient(20, side=32)
    whole = said(unet, table)
    monkeypatch.setattr("gliofront.learning.unet.on_torch.passes._MOST", 1000)
    monkeypatch.setattr("gliofront.learning.unet.tiles._TILE", 24)
    monkeypatch.setattr("gliofront.learning.unet.tiles._STEP", 8)
    tiled = said(unet, table)
    assert not np.array_equal(tiled, whole)
    assert np.corrcoef(tiled, whole)[0, 1] > 0.9
    assert roc_auc_score(table.label, tiled) > 0.8


def test_no_row_is_no_probability(unet):
    nothing = np.zeros((0, 6), np.float32), np.zeros(0)
    assert unet.predict(*nothing, voxel=np.zeros((0, 3), int)).shape == (0,)
    found = evidence_used(unet, *nothing, NAMES, voxel=np.zeros((0, 3), int))
    assert found.values.shape == (0, 4)


def test_evidence_is_the_gradient_of_all_log_odds_times_the_input(unet):
    table = texture_patient(22, side=10)
    found = unet.gradient_times_input(table.features, table.distance_mm, voxel=table.voxel)
    inputs = unet.channels.inputs(table.features, table.distance_mm)
    step = 1e-2
    for place, channel in ((0, 0), (300, 0), (500, 6)):
        total = []
        for sign in (-1, 1):
            moved = inputs.copy()
            moved[place, channel] += sign * step
            total.append(log_odds(unet, moved, table.voxel).sum())
        slope = (total[1] - total[0]) / (2 * step)
        source = 0 if channel == 0 else 3
        presence = 0.0 if channel == 6 else presence_part(unet, inputs, table.voxel, place)
        expected = slope * inputs[place, channel] + presence
        assert found[place, source] == pytest.approx(expected, rel=0.05, abs=5e-3)


def log_odds(unet, inputs, voxel):
    from gliofront.learning.unet.on_torch.passes import predicted_log_odds  # noqa: PLC0415

    return predicted_log_odds(unet.weights, inputs, voxel)


def presence_part(unet, inputs, voxel, place):
    """Return what T1C's being there adds to the evidence of a row."""
    from gliofront.learning.unet.on_torch.passes import input_gradients  # noqa: PLC0415

    return input_gradients(unet.weights, inputs, voxel)[place, 3]


def test_evidence_names_every_source_and_none_without_places(unet):
    table = texture_patient(20)
    found = evidence_used(unet, table.features, table.distance_mm, NAMES, voxel=table.voxel)
    assert found.sources == ("T1C", "ADC", "rCBV", "distance")
    size = np.abs(found.values).mean(axis=0)
    assert size[0] == size.max()
    assert np.isnan(found.expected)
    assert not evidence_used(unet, table.features, table.distance_mm, NAMES).values.any()


def test_a_model_of_it_comes_back_from_its_folder(tmp_path):
    tables = [texture_patient(number, side=12) for number in range(4)]
    learning = QUICK.model_copy(update={"unet_steps": 10, "inner_folds": 2})
    model = fit_model(tables, learning).with_scores([SCORE])
    assert model.absent_ok == ("ADC", "rCBV")
    save_model(tmp_path / "m", model, "# Card\n")
    back, table = load_model(tmp_path / "m"), texture_patient(30, side=12)
    found, again = (
        m.predict(table.features, table.distance_mm, table.names, voxel=table.voxel)
        for m in (model, back)
    )
    np.testing.assert_array_equal(found, again)
    save_model(tmp_path / "again", back, "# Card\n")
    for name in ("model.json", "model.safetensors"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "m" / name).read_bytes()
    other = model.settings.model_copy(update={"kind": "logistic"})
    save_model(tmp_path / "other", dataclasses.replace(model, settings=other), "# Card\n")
    with pytest.raises(InputRefused):
        load_model(tmp_path / "other")


def test_constant_and_undefined_columns_are_borne():
    tables = []
    for number in range(2):
        table = texture_patient(number, side=10)
        features = table.features.copy()
        features[:, 2] = 7.0
        features[:, columns_of(table.names, "rCBV")] = np.nan
        tables.append(dataclasses.replace(table, features=features))
    classifier = fit_classifier(rows_of(tables), QUICK.model_copy(update={"unet_steps": 4}))
    assert np.isfinite(said(classifier, tables[0])).all()
