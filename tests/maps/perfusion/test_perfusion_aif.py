import numpy as np
import pytest
from bolus_physics import Tissue, noisy, plasma, signal

from gliofront.maps.perfusion.aif import choose_arterial_input, half_width_s
from gliofront.maps.perfusion.bolus import find_bolus
from gliofront.maps.perfusion.gamma_variate import fit_gamma_variate, gamma_variate
from gliofront.maps.perfusion.relaxivity import delta_r2star
from gliofront.maps.perfusion.settings import AifSettings, PerfusionSettings

TR_S = 1.5


def curves(arteries, veins=30, seed=0):
    """Return dR2* of 2000 voxels of tissue, then arteries, then veins: as high, but late."""
    rng = np.random.default_rng(seed)
    count = [2000, arteries, veins]
    blood = np.repeat([0.04, 0.12, 0.12], count) * rng.uniform(0.8, 1.2, sum(count))
    mtt = np.repeat([4.5, 0.7, 2.5], count)
    nothing, one = np.zeros(sum(count)), np.ones(sum(count))
    clean = signal(Tissue(blood, mtt, nothing, one, nothing, 1.2 * one))
    clean[-veins:] = np.roll(clean[-veins:], 4, axis=1)
    measured = noisy(clean, 60.0, rng)
    bolus, _ = find_bolus(measured.mean(axis=0), TR_S, PerfusionSettings())
    return delta_r2star(measured, bolus.baseline, 30.0), bolus


def chosen(found_curves, bolus, saturated=None, **settings):
    saturated = np.zeros(len(found_curves), dtype=bool) if saturated is None else saturated
    return choose_arterial_input(found_curves, bolus, saturated, 30.0, AifSettings(**settings))


def test_arteries_are_chosen_and_veins_are_not():
    found_curves, bolus = curves(arteries=40)
    found, findings = chosen(found_curves, bolus)
    assert not findings
    assert found.voxels.sum() >= 10
    assert set(np.flatnonzero(found.voxels)) <= set(range(2000, 2040))
    true = plasma(np.arange(80) * TR_S, 22.0)
    assert np.corrcoef(found.curve, true)[0, 1] > 0.97
    assert found.peak_frame <= bolus.peak


def test_a_head_without_arteries_gives_a_named_doubt():
    found_curves, bolus = curves(arteries=0, veins=1)
    _, findings = chosen(found_curves, bolus)
    assert [f.code for f in findings] in (["no-arterial-input"], ["arterial-input-implausible"])
    assert findings[0].level == "warning"


def test_saturated_voxels_are_not_arteries():
    found_curves, bolus = curves(arteries=40)
    saturated = np.zeros(len(found_curves), dtype=bool)
    saturated[2000:2020] = True
    found, _ = chosen(found_curves, bolus, saturated, voxels=10)
    assert not found.voxels[:2020].any()


def test_the_width_is_that_of_the_curve():
    time = np.arange(0, 60, 0.5)
    bell = np.exp(-(((time - 30) / 5) ** 2) / 2)[None]
    assert half_width_s(bell, 0.5)[0] == pytest.approx(2.3548 * 5, rel=0.01)
    assert half_width_s(np.zeros((1, 9)), 0.5)[0] == 0


def test_a_gamma_variate_has_no_recirculation():
    found_curves, bolus = curves(arteries=40)
    found, _ = chosen(found_curves, bolus)
    fitted = fit_gamma_variate(found.curve, bolus)
    window = bolus.window("first-pass")
    assert np.abs(fitted - found.curve)[window].max() < 0.15 * found.peak
    assert fitted[-10:].max() < 0.02 * found.peak < found.curve[-10:].mean()
    smooth, _ = chosen(found_curves, bolus, gamma_variate=True)
    np.testing.assert_allclose(smooth.curve, fitted)


def test_a_known_gamma_variate_is_fitted_exactly():
    _, bolus = curves(arteries=40)
    time = np.arange(80) * TR_S
    true = gamma_variate(time, 40.0, 21.0, 6.0, 3.0)
    np.testing.assert_allclose(fit_gamma_variate(true, bolus), true, atol=0.05)
