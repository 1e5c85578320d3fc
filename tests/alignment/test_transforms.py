"""Rigid motions compose, invert and mirror as they should."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gliofront.alignment.transforms import (
    displacement_mm,
    inverse,
    mirror_x,
    rigid_matrix,
    rotation_degrees,
)

VECTOR = arrays(np.float64, 3, elements=st.floats(-100, 100))


@given(VECTOR, VECTOR, VECTOR)
def test_inverse_undoes_and_distances_stay(turn, shift, centre):
    motion = rigid_matrix(turn, shift, centre)
    np.testing.assert_allclose(inverse(motion) @ motion, np.eye(4), atol=1e-9)
    np.testing.assert_allclose(motion[:3, :3] @ motion[:3, :3].T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(displacement_mm(motion, centre), np.linalg.norm(shift), atol=1e-9)


@given(st.floats(0, 179.9))
def test_angle_is_read_back(degrees):
    motion = rigid_matrix((0, degrees * 0.6, degrees * 0.8), (1, 2, 3))
    assert rotation_degrees(motion) == pytest.approx(degrees, abs=1e-5)


def test_mirror_twice_is_nothing():
    np.testing.assert_array_equal(mirror_x(12.5) @ mirror_x(12.5), np.eye(4))
