import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares
from spectroscopy_scenes import FIELD_MHZ, Scene, acquisition, full_basis, signal
from spectroscopy_singlets import AMOUNTS, PRESS, decayed, noise, singlets

from gliofront.foundation.errors import InputRefused
from gliofront.maps.spectroscopy.acquisition import Acquisition
from gliofront.maps.spectroscopy.fit import Problem, minimise, not_negative
from gliofront.maps.spectroscopy.model import build_model
from gliofront.maps.spectroscopy.noise import noise_sd
from gliofront.maps.spectroscopy.parameters import Parameters
from gliofront.maps.spectroscopy.priors import ratio_rows
from gliofront.maps.spectroscopy.settings import FitSettings
from gliofront.maps.spectroscopy.spectrum_fit import fit_spectrum
from gliofront.maps.spectroscopy.start import find_start, first_parameters

MODEL = build_model(singlets())


@settings(max_examples=15, deadline=None)
@given(
    phase=st.floats(-np.pi, np.pi),
    shift_hz=st.floats(-14.0, 14.0),
    damping=st.floats(2.0, 15.0),
    gauss=st.floats(3.0, 20.0),
)
def test_truth_is_found_whatever_phase_shift_and_width(phase, shift_hz, damping, gauss):
    fid = decayed(damping, gauss, shift_hz, phase) + noise(np.random.default_rng(7), 0.02)
    fit = fit_spectrum(fid, MODEL)
    assert fit.converged
    # The lipid, wide and alone, is told from the baseline least well.
    np.testing.assert_allclose(fit.amounts[:3], AMOUNTS[:3], rtol=5e-3)
    np.testing.assert_allclose(fit.amounts[3], AMOUNTS[3], rtol=2e-2)
    assert np.cos(fit.parameters.phase[0] - phase) > 0.9999
    assert fit.parameters.shift_hz == pytest.approx(shift_hz, abs=0.02)


@pytest.mark.parametrize("te_ms", [30.0, 144.0])
@pytest.mark.parametrize("shift_ppm", [-0.25, 0.25])
def test_a_spectrum_far_off_is_found_in_a_full_basis(te_ms, shift_ppm):
    basis = full_basis(acquisition(te_ms))
    scene = Scene(cho_naa=1.5, shift_hz=shift_ppm * FIELD_MHZ, phase=2.0, sd=1.0)
    fid, _ = signal(scene, basis, np.random.default_rng(10))
    fit = fit_spectrum(fid, build_model(basis))
    assert fit.parameters.shift_hz == pytest.approx(scene.shift_hz, abs=1.5)


def test_a_fit_does_not_depend_on_the_unit_of_the_data():
    fid = decayed(phase=0.5) + noise(np.random.default_rng(1), 0.5)
    one, tiny = fit_spectrum(fid, MODEL), fit_spectrum(fid * 1e-9, MODEL)
    np.testing.assert_allclose(tiny.amounts * 1e9, one.amounts, rtol=1e-6)
    np.testing.assert_allclose(tiny.covariance * 1e18, one.covariance, rtol=1e-4)
    assert tiny.noise * 1e9 == pytest.approx(one.noise)


def test_parts_and_baseline_add_up_to_the_fit():
    fit = fit_spectrum(decayed() + noise(np.random.default_rng(2), 0.5), MODEL)
    np.testing.assert_allclose(fit.parts.sum(0) + fit.baseline, fit.fit, atol=1e-9)
    np.testing.assert_allclose(fit.data - fit.fit, fit.residual)
    assert fit.residual.std() == pytest.approx(fit.noise, rel=0.15)


def test_a_broad_baseline_is_not_mistaken_for_metabolites():
    time = PRESS.time_s
    hertz = (1.7 - PRESS.centre_ppm) * PRESS.field_mhz
    hump = 60 * np.exp(2j * np.pi * hertz * time - (np.pi * 120 * time / 1.665) ** 2)
    fit = fit_spectrum(decayed() + hump + noise(np.random.default_rng(3), 0.1), MODEL)
    np.testing.assert_allclose(fit.amounts[:3], AMOUNTS[:3], rtol=0.02)


def test_no_amount_is_negative_even_of_what_is_not_there():
    generator = np.random.default_rng(4)
    basis = singlets().only(["NAA", "PCh"])
    absent = [
        fit_spectrum(
            3 * basis.fids[0] * np.exp(-12 * PRESS.time_s) + noise(generator, 1.0),
            build_model(basis),
        ).amounts[1]
        for _ in range(10)
    ]
    assert min(absent) >= 0.0
    assert max(absent) < 0.1


def test_the_minimum_is_that_of_a_general_solver():
    fid = decayed(phase=0.4, shift_hz=1.0) + noise(np.random.default_rng(5), 1.0)
    problem = Problem(MODEL, MODEL.window.spectrum(fid), 32.0, np.zeros((0, 4)))
    start = find_start(MODEL, fid, first_parameters(MODEL), 0.1)
    ours, converged = minimise(problem, start, FitSettings(tolerance=1e-9, iterations=100))
    size = np.maximum(np.abs(start.vector), 0.1)

    def everything(vector):
        seen = problem.solve(Parameters.of(vector * size))
        return np.concatenate(
            [seen.residual, problem.sigma * MODEL.precisions * seen.parameters.vector]
        )

    theirs = least_squares(everything, start.vector / size, xtol=1e-12, ftol=1e-12)
    assert converged
    assert ours.cost == pytest.approx(2 * theirs.cost, rel=1e-5)


def test_a_neighbour_as_start_changes_little():
    generator = np.random.default_rng(6)
    first = fit_spectrum(decayed() + noise(generator, 0.3), MODEL)
    fid = decayed(damping=7.0, shift_hz=-6.0, phase=2.0) + noise(generator, 0.3)
    alone, after = fit_spectrum(fid, MODEL), fit_spectrum(fid, MODEL, like=first)
    np.testing.assert_allclose(after.amounts[:3], alone.amounts[:3], rtol=5e-3)


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
def test_no_signal_is_refused(bad):
    with pytest.raises(InputRefused, match="0 or not finite"):
        fit_spectrum(np.full(PRESS.points, bad, dtype=complex), MODEL)


def test_least_squares_without_negative_amounts_meets_its_conditions():
    generator = np.random.default_rng(8)
    columns, target = generator.standard_normal((40, 6)), generator.standard_normal(40)
    amounts = not_negative(columns, target)
    slope = columns.T @ (target - columns @ amounts)
    assert (amounts >= 0).all()
    assert np.abs(slope[amounts > 0]).max() < 1e-9
    assert slope.max() < 1e-9


def test_soft_ratios_vanish_where_they_hold_and_weigh_as_stated():
    names = ("NAA", "Cr", "PCh", "GABA", "MM09", "MM20", "Lip20")
    big = 10.0 + 8.0 + 3 * 2.0
    amounts = np.array([10.0, 8.0, 2.0, 0.03 * big, 4.0, 6.0, 1.0])
    rows = ratio_rows(names, amounts, sigma=2.0)
    assert rows.shape == (2, 7)  # GABA and MM20; nothing is there to tie Lip20 to
    np.testing.assert_allclose(rows @ amounts, 0.0, atol=1e-12)
    one_spread_more = amounts.copy()
    one_spread_more[3] += 0.03 * big
    assert (rows @ one_spread_more)[0] == pytest.approx(2.0)


@pytest.mark.parametrize("points", [256, 1024])
def test_noise_is_measured_beside_water_and_lines(points):
    press = Acquisition(127.7, 5e-4, points, 30.0, "PRESS")
    generator = np.random.default_rng(9)
    draw = generator.standard_normal((2, 40, points))
    water = 500 * np.exp(-20 * press.time_s)
    seen = noise_sd(draw[0] + 1j * draw[1] + water, press)
    assert seen.mean() == pytest.approx(np.sqrt(points), rel=0.05)


@pytest.mark.parametrize("seed", range(4))
def test_a_line_narrower_than_its_basis_does_not_keep_the_search_from_its_end(seed):
    time = PRESS.time_s
    # The basis has this lipid 19 Hz wide, so its own decay would have to be negative.
    narrow = np.exp(-((np.pi * 9 / 2 / np.sqrt(np.log(2)) * time) ** 2))
    lipid = 40 * np.exp(2j * np.pi * (1.28 - PRESS.centre_ppm) * PRESS.field_mhz * time) * narrow
    rest = AMOUNTS * [1, 1, 1, 0] @ singlets().fids
    fid = (rest + lipid) * np.exp(-4.0 * time) + noise(np.random.default_rng(seed), 0.3)
    fit = fit_spectrum(fid, MODEL)
    assert fit.converged
    total = fit.parameters.damping[0] + fit.parameters.damping[1:]
    assert total.min() >= 0
    np.testing.assert_allclose(fit.amounts[:3], AMOUNTS[:3], rtol=0.1)
