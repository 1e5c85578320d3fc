import numpy as np
import pytest
from perfusion_data import CBV_TOLERANCE, TOLERANCE, cases, needs_curves

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import Volume
from gliofront.maps.perfusion.cbv import absolute_cbv, integral, normalise_to


@needs_curves
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_blood_volume_of_the_osipi_curves(case):
    artery = float(integral(case.artery, case.tr_s))
    found = float(absolute_cbv(integral(case.tissue, case.tr_s), artery, kappa=1.0))
    # The harder of both tolerances that OSIPI adds up.
    assert abs(found - case.cbv) <= max(TOLERANCE * case.cbv, CBV_TOLERANCE)


def volume(values):
    return Volume(Grid(np.diag([2.0, 2, 2, 1]), values.shape), values, "CBV", "mL/100 mL")


def test_white_matter_is_one():
    rng = np.random.default_rng(0)
    cbv = volume(rng.uniform(1, 9, (8, 8, 4)))
    mask = np.zeros(cbv.grid.shape, dtype=bool)
    mask[:4] = True
    ratio = normalise_to(cbv, mask)
    assert float(np.median(ratio.data[mask])) == pytest.approx(1.0, rel=1e-6)
    np.testing.assert_allclose(ratio.data / cbv.data, (ratio.data / cbv.data).flat[0], rtol=1e-5)


def test_undefined_white_matter_does_not_count():
    values = np.full((8, 8, 4), 2.0)
    values[:2] = np.nan
    ratio = normalise_to(volume(values), np.ones(values.shape, dtype=bool))
    assert np.isnan(ratio.data[:2]).all()
    assert (ratio.data[2:] == 1).all()


@pytest.mark.parametrize(
    ("values", "inside", "problem"),
    [
        (np.full((8, 8, 4), 2.0), 5, "only 5 voxels"),
        (np.full((8, 8, 4), np.nan), 256, "only 0 voxels"),
        (np.full((8, 8, 4), -1.0), 256, "is -1"),
    ],
)
def test_a_useless_reference_region_is_refused(values, inside, problem):
    mask = np.zeros(values.shape, dtype=bool)
    mask.flat[:inside] = True
    with pytest.raises(InputRefused, match=problem):
        normalise_to(volume(values), mask)
    with pytest.raises(InputRefused, match="a mask of shape"):
        normalise_to(volume(values), mask[:4])
