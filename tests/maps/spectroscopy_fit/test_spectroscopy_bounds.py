import numpy as np
import pytest
from spectroscopy_scenes import Scene, acquisition, full_basis, signal
from spectroscopy_singlets import decayed, noise, singlets

from gliofront.maps.spectroscopy.combinations import SUMS, amount_of, ratio_of
from gliofront.maps.spectroscopy.model import build_model
from gliofront.maps.spectroscopy.spectrum_fit import fit_spectrum
from gliofront.maps.spectroscopy.uncertainty import bound_of_ratio, bound_of_sum


def test_bounds_are_the_spread_under_noise():
    model, generator = build_model(singlets()), np.random.default_rng(0)
    first = fit_spectrum(decayed(), model)
    fits = [fit_spectrum(decayed() + noise(generator, 1.0), model, like=first) for _ in range(150)]
    spread = np.std([fit.amounts for fit in fits], axis=0)
    bounds = np.mean([np.sqrt(np.diag(fit.covariance)) for fit in fits], axis=0)
    # The SD of 150 draws is known to 6 %; bounds allow for shifts and widths that did not vary.
    assert np.all(bounds / spread > 0.85)
    assert np.all(bounds / spread < 1.4)


@pytest.mark.slow
@pytest.mark.parametrize("te_ms", [30.0, 144.0])
def test_bounds_of_sums_and_of_the_ratio_cover_the_spread_in_a_full_basis(te_ms):
    basis, generator = full_basis(acquisition(te_ms)), np.random.default_rng(1)
    model = build_model(basis)
    clean, _ = signal(Scene(cho_naa=0.5), basis, generator)
    first = fit_spectrum(clean, model)
    parts = generator.standard_normal((60, 2, clean.size)) * 1.5
    fits = [fit_spectrum(clean + real + 1j * imag, model, like=first) for real, imag in parts]
    found = {name: [amount_of(fit, name) for fit in fits] for name in SUMS}
    found["Cho/NAA"] = [ratio_of(fit, "tCho", "tNAA") for fit in fits]
    for pairs in found.values():
        values, bounds = np.array(pairs).T
        assert 0.8 < bounds.mean() / values.std(ddof=1) < 1.8


def test_a_bound_grows_with_the_noise():
    model = build_model(singlets())
    fits = [
        fit_spectrum(decayed() + noise(np.random.default_rng(2), sd), model) for sd in (0.2, 2.0)
    ]
    low, high = (np.sqrt(np.diag(fit.covariance))[:3] for fit in fits)
    np.testing.assert_allclose(high / low, 10.0, rtol=0.2)


def test_a_sum_of_two_that_trade_is_surer_than_either():
    basis = full_basis(acquisition(144.0))
    fid, _ = signal(Scene(sd=1.0), basis, np.random.default_rng(3))
    fit = fit_spectrum(fid, build_model(basis))
    rows = [fit.names.index("Cr"), fit.names.index("PCr")]
    alone = np.sqrt(np.diag(fit.covariance))[rows]
    assert bound_of_sum(fit.covariance, rows) < 0.7 * alone.min()


def test_the_bound_of_a_ratio_is_that_of_many_draws():
    covariances = np.array([[0.04, 0.01, 0.0], [0.01, 0.09, -0.02], [0.0, -0.02, 0.16]])
    means = np.array([4.0, 6.0, 5.0])
    draws = np.random.default_rng(4).multivariate_normal(means, covariances, 200_000)
    spread = np.std(draws[:, 0] / (draws[:, 1] + draws[:, 2]))
    bound = bound_of_ratio(4.0, 11.0, covariances, ([0], [1, 2]))
    assert bound == pytest.approx(spread, rel=0.02)


def test_a_ratio_to_nothing_has_no_bound():
    assert np.isnan(bound_of_ratio(1.0, 0.0, np.eye(2), ([0], [1])))
