"""Where searches begin."""

from __future__ import annotations

import numpy as np
from alignment_heads import t1c_head

from gliofront.alignment.starts import foreground_centre, starts, two_class_threshold
from gliofront.alignment.surroundings import widened
from gliofront.alignment.transforms import displacement_mm
from gliofront.image.grid import Grid
from gliofront.image.volume import Volume


def test_foreground_centre_does_not_see_a_negative_background():
    volume, brain = t1c_head()
    normalised = volume.with_data(np.where(brain, volume.data - 1, -5.0))
    middle = volume.grid.to_world(np.argwhere(brain).mean(0))
    assert np.linalg.norm(foreground_centre(normalised) - middle) < 4


def test_a_start_puts_shifted_brains_on_each_other():
    volume, brain = t1c_head()
    affine = volume.grid.affine.copy()
    affine[:3, 3] += (150.0, -90.0, 60.0)
    moved = Volume(Grid(affine, volume.grid.shape), volume.data, "T2", "arbitrary")
    named = {start.name: start.pull for start in starts(volume, moved, brain)}
    by_mass = np.linalg.inv(named["centre of mass"])
    np.testing.assert_allclose(displacement_mm(by_mass, [150.0, -90.0, 60.0]), 184.9, atol=0.1)
    np.testing.assert_array_equal(named["header"], np.eye(4))


def test_threshold_of_a_constant_image_is_finite():
    assert np.isfinite(two_class_threshold(np.full(10, 4, dtype=np.float32)))


def test_widened_mask_reaches_its_margin_along_each_axis_and_no_further():
    grid = Grid(np.diag([1.0, 1.0, 3.0, 1.0]), (12, 12, 5))
    mask = np.zeros(grid.shape, dtype=bool)
    mask[0, 5, 2] = True
    wide = widened(mask, grid, 3.0)
    assert wide[3, 5, 2]
    assert wide[0, 5, 3]
    assert not wide[4, 5, 2]
    assert not wide[0, 5, 4]
