"""Maps that cannot be what they are called are told."""

import numpy as np
import pytest

from gliofront.foundation.findings import Level
from gliofront.image.grid import Grid
from gliofront.image.volume import Volume
from gliofront.maps.plausible import PLAUSIBLE, median_in, plausible_findings

SHAPE = (20, 10, 4)
NAWM = np.zeros(SHAPE, dtype=bool)
NAWM[:10] = True
FLUID = ~NAWM


def volume(name, white, fluid=0.0, unit="mm2/s"):
    data = np.where(NAWM, white, fluid)
    return Volume(Grid(np.eye(4), SHAPE), data, name, unit)


@pytest.mark.parametrize(
    ("name", "value"),
    [("ADC", 0.75e-3), ("FA", 0.4), ("p", 1.3e-3), ("q", 0.5e-3), ("rCBV", 1.0)],
)
def test_usual_values_pass(name, value):
    assert plausible_findings({name: volume(name, value)}, NAWM, FLUID) == []


@pytest.mark.parametrize("factor", [1e3, 1e6, 1e-3, 0.0])
@pytest.mark.parametrize("name", ["ADC", "p", "q", "rCBV"])
def test_another_unit_is_told(name, factor):
    middle = (PLAUSIBLE[name].low + PLAUSIBLE[name].high) / 2
    (found,) = plausible_findings({name: volume(name, factor * middle)}, NAWM, FLUID)
    assert (found.level, found.code, found.subject) == (Level.WARNING, "implausible-values", name)


def test_fa_in_place_of_adc_is_told():
    (found,) = plausible_findings({"ADC": volume("ADC", 0.45)}, NAWM, FLUID)
    assert "0.45 mm2/s, not within 0.0005 to 0.0011" in found.problem


@pytest.mark.parametrize(
    ("name", "white", "fluid"), [("T1", 0, -5), ("T1C", 0, -5), ("T2", 0, 8), ("FLAIR", 0, -6)]
)
def test_swapped_contrast_is_told_and_the_right_one_passes(name, white, fluid):
    right = volume(name, white, fluid, "NAWM z")
    assert plausible_findings({name: right}, NAWM, FLUID) == []
    (found,) = plausible_findings({name: volume(name, white, -fluid, "NAWM z")}, NAWM, FLUID)
    assert (found.code, found.subject) == ("implausible-contrast", name)


def test_nothing_is_said_where_nothing_is_known():
    empty = np.zeros(SHAPE, dtype=bool)
    maps = {"ADC": volume("ADC", 7.0), "T2": volume("T2", 0, -9)}
    assert plausible_findings(maps, empty, empty) == []
    assert np.isnan(median_in(maps["ADC"], empty))
