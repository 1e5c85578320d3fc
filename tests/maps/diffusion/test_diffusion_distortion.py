from __future__ import annotations

import numpy as np
import pytest
from diffusion_heads import Head, directions, distort, head, susceptibility
from hypothesis import given
from hypothesis import strategies as st

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.series import Series
from gliofront.image.volume import Volume
from gliofront.maps.diffusion.distortion import (
    correct_distortion,
    phase_encoding,
    unwarp_series,
)
from gliofront.maps.diffusion.field_search import slope_transposed
from gliofront.maps.diffusion.levels import coarser
from gliofront.maps.diffusion.shift import unwarp
from gliofront.maps.diffusion.similarity import correlation

SIGMA = 25.0


@pytest.fixture(scope="module")
def truth() -> Head:
    return head((4.0, 4.0, 4.0))


def shown(truth: Head, field: np.ndarray, axis: int, seed: int) -> Volume:
    """Return a noisy b0 distorted by a field."""
    rng = np.random.default_rng(seed)
    data = distort(truth.s0, field, axis, float(truth.grid.spacing[axis]))
    return Volume(truth.grid, data + rng.normal(0, SIGMA, data.shape), "b0", "a")


def as_series(volume: Volume) -> Series:
    return Series(volume.grid, volume.data[..., None], "DWI")


def anatomy(truth: Head) -> Volume:
    """Return an image whose contrast is the opposite: fluid dark, white matter bright."""
    values = np.interp(truth.s0, [0, 200, 600, 800, 1800], [0, 900, 1000, 650, 200])
    noise = np.random.default_rng(9).normal(0, SIGMA, values.shape)
    return Volume(truth.grid, values + noise, "T1C", "a")


@pytest.mark.parametrize("axis", [pytest.param(0, marks=pytest.mark.slow), 1])
def test_a_pair_gives_the_field_back(truth, axis):
    field = susceptibility(truth.grid)
    forward, backward = (shown(truth, sign * field, axis, seed=n) for n, sign in ((1, 1), (2, -1)))
    found = correct_distortion(as_series(forward), forward, axis=axis, reverse_b0=backward)
    error = np.abs(found.field.data - field)[truth.brain]
    before = np.abs(field)[truth.brain]
    assert error.mean() < 0.3 * before.mean()
    assert error.mean() < 0.25
    quality = found.quality
    assert quality["distortion_pair_correlation_after"] > 0.97
    assert quality["distortion_pair_correlation_before"] < 0.9
    assert quality["distortion_corrected"] == 1
    assert not found.findings
    true = correlation(truth.s0, found.b0.data, truth.brain)
    assert true > correlation(truth.s0, forward.data, truth.brain) + 0.02


@pytest.mark.slow
def test_the_field_of_a_flipped_file_is_the_same_in_the_world(truth):
    field = susceptibility(truth.grid)
    forward, backward = (shown(truth, sign * field, 1, seed=n) for n, sign in ((1, 1), (2, -1)))
    affine = truth.grid.affine.copy()
    affine[:3, 3] = truth.grid.to_world([0, truth.grid.shape[1] - 1, 0])
    affine[:3, 1] *= -1
    grid = Grid(affine, truth.grid.shape)
    one, two = (Volume(grid, image.data[:, ::-1], "b0", "a") for image in (forward, backward))
    straight = correct_distortion(as_series(forward), forward, axis=1, reverse_b0=backward)
    flipped = correct_distortion(as_series(one), one, axis=1, reverse_b0=two)
    away = flipped.field.data[:, ::-1] + straight.field.data
    assert np.abs(away[truth.brain]).mean() < 0.15


@pytest.mark.slow
def test_motion_between_the_pair_is_removed(truth):
    field = susceptibility(truth.grid)
    forward, backward = (shown(truth, sign * field, 1, seed=n) for n, sign in ((1, 1), (2, -1)))
    affine = truth.grid.affine.copy()
    affine[0, 3] += 3.0  # across the phase encoding: along it, it is part of the field
    elsewhere = Volume(Grid(affine, truth.grid.shape), backward.data, "b0", "a")
    found = correct_distortion(as_series(forward), forward, axis=1, reverse_b0=elsewhere)
    assert found.quality["distortion_pair_correlation_after"] > 0.95


def test_the_anatomy_gives_most_of_a_strong_field_back(truth):
    field = susceptibility(truth.grid)
    b0 = shown(truth, field, 1, seed=1)
    found = correct_distortion(
        as_series(b0), b0, axis=1, t1c_on_b0=anatomy(truth), brain_mask=truth.brain
    )
    strong = truth.brain & (np.abs(field) > 3)
    assert np.abs(found.field.data - field)[strong].mean() < 0.35 * np.abs(field)[strong].mean()
    quality = found.quality
    assert quality["distortion_anatomy_nmi_after"] > quality["distortion_anatomy_nmi_before"]
    assert correlation(truth.s0, found.b0.data, truth.brain) > correlation(
        truth.s0, b0.data, truth.brain
    )


def test_a_correction_that_gains_nothing_is_not_made(truth):
    b0 = shown(truth, np.zeros(truth.grid.shape), 1, seed=1)
    # An undistorted b0 compared with itself: no field can make them more alike.
    found = correct_distortion(as_series(b0), b0, axis=1, t1c_on_b0=b0, brain_mask=truth.brain)
    assert found.quality["distortion_corrected"] == 0
    assert [finding.code for finding in found.findings] == ["distortion-not-corrected"]
    np.testing.assert_array_equal(found.b0.data, b0.data)
    assert not found.field.data.any()


@pytest.mark.slow
def test_images_already_alike_are_left_alone(truth):
    b0 = Volume(truth.grid, truth.s0, "b0", "a")
    found = correct_distortion(as_series(b0), b0, axis=1, reverse_b0=b0)
    assert np.abs(found.field.data[truth.brain]).max() < 0.1


def test_undoing_a_known_field_restores_the_image_and_its_sum(truth):
    field = susceptibility(truth.grid)
    spacing = float(truth.grid.spacing[1])
    seen = distort(truth.s0, field, 1, spacing).astype(np.float32)
    back = unwarp(seen, field, 1, spacing)
    assert correlation(truth.s0, back, truth.brain) > 0.985
    assert back[truth.brain].sum() == pytest.approx(truth.s0[truth.brain].sum(), rel=0.01)


@given(st.sampled_from([0, 1, 2]), st.integers(-3, 3))
def test_a_whole_shift_moves_values_exactly(axis, shift):
    rng = np.random.default_rng(0)
    data = rng.uniform(1, 2, (9, 10, 11)).astype(np.float32)
    moved = unwarp(data, np.full(data.shape, 2.0 * shift), axis, 2.0)
    size = data.shape[axis]
    inner = slice(max(0, -shift), size - max(0, shift))
    expected = np.roll(data, -shift, axis).take(range(*inner.indices(size)), axis)
    np.testing.assert_allclose(moved.take(range(*inner.indices(size)), axis), expected, rtol=1e-5)
    assert np.isnan(moved).sum() == abs(shift) * data.size // size


def test_undefined_voxels_stay_undefined_and_spoil_no_others():
    data = np.ones((12, 4, 4), dtype=np.float32)
    data[3] = np.nan
    moved = unwarp(data, np.zeros(data.shape), 0, 2.0)
    assert np.isnan(moved[3]).all()
    assert np.isfinite(np.delete(moved, 3, axis=0)).all()


def test_every_image_of_a_series_is_moved_alike():
    data = np.random.default_rng(0).uniform(1, 2, (8, 9, 4, 3)).astype(np.float32)
    series = Series(Grid(np.diag([2.0, 2, 2, 1]), (8, 9, 4)), data, "DWI")
    field = np.random.default_rng(1).uniform(-1, 1, (8, 9, 4))
    moved = unwarp_series(series, field, 1)
    for n in range(3):
        np.testing.assert_array_equal(moved.data[..., n], unwarp(data[..., n], field, 1, 2.0))


@given(st.integers(3, 12))
def test_the_transposed_slope_is_the_transpose(size):
    matrix = np.gradient(np.eye(size), 1.7, axis=0)
    turned = slope_transposed(np.eye(size)[None, None], 1.7)[0, 0]
    np.testing.assert_allclose(turned.T, matrix.T, atol=1e-12)


def test_a_coarser_grid_covers_the_same_field_of_view():
    affine = np.eye(4)
    affine[:3, :3] = np.linalg.qr(directions(3))[0] * [-2.0, 2.0, 5.0]
    grid = Grid(affine, (64, 64, 20))
    made = coarser(grid, 4.0)
    np.testing.assert_allclose(made.spacing * made.shape, grid.spacing * grid.shape)
    np.testing.assert_allclose(made.to_world([-0.5] * 3), grid.to_world([-0.5] * 3))
    assert made.shape == (32, 32, 20)


@pytest.mark.parametrize(("text", "axis"), [("i", (0, 1)), ("j-", (1, -1)), ("k", (2, 1))])
def test_phase_encoding_is_read(text, axis):
    assert phase_encoding(text, "dwi.json") == axis


@pytest.mark.parametrize("text", ["", "x", "j+", "AP", "ij", "-j"])
def test_another_phase_encoding_is_refused(text):
    with pytest.raises(InputRefused, match="none of i, i-, j, j-, k, k-"):
        phase_encoding(text, "dwi.json")


def test_a_partner_is_needed_and_must_be_on_the_grid(truth):
    b0 = Volume(truth.grid, truth.s0, "b0", "a")
    with pytest.raises(InputRefused, match="neither an image of opposite"):
        correct_distortion(as_series(b0), b0, axis=1)
    small = Volume(Grid(np.eye(4), (5, 5, 5)), np.ones((5, 5, 5)), "T1C", "a")
    with pytest.raises(InputRefused, match="it lies on another grid"):
        correct_distortion(as_series(b0), b0, axis=1, t1c_on_b0=small)
    with pytest.raises(InputRefused, match="no voxel axis 3"):
        correct_distortion(as_series(b0), b0, axis=3, reverse_b0=b0)


@pytest.mark.slow
def test_a_tumour_does_not_pass_for_a_distortion(truth):
    at = truth.grid.to_world(np.moveaxis(np.indices(truth.grid.shape), 0, -1))
    far = np.linalg.norm(at - [30, 25, 10], axis=-1)
    places = [truth.brain & (far < radius) for radius in (28, 14, 9)]
    b0 = shown(truth, np.zeros(truth.grid.shape), 1, seed=1).data.copy()
    t1c = anatomy(truth).data.copy()
    for place, in_b0, in_t1c in zip(places, (1300, 1000, 1600), (600, 1600, 350), strict=True):
        b0[place], t1c[place] = in_b0, in_t1c
    ill, partner = (Volume(truth.grid, data, "b0", "a") for data in (b0, t1c))
    found = correct_distortion(
        as_series(ill), ill, axis=1, t1c_on_b0=partner, brain_mask=truth.brain
    )
    assert found.quality["distortion_corrected"] == 0
    np.testing.assert_array_equal(found.series.data[..., 0], ill.data)
