"""The nulls of training patients as a file: exact, without anybody in it, hostile ones refused."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from voxel_cohorts import NAMES, cohort

from gliofront.evaluation.ladder_file import ladder_bytes, ladder_of
from gliofront.evaluation.null_ladder import NullLadder, fit_ladder
from gliofront.foundation.errors import InputRefused
from gliofront.learning.context import VoxelContext
from gliofront.learning.settings import LearningSettings

LEARNING = LearningSettings(voxels_per_patient=1000)


def with_context(table):
    rng = np.random.default_rng(len(table.patient) + int(table.patient[1:]))
    n = len(table.label)
    context = VoxelContext(
        table.distance_mm, rng.integers(0, 2, n), rng.random(n), rng.normal(size=(n, 3))
    )
    return dataclasses.replace(table, context=context)


@pytest.fixture(name="tables", scope="module")
def cohort_with_all_nulls():
    return [with_context(table) for table in cohort(signal=1.0)]


@pytest.fixture(name="ladder", scope="module")
def fitted(tables):
    return fit_ladder(tables[:5], LEARNING)


def changed(ladder, change):
    tree = json.loads(ladder_bytes(ladder))
    change(tree)
    return json.dumps(tree).encode()


def test_it_comes_back_exactly(ladder, tables):
    back = ladder_of(ladder_bytes(ladder), NAMES, "nulls.json")
    assert back.thresholds == ladder.thresholds
    assert list(back.maps.items()) == list(ladder.maps.items())
    np.testing.assert_array_equal(back.atlas.knots_mm, ladder.atlas.knots_mm)
    np.testing.assert_array_equal(back.atlas.probability, ladder.atlas.probability)
    rows = np.arange(len(tables[5].label))
    said, again = (one.predict(tables[5], rows) for one in (ladder, back))
    assert list(said) == list(again)
    assert {"atlas", "growth", "oedema", "margin_15mm", "map_ADC"} <= set(said)
    for name, prediction in said.items():
        np.testing.assert_array_equal(again[name].probability, prediction.probability)
        assert again[name].threshold == prediction.threshold
    assert ladder_bytes(back) == ladder_bytes(ladder)


def test_it_names_nobody_and_no_site(tables):
    named = [dataclasses.replace(t, patient=f"Anna{t.patient}", site="Tokyo") for t in tables]
    data = ladder_bytes(fit_ladder(named, LEARNING))
    assert b"Anna" not in data
    assert b"Tokyo" not in data
    assert set(json.loads(data)) == {"schema_version", "maps", "atlas", "thresholds"}


def test_without_atlas_or_maps_it_comes_back_too(tables):
    bare = [dataclasses.replace(t, context=VoxelContext.unknown(len(t.label))) for t in tables]
    ladder = fit_ladder(bare, LEARNING)
    assert ladder.atlas is None
    assert ladder_of(ladder_bytes(ladder), NAMES, "f").thresholds == ladder.thresholds
    nothing = ladder_of(ladder_bytes(NullLadder({}, None, {})), NAMES, "f")
    assert (nothing.maps, nothing.atlas, nothing.thresholds) == ({}, None, {})


def test_an_atlas_of_nothing_but_progression_is_a_probability_still(tables):
    table = tables[0]
    everything = dataclasses.replace(table, label=np.ones_like(table.label))
    ladder = fit_ladder([everything], LEARNING)
    assert ladder.atlas.probability.max() <= 1
    assert ladder_of(ladder_bytes(ladder), NAMES, "f").atlas is not None


HOSTILE = {
    "another version": (lambda t: t.update(schema_version=2), "schema_version"),
    "more": (lambda t: t.update(patients=["p00"]), "patients"),
    "text for a number": (lambda t: t["thresholds"].update(oedema="0.5"), "thresholds.oedema"),
    "no number": (lambda t: t["thresholds"].update(oedema=float("nan")), "oedema"),
    "without end": (lambda t: t["thresholds"].update(growth=float("inf")), "growth"),
    "unknown null": (lambda t: t["thresholds"].update(map_FA=0.1), "do not belong together"),
    "null without threshold": (lambda t: t["thresholds"].pop("atlas"), "do not belong together"),
    "sign": (lambda t: t["maps"][0].update(sign=0), "sign"),
    "auroc": (lambda t: t["maps"][0].update(auroc=1.5), "auroc"),
    "twice": (lambda t: t["maps"].append(t["maps"][0]), "a map comes twice"),
    "falling knots": (lambda t: t["atlas"]["knots_mm"].reverse(), "the knots do not rise"),
    "no knots": (lambda t: t["atlas"].update(knots_mm=[]), "atlas.knots_mm"),
    "five directions": (lambda t: t["atlas"]["probability"].pop(), "atlas.probability"),
    "ragged": (lambda t: t["atlas"]["probability"][2].pop(), "differ in number"),
    "no share": (
        lambda t: t["atlas"]["probability"][2].__setitem__(0, -0.1),
        "atlas.probability.2.0",
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_ladders_are_refused(ladder, kind):
    change, problem = HOSTILE[kind]
    with pytest.raises(InputRefused, match=rf"nulls\.json: .*{problem}") as refused:
        ladder_of(changed(ladder, change), NAMES, "nulls.json")
    assert "train the model again" in refused.value.mend


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"a":' * 5000])
def test_what_is_no_ladder_is_refused(data):
    with pytest.raises(InputRefused, match="not valid"):
        ladder_of(data, NAMES, "nulls.json")


def test_a_column_that_stands_for_no_map_of_the_model_is_refused(ladder):
    with pytest.raises(InputRefused, match="the model has not: ADC_firstorder_mean"):
        ladder_of(ladder_bytes(ladder), [n for n in NAMES if "ADC" not in n], "f")
    median = "T1C_firstorder_median"
    data = changed(ladder, lambda t: t["maps"][0].update(column=median))
    with pytest.raises(InputRefused, match=median):
        ladder_of(data, NAMES, "f")
