"""What may not change the features: how the image lies, how the work is split, how it is stored."""

from __future__ import annotations

import numpy as np
import pytest
from feature_scenes import ABSOLUTE, ORDERED, Scene, brain
from hypothesis import given, settings
from hypothesis import strategies as st

from gliofront.radiomics.extract import extract, features_at
from gliofront.radiomics.grey_image import grey_image
from gliofront.radiomics.names import feature_names

TURNS = {
    "flip x": lambda a: a[::-1],
    "flip y": lambda a: a[:, ::-1],
    "flip z": lambda a: a[:, :, ::-1],
    "turn xy": lambda a: np.rot90(a, 1, (0, 1)),
    "turn xz": lambda a: np.rot90(a, 1, (0, 2)),
    "turn yz": lambda a: np.rot90(a, 1, (1, 2)),
    "mirror diagonal": lambda a: a.transpose(2, 1, 0),
}
BOTH = pytest.mark.parametrize("aggregation", ["averaged", "merged"])


def turned_scene(scene, turn):
    """Return the scene turned, and the place that each of its centres had before."""
    order = np.full(scene.values.shape, -1)
    order[tuple(scene.centres.T)] = np.arange(len(scene.centres))
    order = turn(order)
    places = np.argwhere(order >= 0)
    other = Scene(turn(scene.values), turn(scene.inside), places, scene.settings)
    return other, order[tuple(places.T)]


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
@BOTH
def test_flips_and_quarter_turns_change_nothing(turn, aggregation):
    scene = brain(aggregation=aggregation)
    other, origin = turned_scene(scene, turn)
    before, after = scene.rows()[origin], other.rows()
    # Sums in another order: a few units in the last place of float32.
    np.testing.assert_allclose(after, before, rtol=2e-6, atol=ABSOLUTE)
    exact = [feature_names().index(name) for name in ORDERED]
    np.testing.assert_array_equal(after[:, exact], before[:, exact])


@pytest.mark.parametrize("radius", [1, 2, 3, 4])
@BOTH
def test_threads_change_no_bit(radius, aggregation):
    scene = brain(radius=radius, aggregation=aggregation)
    one = scene.rows(threads=1)
    for threads in (2, 3, 64):
        assert scene.rows(threads=threads).tobytes() == one.tobytes()


@given(seed=st.integers(0, 1000), merged=st.booleans(), radius=st.integers(1, 3))
@settings(max_examples=20)
def test_no_split_and_no_order_of_the_centres_changes_a_bit(seed, merged, radius):
    rng = np.random.default_rng(seed)
    aggregation = "merged" if merged else "averaged"
    scene = brain(shape=(6, 7, 8), radius=radius, aggregation=aggregation)
    image = grey_image(scene.values, scene.inside, scene.settings)
    whole = scene.rows()
    parts = np.split(scene.centres, np.sort(rng.integers(0, len(scene.centres), 4)))
    split = [features_at(image, part, scene.settings) for part in parts]
    assert np.concatenate(split).tobytes() == whole.tobytes()
    mixed = rng.permutation(len(scene.centres))
    shuffled = features_at(image, scene.centres[mixed], scene.settings)
    assert shuffled.tobytes() == whole[mixed].tobytes()


@pytest.mark.parametrize("block", [1, 7, 100, 10**6])
def test_centres_in_blocks_give_the_same_bits(block):
    scene = brain(shape=(6, 7, 8))
    starts = range(0, len(scene.centres), block)
    parts = [scene.centres[start : start + block] for start in starts]
    ask = (scene.values, scene.inside)
    found = [extract(*ask, part, scene.settings) for part in parts]
    assert np.concatenate(found).tobytes() == scene.rows().tobytes()


def test_a_centre_asked_twice_is_answered_twice():
    scene = brain(shape=(6, 7, 8))
    twice = Scene(scene.values, scene.inside, scene.centres.repeat(2, axis=0), scene.settings)
    assert twice.rows().tobytes() == scene.rows().repeat(2, axis=0).tobytes()


def test_a_view_gives_what_its_copy_gives():
    scene = brain()
    view = Scene(
        scene.values[::2, 1:, ::-1],
        scene.inside[::2, 1:, ::-1],
        np.argwhere(scene.inside[::2, 1:, ::-1])[::-2],
        scene.settings,
    )
    copied = Scene(view.values.copy(), view.inside.copy(), view.centres.copy(), view.settings)
    assert view.rows().tobytes() == copied.rows().tobytes()


@pytest.mark.parametrize("kind", ["f8", ">f4", ">f8", "F"])
def test_the_type_of_the_image_changes_no_bit(kind):
    scene = brain()
    other = np.asfortranarray(scene.values) if kind == "F" else scene.values.astype(kind)
    found = Scene(other, scene.inside, scene.centres, scene.settings).rows()
    assert found.tobytes() == scene.rows().tobytes()


@pytest.mark.parametrize("kind", ["u1", "u2", "i2", "i4", "i8", "u8", "f2", "f4", "f8"])
def test_levels_of_any_type_give_the_same_bits(kind):
    scene = brain(shape=(6, 7, 8), binning="none")
    levels = grey_image(scene.values, scene.inside, brain().settings).levels
    plain = Scene(levels, scene.inside, scene.centres, scene.settings).rows()
    other = Scene(levels.astype(kind), scene.inside, scene.centres, scene.settings).rows()
    assert other.tobytes() == plain.tobytes()


@pytest.mark.parametrize("kind", ["i1", "u1", "i4", "u4", "u8"])
def test_the_type_of_the_centres_changes_no_bit(kind):
    scene = brain()
    other = Scene(scene.values, scene.inside, scene.centres.astype(kind), scene.settings)
    assert other.rows().tobytes() == scene.rows().tobytes()


def test_bytes_give_what_words_give():
    # 255 levels are held in bytes, 256 in words.
    scene = brain(shape=(6, 7, 8), levels=255, binning="none")
    levels = grey_image(scene.values, scene.inside, brain().settings).levels
    narrow = Scene(levels, scene.inside, scene.centres, scene.settings)
    wider = scene.settings.model_copy(update={"levels": 256})
    wide = Scene(levels, scene.inside, scene.centres, wider)
    # These two divide by the number of levels.
    same = [i for i, name in enumerate(feature_names()) if not name.endswith("_normalised")]
    np.testing.assert_array_equal(narrow.rows()[:, same], wide.rows()[:, same])


def test_voxels_outside_count_in_nothing():
    scene = brain()
    for spoilt in (1e9, np.nan, np.inf, -np.inf):
        values = np.where(scene.inside, scene.values, spoilt).astype(np.float32)
        other = Scene(values, scene.inside, scene.centres, scene.settings)
        assert other.rows().tobytes() == scene.rows().tobytes()


def test_what_is_not_finite_counts_as_outside():
    scene = brain()
    holes = np.random.default_rng(2).random(scene.values.shape) < 0.1
    cut = Scene(scene.values, scene.inside & ~holes, scene.centres, scene.settings)
    for odd in (np.nan, np.inf, -np.inf):
        values = np.where(holes, odd, scene.values).astype(np.float32)
        other = Scene(values, scene.inside, scene.centres, scene.settings)
        assert other.rows().tobytes() == cut.rows().tobytes()


def test_the_rest_of_the_image_changes_no_bit():
    scene = brain()
    wide = [(4, 3), (2, 5), (1, 6)]
    values = np.pad(scene.values, wide, constant_values=-0.3)
    inside = np.pad(scene.inside, wide)
    moved = scene.centres + [before for before, _ in wide]
    assert Scene(values, inside, moved, scene.settings).rows().tobytes() == scene.rows().tobytes()


def test_the_input_is_left_as_it_was():
    scene = brain()
    parts = (scene.values, scene.inside, scene.centres)
    before = [part.copy() for part in parts]
    for part in parts:
        part.flags.writeable = False
    scene.rows()
    for part, copy in zip(parts, before, strict=True):
        np.testing.assert_array_equal(part, copy)
