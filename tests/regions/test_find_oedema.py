import numpy as np
import pytest
from region_heads import dice, head

from gliofront.maps.intensity import in_nawm_units
from gliofront.regions.midplane import Plane
from gliofront.regions.oedema import find_oedema

MIDDLE = Plane(np.zeros(3), np.array([1.0, 0.0, 0.0]))


def in_units(made, side):
    opposite = np.sign(MIDDLE.signed_over(made.grid)) == -side
    return in_nawm_units(made.flair, made.white & opposite)


@pytest.mark.parametrize("side", [1, -1])
def test_oedema_found(side):
    made = head(side=side)
    found = find_oedema(in_units(made, side), made.brain, made.tumour, plane=MIDDLE, csf=made.csf)
    assert dice(found, made.oedema) > 0.85
    assert not (found & made.tumour).any()


def test_bright_patch_elsewhere_is_not_oedema():
    made = head()
    flair = in_units(made, 1)
    patch = made.white & (MIDDLE.signed_over(made.grid) < -25)
    spotted = flair.with_data(np.where(patch, 30.0, flair.data))
    assert not (find_oedema(spotted, made.brain, made.tumour) & patch).any()


def test_none_without_tumour_or_brightness():
    made = head(tumour=False)
    flair = in_units(made, 1)
    assert not find_oedema(flair, made.brain, made.tumour).any()
    there = head()
    flat = flair.with_data(np.zeros(there.grid.shape))
    assert not find_oedema(flat, there.brain, there.tumour).any()
