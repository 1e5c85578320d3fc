from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gliofront.foundation.errors import InputRefused
from gliofront.maps.diffusion.adc_unit import recognise_adc_unit

UNITS = {"mm2/s": 1.0, "1e-3 mm2/s": 1e-3, "1e-6 mm2/s": 1e-6}


def brain(median: float) -> np.ndarray:
    return np.random.default_rng(0).lognormal(np.log(median), 0.4, 2001)


@given(st.floats(0.35e-3, 3.0e-3), st.sampled_from(sorted(UNITS)))
def test_every_unit_is_recognised_for_every_plausible_median(median, unit):
    found = recognise_adc_unit(brain(median) / UNITS[unit], "adc")
    assert found == (UNITS[unit], unit)


@pytest.mark.parametrize("median", [1e-9, 1e-5, 0.05, 50.0, 1e5])
def test_a_median_of_no_unit_is_refused(median):
    with pytest.raises(InputRefused, match="fits no unit of an ADC map"):
        recognise_adc_unit(brain(median), "adc")


@pytest.mark.parametrize("values", [np.full(500, np.nan), -brain(8e-4), brain(8e-4)[:20], []])
def test_a_map_that_says_nothing_is_refused(values):
    with pytest.raises(InputRefused, match="are positive"):
        recognise_adc_unit(values, "adc")


def test_undefined_and_zero_values_do_not_count():
    values = np.r_[brain(0.8), np.zeros(500), np.full(500, np.nan)]
    assert recognise_adc_unit(values, "adc").unit == "1e-3 mm2/s"
