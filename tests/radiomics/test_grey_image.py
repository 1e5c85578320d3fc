"""Grey levels by the three binnings, against the formulas of IBSI in exact fractions."""

from __future__ import annotations

import numpy as np
import pytest
from cube_oracle import levels_of
from feature_scenes import brain, named
from hypothesis import given, settings
from hypothesis import strategies as st

from gliofront.radiomics.extract import extract, features_at
from gliofront.radiomics.grey_image import grey_image
from gliofront.radiomics.settings import TextureSettings


def line(values):
    """Return an image of one row, and a mask that is full."""
    values = np.array(values)[None, None, :]
    return values, np.ones(values.shape, dtype=bool)


def levels_by(values, **asked):
    return grey_image(*line(values), TextureSettings(**asked)).levels[0, 0].tolist()


def test_bins_of_a_size_are_half_open_with_clamped_ends():
    edges = [-np.inf, -1e30, -0.001, 0, 0.999, 1, 31.999, 32, 1e30, np.inf, np.nan]
    found = levels_by(edges, levels=32, range=(0.0, 32.0))
    assert found == [0, 1, 1, 1, 1, 2, 32, 32, 32, 0, 0]


def test_a_number_of_bins_divides_the_range_found():
    assert levels_by([-2.0, -1.0, 0.0, 1.0, 2.0], binning="number", levels=4) == [1, 2, 3, 4, 4]
    assert levels_by([5, 6, 7, 8], binning="number", levels=2) == [1, 1, 2, 2]
    assert levels_by([7.0, np.nan, 7.0], binning="number", levels=4) == [1, 0, 1]


def test_with_binning_none_values_are_the_levels():
    assert levels_by([1, 5, 32, 17], binning="none") == [1, 5, 32, 17]
    assert levels_by([1.0, np.nan, 256.0], binning="none", levels=256) == [1, 0, 256]


@given(
    seed=st.integers(0, 2**32 - 1),
    levels=st.integers(2, 256),
    binning=st.sampled_from(["size", "number"]),
    scale=st.sampled_from([1e-3, 1.0, 3000.0]),
)
@settings(max_examples=150)
def test_levels_of_floats_follow_the_formula(seed, levels, binning, scale):
    rng = np.random.default_rng(seed)
    values = (scale * rng.normal(size=(4, 5, 6))).astype(np.float32)
    inside = rng.random(values.shape) < 0.8
    ends = np.sort(scale * rng.normal(size=2)).tolist()
    asked = TextureSettings(levels=levels, binning=binning, range=ends)
    found = grey_image(values, inside, asked).levels
    np.testing.assert_array_equal(found, levels_of(values, inside, asked))


@pytest.mark.parametrize("binning", ["size", "number"])
def test_whole_numbers_on_the_edge_of_a_bin_go_up(binning):
    # Every edge that a whole number can lie on, for all ranges to 255 and some levels; in floats
    # x / (range / levels) can fall below the edge on which x lies, levels * x / range cannot.
    wrong = []
    for last in range(1, 256):
        values, inside = line(np.arange(last + 1, dtype=np.float32))
        for levels in (2, 6, 10, 32, 64, 98, 186, 256):
            asked = TextureSettings(levels=levels, binning=binning, range=(0.0, last))
            found = grey_image(values, inside, asked).levels[0, 0]
            exact = np.minimum(np.arange(last + 1) * levels // last, levels - 1) + 1
            wrong += [(last, levels, x) for x in np.flatnonzero(found != exact).tolist()]
    assert not wrong, f"{len(wrong)} (range, levels, x) in the bin below, such as {wrong[:3]}"


def test_the_number_of_bins_is_of_the_whole_mask_and_not_of_the_cube():
    values = np.zeros((9, 3, 3), dtype=np.float32)
    values[:3] = np.arange(27).reshape(3, 3, 3) / 100
    values[-1] = 100.0
    asked = TextureSettings(radius=1, levels=4, binning="number")
    inside = np.ones(values.shape, dtype=bool)
    centre = np.array([[1, 1, 1]])
    # Seen over the whole mask the cube is of the first level; by itself it has all four.
    assert named(extract(values, inside, centre, asked)[0])["firstorder_uniformity"] == 1
    alone = named(extract(values[:3], inside[:3], centre, asked)[0])
    assert alone["firstorder_uniformity"] == pytest.approx(0.25, abs=0.01)


def test_the_number_of_bins_is_of_the_mask_and_not_of_the_image():
    scene = brain(binning="number")
    spoilt = np.where(scene.inside, scene.values, 1e6).astype(np.float32)
    spoilt[tuple(scene.centres[3])] = np.inf
    inside = scene.inside.copy()
    inside[tuple(scene.centres[3])] = False
    plain = grey_image(scene.values, inside, scene.settings)
    found = grey_image(spoilt, scene.inside, scene.settings)
    np.testing.assert_array_equal(found.levels, plain.levels)


def test_the_number_of_bins_does_not_use_the_range():
    scene = brain(binning="number", range=(-100.0, 100.0))
    plain = brain(binning="number", range=None)
    assert scene.rows().tobytes() == plain.rows().tobytes()


def test_a_number_of_bins_over_the_range_found_is_bins_of_that_size():
    scene = brain(binning="number")
    there = scene.values[scene.inside]
    same = brain(range=(float(there.min()), float(there.max())))
    assert scene.rows().tobytes() == same.rows().tobytes()


@pytest.mark.parametrize(
    ("levels", "kind"), [(2, np.uint8), (255, np.uint8), (256, np.uint16)], ids=str
)
@pytest.mark.parametrize("binning", ["size", "number", "none"])
def test_levels_are_held_in_the_smallest_type(levels, kind, binning):
    values, inside = line([1.0, 2.0, levels])
    asked = TextureSettings(levels=levels, binning=binning, range=(1.0, levels))
    image = grey_image(values, inside, asked)
    assert image.levels.dtype == kind
    assert image.levels.max() == levels
    assert image.values.dtype == np.float32


def test_an_image_made_ready_gives_what_extract_gives():
    scene = brain()
    image = grey_image(scene.values, scene.inside, scene.settings)
    found = features_at(image, scene.centres, scene.settings)
    assert found.tobytes() == scene.rows().tobytes()


def test_the_image_is_discretised_as_float32():
    # Just below an edge in float64, on it in float32.
    below = np.nextafter(np.float64(0.5), 0)
    assert levels_by([0.0, below, 1.0], levels=2, range=(0.0, 1.0)) == [1, 2, 2]
