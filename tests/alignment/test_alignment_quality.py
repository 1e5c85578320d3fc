"""Sharpness tells a right pose from a wrong one."""

from __future__ import annotations

import numpy as np
import pytest
from alignment_heads import CENTRE, seen, t1c_head, t2_of

from gliofront.alignment.quality import measure_quality, quality_finding
from gliofront.alignment.settings import AlignmentSettings
from gliofront.alignment.transforms import rigid_matrix
from gliofront.image.grid import Grid
from gliofront.image.volume import Volume

SETTINGS = AlignmentSettings()
FIXED, BRAIN = t1c_head()
MOVING = seen(t2_of(FIXED), FIXED.grid, np.eye(4))


def sharpness(pull: np.ndarray) -> float:
    return measure_quality(FIXED, MOVING, pull, BRAIN, SETTINGS).sharpness


def test_right_pose_is_sharp_and_a_far_one_is_not():
    assert sharpness(np.eye(4)) > 0.6
    for turn, shift in [((0, 0, 0), (0, 12, 0)), ((0, 0, 0), (-12, 0, 0)), ((14, 0, 0), (0, 0, 0))]:
        assert sharpness(rigid_matrix(turn, shift, CENTRE)) < SETTINGS.quality_warning


def test_sharpness_falls_with_the_distance_from_the_right_pose():
    values = [sharpness(rigid_matrix((0, 0, 0), (0, 0, mm))) for mm in (0, 3, 6, 9)]
    assert values == sorted(values, reverse=True)


def test_unrelated_image_is_not_sharp():
    noise = FIXED.with_data(np.random.default_rng(3).standard_normal(FIXED.grid.shape))
    quality = measure_quality(FIXED, noise, np.eye(4), BRAIN, SETTINGS)
    assert abs(quality.sharpness) < 0.2
    assert quality.nmi == pytest.approx(1.0, abs=0.01)


def test_contrast_and_units_do_not_matter():
    other = MOVING.with_data(-40 * MOVING.data + 900)
    here = measure_quality(FIXED, other, np.eye(4), BRAIN, SETTINGS).sharpness
    assert here == pytest.approx(sharpness(np.eye(4)), abs=0.02)


def test_overlap_is_the_share_of_the_brain_that_is_covered():
    half = Grid(MOVING.grid.affine, (*MOVING.grid.shape[:2], MOVING.grid.shape[2] // 2))
    part = Volume(half, MOVING.data[..., : half.shape[2]], "T2", "arbitrary")
    quality = measure_quality(FIXED, part, np.eye(4), BRAIN, SETTINGS)
    share = BRAIN[..., : half.shape[2] - 1].sum() / BRAIN.sum()
    assert quality.overlap == pytest.approx(share, abs=0.03)


def test_finding_below_the_level_and_for_nan_only():
    assert quality_finding(0.5, "FLAIR", SETTINGS) is None
    finding = quality_finding(0.21, "FLAIR", SETTINGS)
    assert finding is not None
    assert "sharpness 0.21, expected at least 0.40" in str(finding)
    assert finding.subject == "FLAIR"
    undefined = quality_finding(float("nan"), "FLAIR", SETTINGS)
    assert undefined is not None
    assert "undefined" in undefined.problem
