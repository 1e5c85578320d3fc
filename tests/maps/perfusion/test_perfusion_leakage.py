from itertools import pairwise

import numpy as np
import pytest
from bolus_physics import noisy, signal, tissues
from hypothesis import given
from hypothesis import strategies as st

from gliofront.maps.perfusion.bolus import find_bolus
from gliofront.maps.perfusion.cbv import integral
from gliofront.maps.perfusion.leakage import (
    bidirectional,
    boxerman_weisskoff,
    fit_leakage,
    leaked_shapes,
    reference_voxels,
)
from gliofront.maps.perfusion.relaxivity import delta_r2star
from gliofront.maps.perfusion.settings import PerfusionSettings

TR_S = 1.5
TIME = np.arange(80) * TR_S
REFERENCE = np.where(TIME > 20, (TIME - 20) ** 3 * np.exp(-np.maximum(TIME - 20, 0) / 2), 0.0)
REFERENCE = 10 * REFERENCE / REFERENCE.max() + (TIME > 30)


@given(st.floats(0.1, 5), st.floats(-0.05, 0.05))
def test_a_planted_leak_is_found_and_taken_out_exactly(k1, k2):
    leaked = leaked_shapes(REFERENCE, TR_S, np.zeros(1))[0]
    curve = (k1 * REFERENCE - k2 * leaked)[None]
    fit = boxerman_weisskoff(curve, REFERENCE, TR_S, 2)
    assert (fit.k1[0], fit.k2[0]) == pytest.approx((k1, k2), abs=1e-9)
    np.testing.assert_allclose(fit.corrected(curve)[0], k1 * REFERENCE, atol=1e-8)


def test_the_voxels_own_vascular_curve_stays():
    # A curve unlike the reference keeps its shape: only the integral is added back.
    own = np.roll(REFERENCE, 2)[None]
    fit = boxerman_weisskoff(own, REFERENCE, TR_S, 2)
    change = fit.corrected(own) - own
    leaked = leaked_shapes(REFERENCE, TR_S, np.zeros(1))[0]
    np.testing.assert_allclose(change[0], fit.k2[0] * leaked, atol=1e-12)


@pytest.mark.parametrize("per_min", [0.2, 0.6, 1.2])
def test_a_clear_return_rate_is_found(per_min):
    leaked = leaked_shapes(REFERENCE, TR_S, np.array([per_min / 60]))[0]
    rng = np.random.default_rng(0)
    curve = 1.5 * REFERENCE - 0.05 * leaked + 0.05 * rng.normal(size=(200, TIME.size))
    fit = bidirectional(curve, REFERENCE, TR_S, 2, PerfusionSettings())
    assert 60 * np.median(fit.kep) == pytest.approx(per_min, rel=0.15)
    corrected = integral(fit.corrected(curve), TR_S)
    assert np.median(corrected) == pytest.approx(integral(1.5 * REFERENCE, TR_S), rel=0.03)


def test_agent_that_returns_decays_exponentially():
    pulse = np.zeros(40)
    pulse[5] = 1.0
    shape = leaked_shapes(pulse, TR_S, np.array([0.02]))[0]
    np.testing.assert_allclose(shape[7:] / shape[6:-1], np.exp(-0.02 * TR_S))


def simulated(flip_deg, leaky_share, count=4000):
    rng = np.random.default_rng(1)
    leaky = round(leaky_share * count)
    still = tissues(count - leaky, rng, leaky=False)
    leaks = tissues(leaky, rng, leaky=True)
    clean = np.concatenate([signal(kind, flip_deg=flip_deg) for kind in (still, leaks)])
    measured = noisy(clean, 80.0, rng)
    bolus, _ = find_bolus(measured.mean(axis=0), TR_S, PerfusionSettings())
    truth = np.concatenate([still.blood, leaks.blood])
    return delta_r2star(measured, bolus.baseline, 30.0), truth, truth.size - leaky, bolus


@pytest.mark.parametrize("flip_deg", [90.0, 30.0])
def test_the_reference_leaves_enhancing_voxels_out(flip_deg):
    curves, _, still, bolus = simulated(flip_deg, leaky_share=0.1)
    chosen = reference_voxels(curves, bolus, PerfusionSettings())
    assert chosen[:still].mean() > 0.8
    assert chosen[still:].sum() < 0.05 * chosen.sum()


def test_too_few_voxels_give_no_reference():
    curves, _, _, bolus = simulated(90.0, leaky_share=0.1)
    assert not reference_voxels(curves[:5], bolus, PerfusionSettings()).any()
    assert not reference_voxels(0 * curves, bolus, PerfusionSettings()).any()


def errors(flip_deg, model, leaky_share=0.5):
    """Return median error in percent and correlation, where it leaks and where it does not."""
    curves, truth, still, bolus = simulated(flip_deg, leaky_share)
    settings = PerfusionSettings(leakage=model)
    reference = curves[reference_voxels(curves, bolus, settings)].mean(axis=0)
    fit = fit_leakage(curves, reference, bolus, settings)
    volume = integral(fit.corrected(curves), TR_S, bolus.window("first-pass"))
    ratio = volume / truth / np.median(volume[:still] / truth[:still])
    parts = (slice(still, None), slice(0, still))
    bias = [100 * (np.median(ratio[part]) - 1) for part in parts]
    return [*bias, *(np.corrcoef(volume[part], truth[part])[0, 1] for part in parts)]


def test_t1_leakage_hides_volume_and_each_model_finds_more_of_it():
    found = [errors(90.0, model) for model in ("none", "boxerman-weisskoff", "leu")]
    biases = [one[0] for one in found]
    assert biases[0] < -35
    assert all(after > before + 5 for before, after in pairwise(biases))
    assert found[1][2] > 0.955 > found[0][2]
    assert found[2][2] > 0.955


def test_t2star_leakage_feigns_volume_and_is_taken_out():
    none, one_way, both_ways = (errors(30.0, m) for m in ("none", "boxerman-weisskoff", "leu"))
    assert none[0] > 7
    assert abs(one_way[0]) < 6
    assert abs(both_ways[0]) < 4
    assert min(one_way[2], both_ways[2]) > 0.975


def test_where_nothing_leaks_correction_costs_little_precision():
    assert errors(60.0, "boxerman-weisskoff")[3] > 0.985
    assert errors(60.0, "leu")[3] > 0.975


def test_an_unbounded_return_rate_costs_more():
    curves, truth, still, bolus = simulated(60.0, 0.5)
    reference = curves[:still].mean(axis=0)
    agreement = []
    for most, prior in ((3.0, 0.5), (20.0, 20.0)):
        how = PerfusionSettings(leakage="leu", most_kep_per_min=most, kep_prior_per_min=prior)
        fit = fit_leakage(curves[:still], reference, bolus, how)
        volume = integral(fit.corrected(curves[:still]), TR_S, bolus.window("first-pass"))
        agreement.append(np.corrcoef(volume, truth[:still])[0, 1])
    assert agreement[0] > agreement[1] + 0.01
