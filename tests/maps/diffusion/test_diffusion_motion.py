from __future__ import annotations

import numpy as np
import pytest
from diffusion_heads import Head, head, moves, noisy, table
from scipy.spatial.transform import Rotation

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.series import Series
from gliofront.maps.diffusion.brain import mask_from_b0
from gliofront.maps.diffusion.estimate import fit_maps
from gliofront.maps.diffusion.gradients import Gradients
from gliofront.maps.diffusion.linear import rotation_of
from gliofront.maps.diffusion.motion import MotionCorrected, correct_motion
from gliofront.maps.diffusion.settings import DiffusionSettings
from gliofront.maps.diffusion.tensor import fit_tensor

B0S = 2
COUNT = 8
COARSE = DiffusionSettings(motion_mm=5.0)


def about(centre: np.ndarray, degrees: list[float]) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_rotvec(degrees, degrees=True).as_matrix()
    matrix[:3, 3] = centre - matrix[:3, :3] @ centre
    return matrix


@pytest.fixture(scope="module")
def still() -> Head:
    return head((4.0, 4.0, 4.0))


@pytest.fixture(scope="module")
def moved(still) -> tuple[np.ndarray, Series]:
    centre = still.grid.to_world(np.argwhere(still.brain)).mean(axis=0)
    made = moves(B0S + COUNT, 3.0, 3.0, centre)
    # All weighted images are turned alike by most of it, so that errors do not average out.
    made[B0S:] = made[B0S:] @ about(centre, [6.0, -5.0, 7.0])
    return made, noisy(still.images(table(COUNT, b0s=B0S), made), 20.0)


@pytest.fixture(scope="module")
def corrected(moved) -> MotionCorrected:
    return correct_motion(moved[1], table(COUNT, b0s=B0S), settings=COARSE)


def brain_points(still: Head) -> np.ndarray:
    return still.grid.to_world(np.argwhere(still.brain)[::37])


def carried(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def test_known_motion_is_found(still, moved, corrected):
    points = brain_points(still)
    errors = [
        np.linalg.norm(carried(points, pull) - carried(points, move), axis=1).mean()
        for pull, move in zip(corrected.pulls, moved[0], strict=True)
    ]
    assert np.max(errors) < 0.5  # an eighth of a voxel
    true = [np.degrees(Rotation.from_matrix(move[:3, :3]).magnitude()) for move in moved[0]]
    np.testing.assert_allclose(corrected.degrees, true, atol=0.4)
    assert corrected.degrees[0] == corrected.displacement_mm[0] == 0
    assert (corrected.displacement_mm[1:] > 2).all()


def principal_error(series: Series, gradients: Gradients, still: Head) -> float:
    """Return the median angle, degrees, between fitted and true fibres in white matter."""
    values, vectors = np.linalg.eigh(still.tensors)
    inner = still.brain & (values[..., 2] - values[..., 1] > 0.8e-3)
    fit = fit_tensor(series, gradients, inner)
    cosine = np.abs((fit.principal * vectors[..., 2]).sum(axis=-1))[inner]
    return float(np.degrees(np.nanmedian(np.arccos(np.clip(cosine, 0, 1)))))


def test_turned_gradients_recover_the_fibres_and_unturned_ones_do_not(still, moved, corrected):
    gradients = table(COUNT, b0s=B0S)
    turned = principal_error(corrected.series, corrected.gradients, still)
    unturned = principal_error(corrected.series, gradients, still)
    raw = principal_error(moved[1], gradients, still)
    assert turned < 0.5 * unturned
    assert turned < raw


def test_gradients_turn_with_the_head(moved, corrected):
    start = table(COUNT, b0s=B0S)
    for n in range(B0S, B0S + COUNT):
        expected = moved[0][n, :3, :3].T @ start.directions[n]
        assert np.degrees(np.arccos(corrected.gradients.directions[n] @ expected)) < 0.5


def test_the_maps_of_a_moved_head_are_those_of_a_still_one(still, moved, corrected):
    inner = still.brain
    maps = fit_maps(corrected.series, corrected.gradients, inner)
    spoilt = fit_maps(moved[1], table(COUNT, b0s=B0S), inner)
    truth = np.trace(still.tensors, axis1=-2, axis2=-1) / 3
    right = np.nanmedian(np.abs(maps.adc.data - truth)[inner])
    wrong = np.nanmedian(np.abs(spoilt.adc.data - truth)[inner])
    assert right < 0.5 * wrong
    assert maps.quality["residual_percent"] < spoilt.quality["residual_percent"]


def test_the_same_input_gives_the_same_bytes(moved):
    few = [0, 2]
    gradients = table(COUNT, b0s=B0S).select(few)
    series = moved[1].with_data(moved[1].data[..., few])
    first, second = (correct_motion(series, gradients, settings=COARSE) for _ in range(2))
    np.testing.assert_array_equal(first.pulls, second.pulls)
    np.testing.assert_array_equal(first.series.data, second.series.data)


def test_motion_off_changes_nothing(moved):
    series, gradients = moved[1], table(COUNT, b0s=B0S)
    same = correct_motion(series, gradients, settings=DiffusionSettings(motion=False))
    assert same.series is series
    np.testing.assert_array_equal(same.gradients.directions, gradients.directions)
    np.testing.assert_allclose(same.b0.data, series.data[..., :2].mean(axis=-1), rtol=1e-5)


@pytest.mark.slow
def test_large_motion_is_said(still):
    centre = still.grid.to_world(np.argwhere(still.brain)).mean(axis=0)
    gradients = table(6).select([0, 1, 2])
    series = still.images(gradients, moves(3, 1.0, 8.0, centre))
    found = correct_motion(series, gradients, settings=COARSE)
    assert [finding.code for finding in found.findings] == ["large-head-motion"]
    assert found.displacement_mm.max() == pytest.approx(8, abs=1)


def test_a_series_without_b0_or_with_other_gradients_is_refused(moved):
    series = moved[1]
    with pytest.raises(InputRefused, match="9 gradients for 10 images"):
        correct_motion(series, table(COUNT))
    without = series.with_data(series.data[..., 2:])
    with pytest.raises(InputRefused, match="no image without diffusion weighting"):
        correct_motion(without, table(COUNT, b0s=B0S).select(range(2, 2 + COUNT)))


def test_the_brain_is_found_on_a_b0(still):
    series = noisy(still.images(table(6)), 20.0)
    found = mask_from_b0(series.image(0))
    dice = 2 * (found & still.brain).sum() / (found.sum() + still.brain.sum())
    assert dice > 0.93


def test_an_empty_b0_has_no_brain():
    grid = Grid(np.diag([4.0, 4, 4, 1]), (20, 20, 20))
    with pytest.raises(InputRefused, match="the b0 image is empty"):
        mask_from_b0(Series(grid, np.zeros((20, 20, 20, 1)), "DWI").image(0))


def test_a_stretch_turns_no_gradient():
    stretch = np.diag([1.05, 0.97, 1.0, 1.0])
    np.testing.assert_allclose(rotation_of(stretch), np.eye(3), atol=1e-12)
