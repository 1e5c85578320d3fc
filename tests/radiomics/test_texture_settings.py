"""Settings of the features: bounds, frozen, by map, and on their way between processes."""

from __future__ import annotations

import pickle

import pytest
from pydantic import ValidationError

from gliofront.foundation.errors import InputRefused
from gliofront.radiomics.names import FEATURES, FIRSTORDER, GLCM, GLRLM, feature_names
from gliofront.radiomics.settings import GreyRanges, TextureSettings


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


def test_the_settings_of_a_map_have_its_range():
    texture = TextureSettings(levels=64, range=(5.0, 6.0))
    assert texture.of_map("ADC") == texture.model_copy(update={"range": (0.0, 3e-3)})
    with pytest.raises(InputRefused, match="CEST: no grey-level range"):
        texture.of_map("CEST")


def test_the_names_are_13_22_and_7_and_each_once():
    assert (len(FIRSTORDER), len(GLCM), len(GLRLM)) == (13, 22, 7)
    assert feature_names("ibsi") == feature_names("matlab") == FEATURES
    assert len(set(FEATURES)) == 42
