"""Columns of all maps, their names and settings."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from pydantic import ValidationError

from gliofront.foundation.errors import InputRefused
from gliofront.radiomics.discretise import discretise
from gliofront.radiomics.firstorder import firstorder
from gliofront.radiomics.patient_features import features_of_maps
from gliofront.radiomics.settings import GreyRanges, TextureSettings


def test_columns_follow_the_wanted_maps_and_a_missing_one_is_nan():
    rng = np.random.default_rng(0)
    t1c, adc = rng.normal(size=(2, 6, 6, 6)).astype(np.float32)
    inside = np.ones((6, 6, 6), bool)
    centres = np.argwhere(inside)[::7]
    texture = TextureSettings(radius=1, levels=8)
    table, names = features_of_maps(
        {"T1C": t1c, "ADC": adc * 1e-3, "rCBV": None, "FA": t1c},
        inside,
        centres,
        texture,
        ["ADC", "rCBV", "q", "T1C"],
    )
    assert table.shape == (len(centres), 52)
    assert table.dtype == np.float32
    assert names[0] == "ADC_firstorder_mean"
    assert names[51] == "T1C_firstorder_mean_grey_level"
    assert np.isnan(table[:, 13:39]).all()
    options = {"levels": 8, "radius": 1}
    want = firstorder(adc * 1e-3, inside, centres, low=0, high=3e-3, **options)
    np.testing.assert_array_equal(table[:, :13], want)
    np.testing.assert_array_equal(
        table[:, 39:], firstorder(t1c, inside, centres, low=-3, high=9, **options)
    )


def test_unknown_map_is_refused():
    with pytest.raises(InputRefused, match="CEST: no grey-level range"):
        features_of_maps(
            {}, np.ones((2, 2, 2), bool), np.zeros((1, 3), int), TextureSettings(), ["CEST"]
        )


def test_settings_are_bounded_frozen_and_travel_between_processes():
    with pytest.raises(ValidationError):
        TextureSettings(radius=5)
    with pytest.raises(ValidationError, match="not below"):
        GreyRanges(ADC=(1.0, 1.0))
    texture = TextureSettings.model_validate({"ranges": {"FA": [0.0, 0.8]}})
    assert texture.ranges.of("FA") == (0.0, 0.8)
    assert texture.ranges.of("rCBV") == (0.0, 8.0)
    assert pickle.loads(pickle.dumps(texture)) == texture
    with pytest.raises(ValidationError, match="frozen"):
        texture.levels = 4


def test_levels_are_half_open_bins_with_clamped_ends():
    edges = np.array([-np.inf, -1e30, 0, 0.999, 1, 31.999, 32, 1e30, np.inf, np.nan])
    got = discretise(edges, 0.0, 32.0, 32)
    assert got.tolist() == [0, 1, 1, 1, 2, 32, 32, 32, 0, 0]
