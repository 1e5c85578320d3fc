"""Known motions of a head are found again, whatever the grids."""

from __future__ import annotations

import numpy as np
import pytest
from alignment_heads import CENTRE, errors_mm, seen, t1c_head, t2_of, tilted_grid

from gliofront.alignment.rigid import register_rigid
from gliofront.alignment.settings import AlignmentSettings
from gliofront.alignment.transforms import rigid_matrix
from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import Volume

ISOTROPIC = t1c_head()[0].grid
THICK_OBLIQUE = tilted_grid((0.9, 0.9, 5.5), (224, 256, 30), (16.0, 3.0, -2.0))
SAGITTAL = Grid(
    np.array([[0, 0, -4.0, 90], [-1.0, 0, 0, 110], [0, 1.0, 0, -80], [0, 0, 0, 1]]), (250, 190, 46)
)


@pytest.mark.parametrize(
    ("grid", "turn", "shift"),
    [
        (ISOTROPIC, (6, -4, 8), (5, -8, 10)),
        (THICK_OBLIQUE, (-12, 3, 5), (30, 20, -25)),
        (SAGITTAL, (0, 10, -3), (-4, 2, 6)),
    ],
    ids=["isotropic", "thick oblique", "sagittal"],
)
def test_known_motion_is_recovered(grid, turn, shift):
    fixed, brain = t1c_head()
    truth = rigid_matrix(turn, shift, CENTRE)
    moving = seen(t2_of(fixed), grid, truth)
    found = register_rigid(fixed, moving, fixed_mask=brain)
    assert errors_mm(found.pull, truth).mean() < 0.3
    assert found.quality > 0.6
    assert 1.0 < found.nmi < 2.0


def test_thick_fixed_image_takes_a_fine_moving_one():
    truth = rigid_matrix((5, 2, -7), (3, 9, -6), CENTRE)
    volume, brain = t1c_head()
    fixed = seen(volume, THICK_OBLIQUE, np.eye(4))
    mask = seen(volume.with_data(brain), THICK_OBLIQUE, np.eye(4), noise=0).data > 0.5
    found = register_rigid(fixed, seen(t2_of(volume), ISOTROPIC, truth), fixed_mask=mask)
    assert errors_mm(found.pull, truth).mean() < 0.3


def test_header_far_off_is_found_by_the_centre_of_mass():
    fixed, brain = t1c_head()
    truth = rigid_matrix((8, 0, 12), (120, -140, 70), CENTRE)
    affine = truth @ ISOTROPIC.affine
    moving = Volume(Grid(affine, ISOTROPIC.shape), t2_of(fixed).data, "T2", "arbitrary")
    found = register_rigid(fixed, moving, fixed_mask=brain)
    assert found.start.startswith("centre of")
    assert errors_mm(found.pull, truth).mean() < 0.3


def test_right_header_is_said_to_be_right_and_bytes_repeat():
    fixed, brain = t1c_head()
    moving = seen(t2_of(fixed), ISOTROPIC, rigid_matrix((1, 0, 1), (1, 2, 0), CENTRE))
    first, second = (register_rigid(fixed, moving, fixed_mask=brain) for _ in range(2))
    assert first.start == "header"
    assert first.pull.tobytes() == second.pull.tobytes()
    assert (first.quality, first.nmi) == (second.quality, second.nmi)


def test_undefined_background_and_partial_coverage_do_no_harm():
    fixed, brain = t1c_head()
    truth = rigid_matrix((0, 4, 9), (5, 3, -2), CENTRE)
    slab = Grid(ISOTROPIC.affine, (*ISOTROPIC.shape[:2], 45))
    moving = seen(t2_of(fixed), slab, truth)
    moving = moving.with_data(np.where(moving.data > 0.15, moving.data, np.nan))
    hollow = fixed.with_data(np.where(brain, fixed.data, np.nan))
    found = register_rigid(hollow, moving, fixed_mask=brain)
    assert errors_mm(found.pull, truth).mean() < 0.5


def test_constant_or_unmasked_input_is_refused_by_name():
    fixed, brain = t1c_head()
    flat = Volume(fixed.grid, np.full(fixed.grid.shape, 3.0), "FLAIR", "arbitrary")
    with pytest.raises(InputRefused, match=r"^FLAIR: the image is constant"):
        register_rigid(fixed, flat, fixed_mask=brain)
    with pytest.raises(InputRefused, match=r"^T1C: the image is constant"):
        register_rigid(Volume(fixed.grid, flat.data, "T1C", "a"), fixed, fixed_mask=brain)
    with pytest.raises(InputRefused, match="brain mask is empty"):
        register_rigid(fixed, fixed, fixed_mask=np.zeros_like(brain))
    with pytest.raises(InputRefused, match="a mask of shape"):
        register_rigid(fixed, fixed, fixed_mask=brain[1:])
    undefined = fixed.with_data(np.full(fixed.grid.shape, np.nan))
    with pytest.raises(InputRefused, match="undefined in the brain"):
        register_rigid(fixed, undefined, fixed_mask=brain)


def test_settings_are_bounded():
    with pytest.raises(ValueError, match="greater than or equal"):
        AlignmentSettings(levels_mm=(0.1,))
    with pytest.raises(ValueError, match="coarse to fine"):
        AlignmentSettings(levels_mm=(1.0, 3.0))
