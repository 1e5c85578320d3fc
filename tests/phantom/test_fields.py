from __future__ import annotations

import numpy as np
import pytest

from gliofront.phantom.fields import lognormal_field, smooth_field
from gliofront.phantom.rigid import random_motion

SPACING = np.array([2.0, 2.0, 4.0])


def test_a_field_has_unit_variance_and_the_scale_asked_for() -> None:
    draws = [smooth_field(np.random.default_rng(i), (30, 30, 15), SPACING, 8.0) for i in range(60)]
    fields = np.stack(draws)
    assert fields.std() == pytest.approx(1, abs=0.05)
    assert fields.mean() == pytest.approx(0, abs=0.06)
    along_x = np.mean(fields[:, 4:] * fields[:, :-4])  # 8 mm apart
    along_z = np.mean(fields[..., 2:] * fields[..., :-2])  # 8 mm apart
    assert along_x == pytest.approx(np.exp(-0.5), abs=0.07)
    assert along_z == pytest.approx(along_x, abs=0.07)


def test_a_field_depends_on_the_generator_alone() -> None:
    one, two = (smooth_field(np.random.default_rng(5), (9, 8, 7), SPACING, 6.0) for _ in range(2))
    assert np.array_equal(one, two)


def test_a_lognormal_field_is_positive_with_median_one() -> None:
    field = lognormal_field(np.random.default_rng(0), (40, 40, 40), SPACING, 5.0, 0.5)
    assert field.min() > 0
    assert np.median(field) == pytest.approx(1, abs=0.1)


def test_a_motion_is_rigid_and_small() -> None:
    centre = np.array([5.0, -20.0, 10.0])
    for seed in range(20):
        motion = random_motion(np.random.default_rng(seed), centre, 0.8, 0.7)
        turn = motion[:3, :3]
        assert np.allclose(turn @ turn.T, np.eye(3))
        assert np.linalg.det(turn) == pytest.approx(1)
        assert np.linalg.norm(motion[:3] @ [*centre, 1] - centre) <= 1.6 * np.sqrt(3) + 1e-9
        assert np.degrees(np.arccos((np.trace(turn) - 1) / 2)) < 3
