import numpy as np
import pytest
from region_heads import dice, head

from gliofront.foundation.errors import InputRefused
from gliofront.regions.tissue import classify_tissue


@pytest.fixture(scope="module")
def made():
    return head()


def classify(made, **images):
    lesion = made.tumour | made.oedema
    return classify_tissue(made.t1c, made.brain, lesion=lesion, tumour=made.tumour, **images)


@pytest.mark.parametrize("names", [(), ("t1",), ("flair",), ("t1", "flair")])
def test_tissue_found(made, names):
    tissue = classify(made, **{name: getattr(made, name) for name in names})
    rim = made.t1c.data > 150  # vessels and dura are no tissue
    assert dice(tissue.mask("csf") & ~rim, made.csf & ~rim) > 0.85
    assert dice(tissue.mask("white") & ~made.oedema, made.white) > 0.85


def test_oedema_is_not_fluid(made):
    tissue = classify(made, flair=made.flair)
    assert np.mean(tissue.mask("csf")[made.oedema]) < 0.03


def test_tumour_is_no_tissue(made):
    tissue = classify(made, flair=made.flair)
    assert not tissue.data[made.tumour].any()
    assert not tissue.data[~made.brain].any()


def test_free_of_scale_and_offset(made):
    moved = made.t1c.with_data(np.where(made.brain, made.t1c.data * 7 - 300, -5000))
    flair = made.flair.with_data(np.where(made.brain, made.flair.data / 9 - 4, -90))
    lesion = made.tumour | made.oedema
    there = classify_tissue(moved, made.brain, flair=flair, lesion=lesion, tumour=made.tumour)
    assert np.mean(there.data != classify(made, flair=made.flair).data) < 1e-3


def test_same_labels_twice(made):
    first, second = (classify(made, t1=made.t1).data for _ in range(2))
    assert np.array_equal(first, second)


def test_an_image_of_another_field_of_view_is_not_used(made):
    cut = made.t1.data.copy()
    cut[: cut.shape[0] // 3] = 0
    with_cut = classify(made, t1=made.t1.with_data(cut))
    assert np.array_equal(with_cut.data, classify(made).data)


def test_nothing_to_fit(made):
    with pytest.raises(InputRefused, match="fewer than 1000"):
        classify_tissue(made.t1c, made.brain, lesion=made.brain)
