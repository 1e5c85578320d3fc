"""The features of the IBSI digital phantom against the published reference values."""

from __future__ import annotations

import numpy as np
import pytest
from feature_oracle import oracle
from feature_scenes import Scene, named
from ibsi_phantom import (
    OF_TEXTURE,
    OF_VALUES,
    PHANTOM,
    as_published,
    phantom,
    references,
    settings_of,
)

from gliofront.radiomics.names import feature_names

MIDDLE = (2, 2, 2)

pytestmark = pytest.mark.skipif(not PHANTOM.is_dir(), reason=f"no IBSI phantom in {PHANTOM}")


def by_oracle(aggregation, radius):
    return oracle(*phantom(), MIDDLE, settings_of(aggregation, radius))


def by_extract(aggregation, radius):
    scene = Scene(*phantom(), np.array([MIDDLE]), settings_of(aggregation, radius))
    return named(scene.rows()[0])


def test_the_phantom_is_the_published_one():
    levels, inside = phantom()
    assert levels.shape == inside.shape == (5, 4, 4)
    assert np.count_nonzero(inside) == 74
    assert np.unique(levels[inside]).tolist() == [1, 3, 4, 6]


def test_every_feature_that_ibsi_defines_is_compared():
    compared = {**OF_VALUES, **OF_TEXTURE}
    assert set(feature_names()) - set(compared) == {"firstorder_standard_deviation"}


# From radius 2 on a cube around the middle holds the whole phantom.
@pytest.mark.parametrize("radius", [2, 3, 4])
@pytest.mark.parametrize("aggregation", ["averaged", "merged"])
@pytest.mark.parametrize("way", [by_oracle, by_extract])
def test_every_feature_equals_its_reference(way, aggregation, radius):
    found = way(aggregation, radius)
    wrong = {
        name: (found[name], reference)
        for name, reference in references(aggregation).items()
        if as_published(name, found[name]) != float(reference)
    }
    assert not wrong
    deviation, variance = found["firstorder_standard_deviation"], found["firstorder_variance"]
    assert deviation**2 == pytest.approx(variance, rel=1e-6)
