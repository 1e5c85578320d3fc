import numpy as np
import pytest

from gliofront.maps.spectroscopy.baseline import spline_space

PPM = np.linspace(0.2, 4.0, 300)


@pytest.mark.parametrize("freedom", [0.6, 1.0, 2.0, 7.0])
def test_effective_dimensions_are_those_asked_for(freedom):
    baseline = spline_space(PPM).stiffened(freedom)
    assert baseline.dimensions == pytest.approx(freedom * 3.8, rel=1e-6)
    smoother = baseline.smooth(np.eye(PPM.size))
    assert np.trace(smoother) == pytest.approx(freedom * 3.8, rel=1e-6)


def test_functions_are_orthonormal():
    functions = spline_space(PPM).functions
    np.testing.assert_allclose(functions.T @ functions, np.eye(functions.shape[1]), atol=1e-6)


def test_freedom_below_a_straight_line_is_held_there():
    stiff = spline_space(PPM).stiffened(0.3)
    line = 3.0 - 2.0 * PPM
    np.testing.assert_allclose(stiff.smooth(line), line, atol=1e-3)


def test_what_is_removed_costs_the_residual_and_the_penalty():
    generator = np.random.default_rng(3)
    values = generator.standard_normal(PPM.size)
    baseline = spline_space(PPM).stiffened(2.0)
    kept = baseline.shares
    weights = baseline.functions.T @ values
    # The penalised least squares written out: coefficients are shares of the projections.
    residual = values - baseline.smooth(values)
    penalty = np.sum((1 / kept - 1) * (kept * weights) ** 2)
    cost = np.sum(baseline.remove(values) ** 2)
    assert cost == pytest.approx(np.sum(residual**2) + penalty, rel=1e-9)


def test_columns_are_treated_one_by_one():
    generator = np.random.default_rng(4)
    values = generator.standard_normal((PPM.size, 3))
    baseline = spline_space(PPM).stiffened(1.0)
    for column in range(3):
        np.testing.assert_allclose(
            baseline.remove(values)[:, column], baseline.remove(values[:, column])
        )


def test_a_narrow_line_survives_a_stiff_baseline():
    narrow = np.exp(-(((PPM - 2.0) / 0.03) ** 2))
    assert spline_space(PPM).stiffened(2.0).remove(narrow).max() > 0.9
