from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from bolus_head import Head, scan, truth

from gliofront.maps.perfusion.bolus import find_bolus
from gliofront.maps.perfusion.motion import estimate_motion, motion_findings, resample_frames
from gliofront.maps.perfusion.rigid import (
    degrees_of,
    displacement_mm,
    in_voxels,
    parameters_of,
    rigid_matrix,
)
from gliofront.maps.perfusion.settings import MotionSettings, PerfusionSettings

JUMP = (0.02, 0.0, 0.03, 1.0, -1.5, 1.0)  # some 4 mm at the edge of the brain
FRAMES = 44
COURSES = {
    "jumps as the bolus comes": dict.fromkeys(range(15, FRAMES), JUMP),
    "jumps for three frames of the bolus": dict.fromkeys(range(16, 19), JUMP),
    "drifts": {i: tuple(np.array(JUMP) * (i - 14) / 35) for i in range(15, FRAMES)},
}


@cache
def found(name):
    head = Head(frames=FRAMES, motion=COURSES.get(name, {}))
    series, (_, brain) = scan(head), truth(head)
    bolus, _ = find_bolus(series.data[brain].mean(axis=0), head.tr_s, PerfusionSettings())
    return head, series, brain, bolus, estimate_motion(series, bolus, brain)


def errors_mm(head, brain, motion):
    """Return the mean distance, over the brain, of found and true place in every frame."""
    points = np.argwhere(brain)[::40]
    result = []
    for frame in range(head.frames):
        true = head.voxel_motion(frame)
        guess = in_voxels(motion.motions[frame], np.array(head.spacing), motion.centre_mm)
        apart = points @ (true - guess)[:3, :3].T + (true - guess)[:3, 3]
        result.append(np.linalg.norm(apart * head.spacing, axis=1).mean())
    return np.array(result)


def test_a_still_head_stays_still_while_the_bolus_passes():
    head, series, brain, bolus, motion = found("still")
    assert bolus.drop_percent > 15  # there is something to be misled by
    assert errors_mm(head, brain, motion).max() < 0.12
    assert motion.displaced_mm.max() < 0.25
    assert motion.rotated_degrees.max() < 0.25
    assert not motion.moved.any()
    assert resample_frames(series, motion) is series
    assert not motion_findings(motion, series.grid.spacing, "perf")


@pytest.mark.parametrize("name", list(COURSES))
def test_motion_is_found_though_the_bolus_passes(name):
    head, _, brain, _, motion = found(name)
    unmoved = errors_mm(head, brain, found("still")[-1])
    errors = errors_mm(head, brain, motion)
    assert unmoved.max() > 2
    assert errors.max() < 0.5  # a sixth of a voxel
    assert np.median(errors) < 0.25


def test_resampling_brings_the_frames_back():
    head, series, brain, _, motion = found("jumps as the bolus comes")
    # Without noise, which interpolation changes too.
    quiet, still = (scan(replace(one, snr=1e6)) for one in (head, Head(frames=FRAMES)))
    inner = brain & np.roll(brain, 3, 0) & np.roll(brain, -3, 0)
    inner[..., [0, -1]] = False
    moved, back = (
        np.abs(one.data[inner] - still.data[inner]).mean(axis=0)
        for one in (quiet, resample_frames(quiet, motion))
    )
    frames = slice(16, None)
    assert (back[frames] < 0.5 * moved[frames]).all()
    untouched = ~motion.moved
    np.testing.assert_array_equal(
        resample_frames(series, motion).data[..., untouched], series.data[..., untouched]
    )


def test_large_motion_is_named():
    *_, motion = found("jumps as the bolus comes")
    assert [f.code for f in motion_findings(motion, np.full(3, 3.0), "perf")] == [
        "perfusion-motion"
    ]
    assert not motion_findings(motion, np.full(3, 6.0), "perf")


def test_the_same_series_gives_the_same_motion():
    _, series, brain, bolus, motion = found("drifts")
    np.testing.assert_array_equal(estimate_motion(series, bolus, brain).motions, motion.motions)


def test_an_absurd_estimate_is_not_believed():
    _, series, brain, bolus, _ = found("jumps as the bolus comes")
    motion = estimate_motion(series, bolus, brain, MotionSettings(most_mm=1.0, refinements=1))
    assert motion.displaced_mm.max() < 2.0


def test_parameters_and_matrices_agree():
    numbers = np.array([0.02, -0.1, 0.05, 1.0, -2.0, 3.0])
    motion = rigid_matrix(numbers)
    np.testing.assert_allclose(parameters_of(motion), numbers)
    assert degrees_of(motion) == pytest.approx(np.degrees(np.linalg.norm(numbers[:3])))
    assert displacement_mm(motion, np.zeros((1, 3))) == pytest.approx(np.linalg.norm(numbers[3:]))
