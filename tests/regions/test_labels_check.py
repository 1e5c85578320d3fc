import numpy as np
import pytest
from region_heads import head

from gliofront.regions.labels_check import enhancing_brightens, probability_brighter


@pytest.fixture(scope="module")
def made():
    return head()


@pytest.mark.parametrize("with_t1", [True, False])
def test_right_labels_pass(made, with_t1):
    t1 = made.t1 if with_t1 else None
    assert enhancing_brightens(made.t1c, made.enhancing, made.tumour, made.brain, t1=t1) is None


@pytest.mark.parametrize("wrong", ["necrosis", "oedema"])
def test_swapped_labels_warn(made, wrong):
    mask = getattr(made, wrong)
    finding = enhancing_brightens(
        made.t1c, mask, made.tumour, made.brain, t1=made.t1, subject="seg.nii.gz"
    )
    assert finding is not None
    assert finding.level == "warning"
    assert finding.subject == "seg.nii.gz"


def test_bright_before_contrast_warns(made):
    blood = made.t1.with_data(made.t1.data + 120 * made.enhancing)
    finding = enhancing_brightens(made.t1c, made.enhancing, made.tumour, made.brain, t1=blood)
    assert "from T1 to T1C" in str(finding)


def test_empty_label_warns(made):
    nothing = np.zeros_like(made.brain)
    finding = enhancing_brightens(made.t1c, nothing, made.tumour, made.brain)
    assert "no voxel" in str(finding)


def test_probability_brighter():
    assert np.isnan(probability_brighter(np.array([]), np.ones(3)))
    assert probability_brighter(np.ones(3), np.ones(4)) == 0.5
