"""Model folders: repeatable, and hostile ones refused."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re

import numpy as np
import pytest
from learning_cases import SCORE, SETTINGS, six_patients, small_model
from safetensors.numpy import load, save

from gliofront.foundation.errors import InputRefused
from gliofront.learning.booster_text import check_booster_text
from gliofront.learning.settings import LearningSettings
from gliofront.learning.storage import load_model, read_nulls, save_model
from gliofront.learning.training import fit_model


@pytest.fixture(name="tables", scope="module")
def cohort_of_six():
    return six_patients()


@pytest.fixture(name="model", scope="module")
def model_of_six():
    return small_model()


FILES = ("MODEL_CARD.md", "model.json", "model.safetensors")


@pytest.fixture(name="folder")
def saved(tmp_path, model):
    save_model(tmp_path / "model", model, "# Card\n")
    return tmp_path / "model"


def test_comes_back_the_same(folder, model, tables):
    back = load_model(folder)
    assert (back.classifier.text, back.names, back.absent_ok) == (
        model.classifier.text,
        model.names,
        model.absent_ok,
    )
    assert (back.threshold, back.distance_threshold, back.prevalence) == (
        model.threshold,
        model.distance_threshold,
        model.prevalence,
    )
    assert (back.settings, back.training) == (model.settings, model.training)
    assert back.preparation == {"texture": {"radius": 2}}
    table = tables[0]
    np.testing.assert_array_equal(
        back.predict(table.features, table.distance_mm, table.names, voxel=table.voxel),
        model.predict(table.features, table.distance_mm, table.names, voxel=table.voxel),
    )
    ranges = []
    for one in (back, model):
        said = one.predict(table.features, table.distance_mm, table.names, voxel=table.voxel)
        ranges.append(one.predict_range(said, table.features, table.distance_mm, voxel=table.voxel))
    for one, other in zip(*ranges, strict=True):
        np.testing.assert_array_equal(one, other)
    assert (folder / "MODEL_CARD.md").read_text() == "# Card\n"


def test_same_model_same_bytes(folder, tmp_path):
    save_model(tmp_path / "again", load_model(folder), "# Card\n")
    assert sorted(p.name for p in folder.iterdir()) == sorted(FILES)
    for name in FILES:
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_nulls_lie_beside_the_model_as_they_were_given(tmp_path, model):
    folder = tmp_path / "m"
    written = save_model(folder, model, "# Card\n", b"{}\n")
    assert {path.name for path in written} == {*FILES, "nulls.json"}
    assert set(folder.iterdir()) == set(written)
    assert read_nulls(folder) == b"{}\n"
    path = folder / "nulls.json"
    path.write_bytes(b"{} \n")
    with pytest.raises(InputRefused, match=r"nulls\.json: .* not those that model\.json describes"):
        read_nulls(folder)
    path.write_bytes(bytes(2**20 + 1))
    with pytest.raises(InputRefused, match="too large"):
        read_nulls(folder)
    path.unlink()
    assert read_nulls(folder) is None
    load_model(folder)


def test_nulls_that_the_model_does_not_know_are_refused(folder):
    assert read_nulls(folder) is None
    (folder / "nulls.json").write_bytes(b"{}\n")
    with pytest.raises(InputRefused, match=r"not those that model\.json describes"):
        read_nulls(folder)


def test_refused_without_a_score_in_held_out_patients(tmp_path, model):
    with pytest.raises(InputRefused, match="no score in patients held out"):
        save_model(tmp_path / "m", model.with_scores([]), "card")
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
def test_missing_file_is_refused(folder, name):
    (folder / name).unlink()
    with pytest.raises(InputRefused, match=f"{name}: the file cannot be read"):
        load_model(folder)


def test_one_changed_byte_is_refused(folder):
    path = folder / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(InputRefused, match=r"not those that model\.json describes"):
        load_model(folder)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"schema_version": 1}, "schema_version"),
        ({"extra": 1}, "extra"),
        ({"names": []}, "names"),
        ({"threshold": "nan"}, "threshold"),
        ({"prevalence": 2}, "prevalence"),
        (
            {"units": {"T1C": "NAWM z", "ADC": "um2/ms", "rCBV": "ratio"}},
            "other units: ADC in mm2/s",
        ),
        ({"tensors_sha256": "../x"}, "tensors_sha256"),
        ({"settings": {"trees": -1}}, "settings.trees"),
    ],
)
def test_other_descriptions_are_refused(folder, change, problem):
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InputRefused, match=re.escape(problem)):
        load_model(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\xff" * 3, '{"a":' * 5000])
def test_what_is_no_description_is_refused(folder, text):
    (folder / "model.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(InputRefused, match="the description of the model is not valid"):
        load_model(folder)


def replace_tensors(folder, data):
    """Put other tensors in, with the hash that fits them."""
    (folder / "model.safetensors").write_bytes(data)
    path = folder / "model.json"
    said = json.loads(path.read_text()) | {"tensors_sha256": hashlib.sha256(data).hexdigest()}
    path.write_text(json.dumps(said))


def test_tensors_of_another_kind_are_refused_though_the_hash_fits(folder):
    tensors = load((folder / "model.safetensors").read_bytes())
    replace_tensors(folder, b"not tensors at all")
    with pytest.raises(InputRefused, match="the tensors cannot be read"):
        load_model(folder)
    less = {k: v for k, v in tensors.items() if k != "classifier.booster"}
    replace_tensors(folder, save(less))
    with pytest.raises(InputRefused, match=r"the tensors \(none\) are not booster"):
        load_model(folder)
    replace_tensors(folder, save(tensors | {"more": np.zeros(3)}))
    with pytest.raises(InputRefused, match="unknown tensors: more"):
        load_model(folder)
    replace_tensors(folder, save(tensors | {"distance.share": np.array([0.1, np.nan])}))
    with pytest.raises(InputRefused, match="not a decreasing probability"):
        load_model(folder)
    replace_tensors(folder, save(tensors | {"recalibration.line": np.array([1.0, np.inf])}))
    with pytest.raises(InputRefused, match="not two numbers"):
        load_model(folder)


CURVES = {"isotonic": ("share",), "venn-abers": ("lower", "upper")}


@pytest.mark.parametrize("kind", CURVES)
def test_recalibrations_of_knots_come_back_and_are_refused_if_tampered_with(kind, tables, tmp_path):
    learning = SETTINGS.model_copy(update={"recalibration": kind, "trees": 10, "inner_folds": 2})
    model, folder, table = fit_model(tables, learning).with_scores([SCORE]), tmp_path, tables[0]
    save_model(folder, model, "# Card\n")
    said, back = (
        m.predict(table.features, table.distance_mm, table.names, voxel=table.voxel)
        for m in (model, load_model(folder))
    )
    np.testing.assert_array_equal(back, said)
    raw = dataclasses.replace(model, recalibration=None)
    unmended = raw.predict(table.features, table.distance_mm, table.names, voxel=table.voxel)
    assert not np.array_equal(said, unmended)
    assert (np.diff(said[np.argsort(unmended, kind="stable")]) >= 0).all()
    tensors = load((folder / "model.safetensors").read_bytes())
    # Each curve falls, leaves 0 to 1, or is of another length or type; all find it out.
    for name in (f"recalibration.{curve}" for curve in CURVES[kind]):
        for wrong in (tensors[name][::-1], tensors[name] + 1, tensors[name] * np.nan):
            replace_tensors(folder, save(tensors | {name: np.ascontiguousarray(wrong)}))
            with pytest.raises(
                InputRefused, match=r"model\.safetensors: the knots are not a rising"
            ):
                load_model(folder)
        replace_tensors(folder, save(tensors | {name: tensors[name].astype(np.float32)}))
        with pytest.raises(InputRefused, match="float32"):
            load_model(folder)
    replace_tensors(folder, save(tensors | {"recalibration.line": np.array([1.0, 0.0])}))
    with pytest.raises(InputRefused, match="line"):
        load_model(folder)


def test_a_lower_probability_above_the_upper_is_refused(tables, tmp_path):
    learning = SETTINGS.model_copy(update={"recalibration": "venn-abers", "trees": 5})
    save_model(tmp_path, fit_model(tables, learning).with_scores([SCORE]), "# Card\n")
    tensors = load((tmp_path / "model.safetensors").read_bytes())
    names = ("recalibration.lower", "recalibration.upper")
    turned = {names[0]: tensors[names[1]], names[1]: tensors[names[0]]}
    replace_tensors(tmp_path, save(tensors | turned))
    with pytest.raises(InputRefused, match="lower probability lies above"):
        load_model(tmp_path)


def test_model_of_other_columns_is_refused(folder):
    path = folder / "model.json"
    said = json.loads(path.read_text())
    path.write_text(json.dumps(said | {"names": said["names"][:-1]}))
    with pytest.raises(InputRefused, match="not that of a binary classifier on these columns"):
        load_model(folder)


HOSTILE = {
    "too many leaves": (r"num_leaves=\d+", "num_leaves=30000"),
    "unknown column": (r"split_feature=\d+", "split_feature=9999999"),
    "negative column": (r"split_feature=\d+", "split_feature=-1"),
    "circle": (r"left_child=-?\d+", "left_child=0"),
    "child out of range": (r"right_child=-?\d+", "right_child=4000"),
    "categorical": (r"decision_type=\d+", "decision_type=1"),
    "categories": (r"num_cat=0", "num_cat=5"),
    "linear": (r"is_linear=0", "is_linear=1"),
    "not a number": (r"leaf_value=\S+", "leaf_value=nan"),
    "underscore": (r"leaf_value=\S+", "leaf_value=1_0"),
    "sizes": (r"tree_sizes=\d+", "tree_sizes=1"),
    "negative size": (r"tree_sizes=\d+", "tree_sizes=-7"),
    "classes": (r"num_class=1", "num_class=1000000"),
    "objective": (r"objective=binary sigmoid:1", "objective=binary sigmoid:0"),
    "more fields": (r"\nTree=0\n", "\nTree=0\nleaf_coeff=1\n"),
    "order": (r"\nTree=1\n", "\nTree=7\n"),
    "control character": (r"shrinkage=", "shrinkage=\x00"),
    "no trees": (r"(?s)Tree=0.*end of trees", "end of trees"),
    "cut short": (r"end of trees\n", "end of"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_trees_are_refused_before_they_are_parsed(folder, model, kind):
    pattern, instead = HOSTILE[kind]
    text = re.sub(pattern, instead, model.classifier.text, count=1)
    assert text != model.classifier.text
    if "size" not in kind:
        text = with_right_sizes(text)
    tensors = load((folder / "model.safetensors").read_bytes())
    tensors["classifier.booster"] = np.frombuffer(text.encode(), dtype=np.uint8)
    replace_tensors(folder, save(tensors))
    with pytest.raises(InputRefused, match="the trees cannot be trusted"):
        load_model(folder)


def with_right_sizes(text):
    """State the sizes of the trees anew, so that another check has to see the change."""
    blocks = re.split(r"(?m)^(?=Tree=)", text.removesuffix("end of trees\n"))[1:]
    sizes = " ".join(str(len(block)) for block in blocks)
    return re.sub(r"tree_sizes=.*", f"tree_sizes={sizes}", text, count=1)


def test_a_constant_model_is_plain_too(tables):
    flat = [dataclasses.replace(t, features=np.zeros_like(t.features)) for t in tables[:2]]
    model = fit_model(flat, LearningSettings(with_distance=False, trees=3, map_dropout=0.0))
    check_booster_text(model.classifier.text, 6)
    found = model.predict(flat[0].features, flat[0].distance_mm, flat[0].names, voxel=flat[0].voxel)
    np.testing.assert_allclose(found, model.prevalence, rtol=1e-4)
