"""Cubes with little in them: constant, alone, apart, thin, far out; what is undefined is NaN."""

from __future__ import annotations

import numpy as np
import pytest
from feature_oracle import oracle
from feature_scenes import Scene, named

from gliofront.radiomics.names import feature_names
from gliofront.radiomics.settings import TextureSettings

BOTH = pytest.mark.parametrize("aggregation", ["averaged", "merged"])
GLCM = slice(13, 35)


def levels_scene(values, centres, **settings):
    """Return a scene of levels with 0 outside."""
    asked = TextureSettings(**{"radius": 1, "binning": "none", **settings})
    return Scene(values.astype(np.float32), values > 0, np.array(centres), asked)


@BOTH
def test_a_constant_neighbourhood_of_levels(aggregation):
    scene = levels_scene(np.full((5, 5, 5), 7), [[2, 2, 2]], radius=2, aggregation=aggregation)
    found = named(scene.rows()[0])
    assert found["glcm_correlation_m"] == found["glcm_correlation_p"] == 1
    assert found["glcm_information_correlation_1"] == 0
    assert found["glcm_information_correlation_2"] == 0
    for name in ("entropy", "sum_entropy", "difference_entropy"):
        assert found[f"glcm_{name}"] == pytest.approx(0, abs=1e-12)
    for name in ("energy", "maximum_probability", "homogeneity_p"):
        assert found[f"glcm_{name}"] == 1
    assert found["glcm_sum_of_squares"] == found["glcm_cluster_prominence"] == 0
    assert found["glcm_autocorrelation"] == 49
    assert found["glcm_sum_average"] == 14
    assert found["firstorder_mean_grey_level"] == 7


@pytest.mark.parametrize("binning", ["size", "number"])
@pytest.mark.parametrize("constant", [0.1, 0.0, -3.7, 1e-30, 1e-3, 3e38, 2.0**60, -(2.0**70)])
def test_a_constant_neighbourhood_has_no_spread_at_all(constant, binning):
    values = np.full((3, 3, 3), constant, dtype=np.float32)
    asked = TextureSettings(radius=2, levels=8, binning=binning, range=(-1.0, 1.0))
    rows = Scene(values, np.ones((3, 3, 3), bool), np.array([[0, 1, 2]]), asked).rows()
    found = named(rows[0])
    for name in ("standard_deviation", "variance", "skewness", "kurtosis", "entropy"):
        assert found[f"firstorder_{name}"] == 0, name
    assert found["firstorder_uniformity"] == 1
    for name in ("mean", "median", "minimum", "maximum"):
        assert found[f"firstorder_{name}"] == np.float32(constant)
    rms = found["firstorder_root_mean_square"]
    assert rms == pytest.approx(abs(float(np.float32(constant))), rel=1e-6)
    assert found["glcm_correlation_m"] == 1
    assert found["glcm_contrast"] == 0


def test_zero_is_not_a_sign_of_anything_outside():
    values = np.zeros((3, 3, 3), dtype=np.float32)
    values[0] = -1.0
    asked = TextureSettings(radius=1, levels=4, range=(-1.0, 1.0))
    found = named(
        Scene(values, np.ones(values.shape, bool), np.array([[1, 1, 1]]), asked).rows()[0]
    )
    assert found["firstorder_mean"] == pytest.approx(-1 / 3)
    assert found["firstorder_mean_grey_level"] == pytest.approx((9 * 1 + 18 * 3) / 27)


@BOTH
def test_undefined_is_nan(aggregation):
    levels = np.zeros((7, 7, 7), dtype=int)
    levels[1, 1, 1] = levels[5, 5, 5] = levels[5, 5, 3] = 4
    centres = [[1, 1, 1], [5, 5, 4], [3, 1, 5]]
    alone, apart, empty = levels_scene(levels, centres, levels=8, aggregation=aggregation).rows()
    assert np.isnan(alone).all()
    assert np.isnan(empty).all()
    # Two voxels that do not touch: no pair, but two runs of length 1 in every direction.
    assert np.isnan(apart[GLCM]).all()
    assert np.isfinite(np.delete(apart, range(13, 35))).all()
    found = named(apart)
    assert found["firstorder_mean"] == found["firstorder_mean_grey_level"] == 4
    assert found["glrlm_run_percentage"] == found["glrlm_short_run_emphasis"] == 1
    assert found["glrlm_high_grey_level_run_emphasis"] == 16


@BOTH
def test_a_lonely_voxel_is_undefined_and_two_are_not(aggregation):
    levels = np.zeros((5, 1, 1), dtype=int)
    levels[[0, 3, 4]] = 1
    rows = levels_scene(levels, [[0, 0, 0], [4, 0, 0]], levels=4, aggregation=aggregation).rows()
    assert np.isnan(rows[0]).all()
    assert np.isfinite(rows[1]).all()


def test_a_voxel_alone_because_the_others_are_not_finite_is_undefined():
    values = np.full((3, 3, 3), np.nan, dtype=np.float32)
    values[1, 1, 1], values[0, 0, 0] = 1.0, np.inf
    asked = TextureSettings(radius=1, range=(0.0, 2.0))
    rows = Scene(values, np.ones(values.shape, bool), np.array([[1, 1, 1]]), asked).rows()
    assert np.isnan(rows).all()


@BOTH
def test_a_centre_outside_the_mask_sees_its_neighbours(aggregation):
    levels = np.arange(1, 28).reshape(3, 3, 3)
    levels[1, 1, 1] = 0
    scene = levels_scene(levels, [[1, 1, 1]], aggregation=aggregation)
    assert np.isfinite(scene.rows()).all()
    assert named(scene.rows()[0])["firstorder_maximum"] == 27


def test_a_direction_without_pairs_leaves_the_average():
    levels = np.zeros((3, 3, 3), dtype=int)
    levels[:, 1, 1] = [1, 2, 2]
    scene = levels_scene(levels, [[1, 1, 1]], levels=4, aggregation="averaged")
    found = named(scene.rows()[0])
    assert found["glcm_contrast"] == pytest.approx(0.5)
    assert found["glcm_sum_average"] == pytest.approx(3.5)
    assert found["glrlm_run_percentage"] == pytest.approx((12 + 2 / 3) / 13)


@pytest.mark.parametrize("shape", [(1, 1, 2), (1, 2, 1), (2, 1, 1), (1, 5, 5)])
@BOTH
def test_images_thinner_than_a_cube(shape, aggregation):
    levels = np.random.default_rng(3).integers(1, 33, shape)
    scene = levels_scene(levels, [[0, 0, 0]], radius=4, aggregation=aggregation)
    wanted = oracle(scene.values, scene.inside, (0, 0, 0), scene.settings)
    np.testing.assert_allclose(scene.rows()[0], list(wanted.values()), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(3, 3, 3), (0, 4, 4)])
def test_no_centres_give_no_rows(shape):
    none = np.zeros((0, 3), dtype=int)
    scene = levels_scene(np.ones(shape), none)
    assert scene.rows().shape == (0, len(feature_names()))
    assert scene.rows().dtype == np.float32


@pytest.mark.parametrize("binning", ["size", "number", "none"])
def test_an_empty_mask_is_undefined_everywhere(binning):
    values = np.zeros((3, 3, 3), dtype=np.float32)
    asked = TextureSettings(radius=1, binning=binning, range=(0.0, 1.0))
    rows = Scene(values, np.zeros(values.shape, bool), np.array([[1, 1, 1]]), asked).rows()
    assert np.isnan(rows).all()


@pytest.mark.parametrize("binning", ["size", "number", "none"])
def test_a_mask_without_a_finite_value_is_undefined_everywhere(binning):
    values = np.full((3, 3, 3), np.nan, dtype=np.float32)
    values[0, 1, 2] = np.inf
    asked = TextureSettings(radius=1, binning=binning, range=(0.0, 1.0))
    rows = Scene(values, np.ones(values.shape, bool), np.array([[1, 1, 1]]), asked).rows()
    assert np.isnan(rows).all()


def test_an_energy_beyond_float32_is_infinite_and_nothing_else():
    values = np.linspace(1e30, 9e30, 27, dtype=np.float32).reshape(3, 3, 3)
    asked = TextureSettings(radius=1, binning="number")
    found = named(Scene(values, values > 0, np.array([[1, 1, 1]]), asked).rows()[0])
    endless = {name for name, value in found.items() if np.isinf(value)}
    assert endless == {"firstorder_energy", "firstorder_variance"}
    assert found["firstorder_root_mean_square"] == pytest.approx(
        np.sqrt(np.mean(values.astype(np.float64) ** 2)), rel=1e-6
    )
    assert not any(np.isnan(value) for value in found.values())


def test_fourth_powers_of_tiny_values_do_not_vanish():
    values = 1e-20 * np.arange(1, 28, dtype=np.float32).reshape(3, 3, 3)
    plain = np.arange(1, 28, dtype=np.float64)
    asked = TextureSettings(radius=1, binning="number")
    found = named(Scene(values, values > 0, np.array([[1, 1, 1]]), asked).rows()[0])
    away = plain - plain.mean()
    kurtosis = (away**4).mean() / (away**2).mean() ** 2
    assert found["firstorder_kurtosis"] == pytest.approx(kurtosis, rel=1e-5)
