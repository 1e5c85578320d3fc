import numpy as np
import pytest
from region_heads import head

from gliofront.foundation.errors import InputRefused
from gliofront.image.volume import LabelVolume
from gliofront.regions.midplane import Plane
from gliofront.regions.nawm import contralateral_nawm
from gliofront.regions.settings import NawmSettings
from gliofront.regions.tissue import classify_tissue

MIDDLE = Plane(np.zeros(3), np.array([1.0, 0.0, 0.0]))


def find(made, **options):
    lesion = made.tumour | made.oedema
    tissue = classify_tissue(
        made.t1c, made.brain, flair=made.flair, lesion=lesion, tumour=made.tumour
    )
    return contralateral_nawm(
        tissue, made.brain, made.tumour, MIDDLE, abnormal=made.oedema, **options
    )


@pytest.mark.parametrize(("side", "expected"), [(1, "left"), (-1, "right")])
def test_always_on_the_opposite_side(side, expected):
    made = head(side=side)
    found = find(made, flair=made.flair)
    signed = MIDDLE.signed_over(made.grid)[found.mask]
    assert found.side == expected
    assert found.findings == ()
    assert (np.sign(signed) == -side).all()
    assert np.abs(signed).min() >= 10
    assert np.mean(made.white[found.mask]) > 0.97
    assert found.mask.sum() * made.grid.voxel_ml > 30


def test_flipped_head_gives_flipped_mask():
    right = head(side=1, noise=0.0)
    left = head(side=-1, noise=0.0)
    assert np.mean(find(right).mask[::-1] != find(left).mask) < 1e-3


def test_bright_flair_is_left_out():
    made = head()
    far = made.white & (MIDDLE.signed_over(made.grid) < -20)
    patch = far & (np.arange(made.grid.shape[1]) > made.grid.shape[1] // 2)[None, :, None]
    spotted = made.flair.with_data(np.where(patch, 110.0, made.flair.data))
    mask = find(made, flair=spotted).mask
    assert mask.any()
    assert not (mask & patch).any()


def white_blob(made, mask):
    return LabelVolume(made.grid, mask.astype(np.uint8) * 3, {3: "white"})


def test_steps_back_to_less_erosion():
    made = head()
    sheet = made.white & (np.abs(MIDDLE.signed_over(made.grid) + 30) < 2.1)
    found = contralateral_nawm(white_blob(made, sheet), made.brain, made.tumour, MIDDLE)
    assert [f.code for f in found.findings] == ["nawm-step-back"]
    assert found.side == "left"


def test_steps_back_to_both_sides_away_from_the_tumour():
    made = head()
    same_side = made.white & (MIDDLE.signed_over(made.grid) > 0)
    found = contralateral_nawm(white_blob(made, same_side), made.brain, made.tumour, MIDDLE)
    assert found.side == "both"
    centre = made.tumour_centre
    away = np.linalg.norm(made.grid.to_world(np.argwhere(found.mask)) - centre, axis=1)
    assert away.min() > 33


def test_tumour_on_both_sides_is_said():
    made = head()
    tumour = made.tumour | made.tumour[::-1]
    tissue = white_blob(made, made.white)
    found = contralateral_nawm(tissue, made.brain, tumour, MIDDLE)
    assert "nawm-unclear-side" in [f.code for f in found.findings]


def test_refused_without_white_matter_or_tumour():
    made = head()
    nothing = np.zeros_like(made.brain)
    with pytest.raises(InputRefused, match="less than 5 mL"):
        contralateral_nawm(white_blob(made, nothing), made.brain, made.tumour, MIDDLE)
    with pytest.raises(InputRefused, match="no opposite side"):
        contralateral_nawm(white_blob(made, made.white), made.brain, nothing, MIDDLE)


def test_settings_are_used():
    made = head()
    near = NawmSettings(midplane_mm=25.0)
    assert np.abs(MIDDLE.signed_over(made.grid)[find(made, settings=near).mask]).min() >= 25
