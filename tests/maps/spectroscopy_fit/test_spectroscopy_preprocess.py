import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spectroscopy_singlets import PRESS, decayed, noise

from gliofront.maps.spectroscopy.acquisition import spectrum
from gliofront.maps.spectroscopy.eddy_current import correct_eddy_currents
from gliofront.maps.spectroscopy.residual_water import remove_water
from gliofront.maps.spectroscopy.transients import align_transients

TIME = PRESS.time_s


def water(amplitude=1.0, width=20.0):
    return amplitude * np.exp(-width * TIME)


def test_eddy_current_phase_is_taken_off():
    phase = 0.7 + 2.0 * np.exp(-TIME / 0.03) + 2 * np.pi * 4.0 * TIME
    clean = decayed()
    seen = correct_eddy_currents(clean * np.exp(1j * phase), 1e4 * water() * np.exp(1j * phase))
    np.testing.assert_allclose(seen, clean, atol=1e-3 * np.abs(clean).max())


def test_late_noise_of_the_water_does_not_enter():
    generator = np.random.default_rng(0)
    clean = decayed()
    reference = 1e3 * water(width=40.0) + noise(generator, 3.0)
    seen = correct_eddy_currents(clean, reference)
    early = TIME < 0.06
    late = TIME > 0.2
    size = np.abs(clean).max()
    assert np.abs(seen - clean)[early].max() < 0.1 * size
    turned = np.angle(seen[late] / clean[late])
    assert np.abs(np.diff(np.unwrap(turned))).max() < 0.01


def test_a_grid_is_corrected_at_once_and_voxels_without_water_are_left():
    fids = np.stack([decayed(phase=1.0), decayed(phase=1.0)])
    references = np.stack([water() * np.exp(1j), np.zeros(PRESS.points)])
    seen = correct_eddy_currents(fids, references)
    np.testing.assert_allclose(seen[0], decayed(), atol=1e-9)
    np.testing.assert_array_equal(seen[1], fids[1])


@pytest.mark.parametrize("amplitude", [50.0, 5000.0])
def test_residual_water_goes_and_metabolites_stay(amplitude):
    clean = decayed()
    off = np.exp(2j * np.pi * 3.0 * TIME + 0.8j)
    leak = water(amplitude, 15.0) * off + 0.4 * water(amplitude, 45.0) * np.conj(off)
    seen = remove_water(clean + leak + noise(np.random.default_rng(1), 0.1), PRESS)
    inside = (PRESS.ppm > 0.5) & (PRESS.ppm < 4.0)
    peak = np.abs(spectrum(clean)).max()
    left = np.abs(spectrum(seen - clean))[inside].max()
    before = np.abs(spectrum(leak))[inside].max()
    assert left < 0.02 * peak
    assert left < before
    at_water = np.abs(PRESS.ppm - 4.65) < 0.1
    assert (
        np.abs(spectrum(seen))[at_water].max() < 0.01 * np.abs(spectrum(leak)).max() + 0.05 * peak
    )


def test_a_signal_without_water_is_hardly_touched():
    clean = decayed()
    np.testing.assert_allclose(remove_water(clean, PRESS), clean, atol=1e-3 * np.abs(clean).max())


def test_nothing_stays_nothing():
    assert not remove_water(np.zeros(PRESS.points, complex), PRESS).any()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_repetitions_are_brought_into_step(seed):
    generator = np.random.default_rng(seed)
    shifts, phases = generator.normal(0, 4.0, 16), generator.normal(0, 0.8, 16)
    clean = decayed() + water(30.0)
    turned = clean * np.exp(1j * (2 * np.pi * shifts[:, None] * TIME + phases[:, None]))
    parts = generator.standard_normal((2, *turned.shape))
    aligned = align_transients((turned + parts[0] + 1j * parts[1]).T, PRESS.dwell_s)
    off = shifts - np.median(shifts)
    assert np.abs(aligned.shifts_hz - np.median(aligned.shifts_hz) - off).max() < 0.6
    # Compared with no alignment, hardly any of the height is lost.
    height = np.abs(spectrum(aligned.mean)).max()
    assert height > 0.97 * np.abs(spectrum(clean)).max()


def test_repetitions_of_a_grid_are_aligned_voxel_by_voxel():
    clean = decayed()
    turned = np.stack([clean, clean * np.exp(2j * np.pi * 6.0 * TIME)], axis=-1)
    grid = np.stack([turned, turned[:, ::-1]])[:, None, None]
    aligned = align_transients(grid, PRESS.dwell_s)
    assert aligned.mean.shape == (2, 1, 1, PRESS.points)
    gaps = np.diff(aligned.shifts_hz[:, 0, 0], axis=-1)[:, 0]
    np.testing.assert_allclose(gaps, [6.0, -6.0], atol=0.3)
