import numpy as np
import pytest
from spectroscopy_singlets import AMOUNTS, PRESS, decayed, singlets

from gliofront.foundation.errors import InputRefused
from gliofront.maps.spectroscopy.acquisition import Acquisition
from gliofront.maps.spectroscopy.fit import Problem
from gliofront.maps.spectroscopy.macromolecules import macromolecules
from gliofront.maps.spectroscopy.model import build_model
from gliofront.maps.spectroscopy.parameters import Parameters
from gliofront.maps.spectroscopy.settings import FitSettings
from gliofront.maps.spectroscopy.window import Window

MODEL = build_model(singlets())
SOME = Parameters(
    phase=(0.4, 0.05),
    shift_hz=1.5,
    gauss=64.0,
    damping=np.array([6.0, 0.5, -0.3, 0.2, 1.0]),
    shifts_hz=np.array([0.1, -0.2, 0.3, 0.4]),
)


def test_the_window_is_the_zero_filled_spectrum_in_ascending_order():
    window = Window.of(PRESS, 1.0, 3.5)
    peak = window.ppm[
        np.abs(window.spectrum(singlets().fids[2] * np.exp(-9 * PRESS.time_s))).argmax()
    ]
    assert window.ppm[0] >= 1.0
    assert window.ppm[-1] <= 3.5
    assert np.all(np.diff(window.ppm) > 0)
    assert peak == pytest.approx(3.2, abs=0.01)


def test_noise_of_the_zero_filled_real_spectrum_is_white():
    draws = np.random.default_rng(0).standard_normal((2, 3000, PRESS.points))
    seen = MODEL.window.spectrum(draws[0] + 1j * draws[1]).real
    shared = np.corrcoef(seen[:, :60].T) - np.eye(60)
    assert np.abs(shared).max() < 0.1
    assert seen.std() == pytest.approx(np.sqrt(PRESS.points), rel=0.01)


def test_a_narrow_band_width_is_refused():
    narrow = Acquisition(127.7, 2e-3, 1024, 144.0, "PRESS")
    with pytest.raises(InputRefused, match=r"does not resolve 0\.2 to 4 ppm"):
        Window.of(narrow, 0.2, 4.0)


def test_derivatives_agree_with_differences():
    data = MODEL.window.spectrum(decayed(shift_hz=2.0, phase=0.3))

    def residual(vector):
        parameters = Parameters.of(vector)
        spectra = MODEL.window.spectrum(MODEL.signals(parameters)).real
        return MODEL.phased(data, parameters).real - AMOUNTS @ spectra

    at = SOME.vector
    phased, signals = MODEL.phased(data, SOME), MODEL.signals(SOME)
    exact = MODEL.jacobian(phased, signals, AMOUNTS, SOME)
    for index in range(at.size):
        step = np.zeros(at.size)
        step[index] = 1e-5
        slope = (residual(at + step) - residual(at - step)) / 2e-5
        np.testing.assert_allclose(exact[:, index], slope, atol=1e-5 * np.abs(slope).max() + 1e-7)


def test_parameters_survive_being_put_in_a_row():
    again = Parameters.of(SOME.vector)
    np.testing.assert_array_equal(again.vector, SOME.vector)


def test_lines_never_grow():
    vector = SOME.vector
    vector[3], vector[4], vector[5] = -1.0, 2.0, -7.0
    held = Parameters.of(vector)
    assert held.gauss == 0.0
    assert held.damping[0] + held.damping[1] == 0.0


def test_metabolites_that_look_alike_move_together_and_late_macromolecules_are_left_out():
    late = Acquisition(127.7, 5e-4, 1024, 288.0, "PRESS")
    assert "MM09" not in build_model(macromolecules(late)).basis.names
    early = build_model(macromolecules(Acquisition(127.7, 5e-4, 1024, 30.0, "PRESS")))
    assert "MM09" in early.basis.names
    assert early.groups.tolist() == [0, 0, 0, 0, 0, 1, 1, 1, 1]


def test_the_cost_of_a_solution_counts_strain():
    problem = Problem(MODEL, MODEL.window.spectrum(decayed()), 10.0, np.zeros((0, 4)))
    relaxed = Parameters((0.0, 0.0), 0.0, 100.0, np.array([5.0, 0, 0, 0, 0]), np.zeros(4))
    strained = Parameters((0.0, 0.0), 0.0, 100.0, np.array([5.0, 0, 0, 0, 0]), np.ones(4))
    assert problem.solve(relaxed).cost < 1e-12 * np.sum(np.abs(problem.data) ** 2)
    assert problem.solve(strained).cost > 100 * np.sum(1 / MODEL.spreads[:, 1] ** 2)


def test_settings_bound_the_range():
    assert build_model(singlets(), FitSettings(low_ppm=1.0)).window.ppm[0] >= 1.0
