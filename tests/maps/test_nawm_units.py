"""Intensities in units of white matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import Volume
from gliofront.maps.intensity import in_nawm_units

GRID = Grid(np.eye(4), (20, 20, 5))
NAWM = np.zeros(GRID.shape, dtype=bool)
NAWM[:10] = True


def image(data) -> Volume:
    return Volume(GRID, data, "FLAIR", "arbitrary")


def random_data() -> np.ndarray:
    return np.random.default_rng(0).normal(300, 20, GRID.shape)


@given(st.floats(0.01, 100), st.floats(-1000, 1000))
def test_scale_and_offset_of_the_scanner_fall_out(scale, offset):
    data = random_data()
    plain, scaled = (in_nawm_units(image(d), NAWM) for d in (data, data * scale + offset))
    np.testing.assert_allclose(plain.data, scaled.data, atol=2e-2)


def test_white_matter_is_standard_normal_despite_outliers():
    data = random_data()
    data[0, :10, 0] = 9999
    z = in_nawm_units(image(data), NAWM)
    assert z.unit == "NAWM z"
    assert abs(np.median(z.data[NAWM])) < 1e-5
    assert np.percentile(z.data[NAWM], 84) == pytest.approx(1, abs=0.15)


def test_undefined_voxels_do_not_count_and_stay():
    data = random_data()
    data[::2] = np.nan
    z = in_nawm_units(image(data), NAWM)
    np.testing.assert_array_equal(np.isnan(z.data), np.isnan(data))


def test_empty_constant_or_misplaced_white_matter_is_refused():
    with pytest.raises(InputRefused, match=r"^FLAIR: only 0 voxels"):
        in_nawm_units(image(random_data()), np.zeros_like(NAWM))
    with pytest.raises(InputRefused, match="is constant in the normal-appearing"):
        in_nawm_units(image(np.where(NAWM, 5.0, random_data())), NAWM)
    with pytest.raises(InputRefused, match="a white-matter mask of shape"):
        in_nawm_units(image(random_data()), NAWM[1:])
