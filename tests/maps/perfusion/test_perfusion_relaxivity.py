import numpy as np
from bolus_physics import R2_VESSEL, concentrations, signal, tissues

from gliofront.maps.perfusion.relaxivity import delta_r2star, dual_echo_delta_r2star

BASELINE = slice(0, 12)


def test_without_leak_one_echo_gives_the_vessels_relaxation():
    tissue = tissues(50, np.random.default_rng(0), leaky=False)
    vessel, _ = concentrations(tissue, 80, 1.5, 22.0)
    curves = delta_r2star(signal(tissue), BASELINE, 30.0)
    # What remains is the T1 of the blood itself.
    assert np.abs(curves - R2_VESSEL * vessel).max() < 0.08 * curves.max()


def test_two_echoes_do_not_see_t1():
    tissue = tissues(50, np.random.default_rng(0), leaky=True)
    vessel, between = concentrations(tissue, 80, 1.5, 22.0)
    truth = R2_VESSEL * vessel + tissue.r2_between[:, None] * between
    echoes = [signal(tissue, te_ms=te, flip_deg=90.0) for te in (2.0, 30.0)]
    two = dual_echo_delta_r2star(*echoes, BASELINE, (2.0, 30.0))
    one = delta_r2star(echoes[1], BASELINE, 30.0)
    np.testing.assert_allclose(two, truth, atol=1e-6)
    assert (one[:, -1] < truth[:, -1] - 1).all()


def test_what_has_no_baseline_is_undefined():
    curves = delta_r2star(np.array([[0.0, 0, 0, 5], [1, 1, 0, 1]]), slice(0, 3), 30.0)
    assert np.isnan(curves[0]).all()
    assert np.isfinite(curves[1]).all()
