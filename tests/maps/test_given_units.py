"""Diffusivities in the units that scanners and programs write."""

import numpy as np
import pytest

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import Volume
from gliofront.maps.given_units import in_mm2_per_s

SHAPE = (20, 10, 4)
BRAIN = np.ones(SHAPE, dtype=bool)
TYPICAL = {"ADC": 0.85e-3, "p": 0.85e-3 * 3**0.5, "q": 0.2e-3}


def volume(name, median, seed=3):
    data = median * np.random.default_rng(seed).normal(1, 0.1, SHAPE)
    return Volume(Grid(np.eye(4), SHAPE), data, name, "mm2/s")


@pytest.mark.parametrize("name", TYPICAL)
@pytest.mark.parametrize(("factor", "unit"), [(1e3, "1e-3 mm2/s"), (1e6, "1e-6 mm2/s")])
def test_other_units_are_recognised_and_said(name, factor, unit):
    found, findings = in_mm2_per_s(volume(name, TYPICAL[name] * factor), BRAIN)
    assert np.nanmedian(found.data) == pytest.approx(TYPICAL[name], rel=0.02)
    assert [f.code for f in findings] == ["unit-recognised"]
    assert unit in findings[0].problem


@pytest.mark.parametrize("name", TYPICAL)
def test_mm2_per_s_is_left_as_it_is(name):
    given = volume(name, TYPICAL[name])
    found, findings = in_mm2_per_s(given, BRAIN)
    assert (found, findings) == (given, [])


def test_what_fits_no_unit_is_refused():
    with pytest.raises(InputRefused, match="fits no unit"):
        in_mm2_per_s(volume("ADC", 17.0), BRAIN)


def test_other_maps_are_left_alone():
    given = volume("FA", 0.4)
    assert in_mm2_per_s(given, BRAIN) == (given, [])
