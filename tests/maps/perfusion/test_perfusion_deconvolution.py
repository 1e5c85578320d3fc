import numpy as np
import pytest
from perfusion_data import CBF_TOLERANCE, TOLERANCE, cases, needs_curves
from scipy.linalg import circulant

from gliofront.maps.perfusion.deconvolution import deconvolve, oscillation, residues

TR_S = 1.5
TIME = np.arange(60) * TR_S
LIMIT = 0.035


def artery(delay_s=20.0):
    late = np.maximum(TIME - delay_s, 0)
    return 10 * (late / 4.5) ** 3 * np.exp(3 - late / 1.5)


def tissue(flow, mtt_s, delay_s=0.0):
    """Return a tissue curve, 1/s, of a flow in 1/s."""
    fine = np.arange(0, 90, 0.05)
    late = np.maximum(fine - 20.0 - delay_s, 0)
    course = 10 * (late / 4.5) ** 3 * np.exp(3 - late / 1.5)
    curve = 0.05 * np.convolve(course, flow * np.exp(-fine / mtt_s))[: fine.size]
    return np.interp(TIME, fine, curve)


def test_it_is_the_singular_value_decomposition_of_the_circulant_matrix():
    rng = np.random.default_rng(0)
    aif = artery() + 0.05 * rng.normal(size=TIME.size)
    curves = np.stack([tissue(0.01, 4.0), tissue(0.006, 8.0, 2.0)])
    curves += 0.02 * rng.normal(size=curves.shape)
    padded = np.pad(aif, (0, TIME.size))
    left, values, right = np.linalg.svd(circulant(padded) * TR_S)
    for curve, residue in zip(curves, residues(curves, aif, TR_S, LIMIT), strict=True):
        projected = left.T @ np.pad(curve, (0, TIME.size))
        shares = values / values[0]
        # Wu's rule: the least truncation that oscillates no more than the limit.
        for threshold in np.geomspace(0.005, 0.95, 32):
            kept = shares >= threshold
            expected = right.T @ np.where(kept, projected / values, 0)
            if oscillation(expected[None])[0] <= LIMIT:
                break
        np.testing.assert_allclose(residue, expected, atol=1e-8)


@pytest.mark.parametrize("delay_s", [-6.0, -3.0, 0.0, 3.0, 6.0])
def test_delay_does_not_change_flow_and_is_seen(delay_s):
    flows = [deconvolve(tissue(0.01, 5.0, d)[None], artery(), TR_S, LIMIT) for d in (0.0, delay_s)]
    assert flows[1].peak[0] == pytest.approx(flows[0].peak[0], rel=0.02)
    assert flows[1].tmax_s[0] - flows[0].tmax_s[0] == pytest.approx(delay_s, abs=TR_S)


def test_flow_is_proportional_and_orders_as_it_should():
    true = np.array([0.004, 0.008, 0.012])
    curves = np.stack([tissue(flow, 5.0) for flow in true])
    found = deconvolve(curves, artery(), TR_S, LIMIT).peak
    np.testing.assert_allclose(found / found[0], true / true[0], rtol=1e-6)


def test_undefined_voxels_stay_so():
    curves = np.stack([tissue(0.01, 5.0), np.full(TIME.size, np.nan), np.zeros(TIME.size)])
    flow = deconvolve(curves, artery(), TR_S, LIMIT)
    assert np.isfinite(flow.peak[0])
    assert np.isnan(flow.peak[1:]).all()
    assert np.isnan(flow.tmax_s[1:]).all()


@needs_curves
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_flow_of_the_osipi_curves(case):
    found = deconvolve(case.tissue[None], case.artery, case.tr_s, LIMIT).cbf(kappa=1.0)[0]
    assert abs(found - case.cbf) <= TOLERANCE * case.cbf + CBF_TOLERANCE


@needs_curves
@pytest.mark.parametrize("frames", [-3, 3])
def test_a_delay_of_the_osipi_curves_is_seen_as_it_is(frames):
    for case in cases():
        curves = np.stack([case.tissue, np.roll(case.tissue, frames)])
        flow = deconvolve(curves, case.artery, case.tr_s, LIMIT)
        assert flow.peak[1] == pytest.approx(flow.peak[0], rel=0.1)
        assert flow.tmax_s[1] - flow.tmax_s[0] == pytest.approx(frames * case.tr_s, abs=1e-9)
