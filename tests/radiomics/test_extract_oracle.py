"""Every feature of `extract` against an oracle written from the formulas."""

from __future__ import annotations

import numpy as np
import pytest
from cube_oracle import DIRECTIONS, levels_of
from feature_oracle import firstorder_features, oracle
from feature_scenes import (
    KINDS,
    Scene,
    assert_equal_to_oracle,
    brain,
    corners_and,
    in_units,
    mask_of,
    named,
    pattern,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from gliofront.radiomics.settings import TextureSettings

# (lowest value, width of a bin): a ratio, a diffusivity in mm2/s, scanner units, NAWM z.
UNITS = ((0.0, 1.0), (0.0, 1e-4), (900.0, 7.3), (-3.0, 0.37))


@st.composite
def texture_settings(draw):
    aggregation, definitions = draw(st.booleans()), draw(st.booleans())
    return TextureSettings(
        radius=draw(st.integers(1, 4)),
        levels=draw(st.sampled_from([2, 3, 32, 255, 256]) | st.integers(2, 256)),
        binning=draw(st.sampled_from(["size", "number", "none"])),
        aggregation="merged" if aggregation else "averaged",
        definitions="matlab" if definitions else "ibsi",
    )


@st.composite
def scenes(draw):
    """Draw an image of some kind with holes and values that are not finite."""
    asked = draw(texture_settings())
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = tuple(draw(st.tuples(*[st.integers(1, 7)] * 3)))
    kind = draw(st.sampled_from(KINDS))
    inside = mask_of(kind, shape, draw(st.sampled_from([0.0, 0.2, 0.5, 0.9])), rng)
    values = pattern(kind, shape, asked.levels, rng).astype(draw(st.sampled_from(["f4", "f8"])))
    if asked.binning != "none":
        low, width = draw(st.sampled_from(UNITS))
        values = in_units(values, kind, low, width, rng).astype(values.dtype)
        # A part of the values lies beyond a range, and goes to the end levels.
        ends = low + np.array(draw(st.sampled_from([(0, 1), (0.13, 0.71)]))) * asked.levels * width
        asked = asked.model_copy(update={"range": tuple(ends.tolist())})
    for odd in (np.nan, np.inf, -np.inf):
        values[rng.random(shape) < draw(st.sampled_from([0.0, 0.03]))] = odd
    return Scene(values, inside, corners_and(shape, rng), asked)


def full_of_the_last_level(aggregation, definitions):
    """Return the longest sums: every pair of the largest cube in the last of the most levels."""
    asked = TextureSettings(
        radius=4, levels=256, binning="none", aggregation=aggregation, definitions=definitions
    )
    values = np.full((9, 9, 9), 256.0)
    return Scene(values, values > 0, np.array([[4, 4, 4]]), asked)


@given(scene=scenes())
@settings(max_examples=250)
@example(scene=full_of_the_last_level("merged", "ibsi"))
@example(scene=full_of_the_last_level("averaged", "ibsi"))
@example(scene=full_of_the_last_level("merged", "matlab"))
def test_every_feature_is_equal_to_the_oracle(scene):
    assert_equal_to_oracle(scene)


@pytest.mark.slow
@given(scene=scenes())
@settings(max_examples=3000)
def test_every_feature_is_equal_to_the_oracle_in_many_more_images(scene):
    assert_equal_to_oracle(scene)


@pytest.mark.parametrize("definitions", ["ibsi", "matlab"])
@pytest.mark.parametrize("aggregation", ["averaged", "merged"])
@pytest.mark.parametrize("radius", [1, 2, 3, 4])
def test_full_cubes_are_equal_to_the_oracle(radius, aggregation, definitions):
    # A full cube has the most pairs and the longest runs: counts beyond a byte from radius 3 on.
    rng = np.random.default_rng(radius)
    shape = (2 * radius + 1,) * 3
    asked = TextureSettings(
        radius=radius, aggregation=aggregation, definitions=definitions, range=(0.0, 32.0)
    )
    for kind in ("noise", "two levels", "constant", "nearly constant", "ends"):
        values = in_units(pattern(kind, shape, 32, rng), kind, 0.0, 1.0, rng).astype(np.float32)
        assert_equal_to_oracle(Scene(values, np.ones(shape, bool), np.array([[radius] * 3]), asked))


@pytest.mark.parametrize("offset", [1000.0, 1e-3, -1e6])
def test_a_nearly_flat_cube_keeps_its_moments(offset):
    # The smallest step that float32 has there: sums of squares of the values would lose it.
    steps = np.arange(27).reshape(3, 3, 3) % 2
    values = (np.float32(offset) + steps * np.spacing(np.float32(abs(offset)))).astype(np.float32)
    asked = TextureSettings(radius=1, binning="number", levels=2)
    row = named(Scene(values, np.ones(values.shape, bool), np.array([[1, 1, 1]]), asked).rows()[0])
    spread = np.ptp(values.astype(np.float64))
    assert spread > 0
    own = steps.ravel()
    assert row["firstorder_variance"] == pytest.approx(own.var() * spread**2, rel=1e-5)
    assert row["firstorder_standard_deviation"] == pytest.approx(own.std() * spread, rel=1e-5)
    assert row["firstorder_skewness"] == pytest.approx(stats.skew(own), rel=1e-4)
    assert row["firstorder_kurtosis"] == pytest.approx(stats.kurtosis(own, fisher=False), rel=1e-4)


def test_the_oracle_finds_moments_of_the_textbook():
    x = np.random.default_rng(1).gamma(2.0, size=50)
    found = firstorder_features(x, np.ones(50))
    assert found["skewness"] == pytest.approx(stats.skew(x))
    assert found["kurtosis"] == pytest.approx(stats.kurtosis(x, fisher=False))
    assert found["variance"] == pytest.approx(x.var())


def test_the_oracle_has_each_direction_once():
    opposite = {tuple(-s for s in step) for step in DIRECTIONS}
    assert len(DIRECTIONS) == 13
    assert len(opposite | set(DIRECTIONS)) == 26


def test_the_oracle_on_a_cube_done_by_hand():
    values = np.array([[[1.0, 2.0]]])
    asked = TextureSettings(radius=1, levels=2, binning="none")
    found = oracle(values, values > 0, (0, 0, 0), asked)
    assert found["firstorder_mean"] == found["firstorder_mean_grey_level"] == 1.5
    assert found["firstorder_energy"] == 5
    assert found["firstorder_entropy"] == found["firstorder_uniformity"] * 2 == 1
    assert found["glcm_contrast"] == found["glcm_entropy"] == found["glcm_sum_of_squares"] * 4 == 1
    assert found["glcm_correlation_m"] == found["glcm_correlation_p"] == -1
    assert found["glcm_information_correlation_1"] == -1
    assert found["glcm_information_correlation_2"] == pytest.approx(np.sqrt(1 - np.exp(-2)))
    assert found["glrlm_low_grey_level_run_emphasis"] == (1 + 1 / 4) / 2
    assert found["glrlm_grey_level_non_uniformity"] == 13
    swapped = asked.model_copy(update={"definitions": "matlab"})
    matlab = oracle(values, values > 0, (0, 0, 0), swapped)
    assert matlab["glrlm_short_run_emphasis"] == found["glrlm_low_grey_level_run_emphasis"]
    assert matlab["glcm_entropy"] == pytest.approx(np.log(2))


def test_the_scene_of_other_tests_has_runs_pairs_and_holes():
    scene = brain()
    levels = levels_of(scene.values, scene.inside, scene.settings)
    assert len(np.unique(levels)) > 20
    assert 0.05 < np.mean(levels == 0) < 0.2
    assert np.mean(levels == 5) > 0.2
