import numpy as np
import pytest
from bolus_physics import Tissue, noisy, signal

from gliofront.maps.perfusion.bolus import find_bolus
from gliofront.maps.perfusion.saturation import saturated_voxels, saturation_findings
from gliofront.maps.perfusion.settings import PerfusionSettings

TR_S = 1.5


def brain_curve(frames=60, arrival_s=22.0, te_ms=30.0, snr=2000.0, seed=0):
    """Return the mean signal of a brain; its noise is small, as that of a mean."""
    one = np.ones(1)
    tissue = Tissue(0.035 * one, 4.5 * one, 0 * one, one, 0 * one, 1.1 * one)
    clean = signal(tissue, frames, TR_S, te_ms, 60.0, arrival_s)
    return noisy(clean, snr, np.random.default_rng(seed))[0]


def found(curve, **settings):
    return find_bolus(curve, TR_S, PerfusionSettings(**settings), "perf")


@pytest.mark.parametrize("arrival_s", [12.0, 22.0, 40.0])
def test_the_bolus_is_found_where_it_is(arrival_s):
    bolus, findings = found(brain_curve(80, arrival_s))
    assert not findings
    assert 0 <= bolus.arrival * TR_S - arrival_s <= 3.5  # it rises slowly at first
    assert 3 <= bolus.peak * TR_S - arrival_s <= 9
    assert 10 <= bolus.first_pass_end * TR_S - arrival_s <= 25
    assert bolus.baseline.stop <= bolus.arrival
    assert bolus.drop_percent == pytest.approx(30, abs=8)


def test_bright_first_frames_are_left_out():
    curve = brain_curve()
    curve[:3] *= [1.5, 1.2, 1.05]
    bolus, _ = found(curve)
    assert bolus.discarded == 3
    assert bolus.baseline.start == 3
    assert found(curve, discard_frames=5)[0].discarded == 5


def test_no_bolus_is_an_error_with_a_name():
    rng = np.random.default_rng(1)
    for curve in (
        100 + 0.3 * rng.normal(size=60),
        np.linspace(100, 99, 60),
        np.full(60, 100.0),
        np.zeros(60),
        np.full(5, 100.0),
    ):
        bolus, findings = found(curve)
        assert bolus is None
        assert [f.code for f in findings] == ["no-bolus"]
        assert findings[0].level == "error"


def test_a_bolus_without_a_baseline_is_an_error():
    bolus, findings = found(brain_curve()[14:])
    assert bolus is None
    assert [f.code for f in findings] == ["bolus-too-early"]


def test_a_series_that_ends_within_the_bolus_is_an_error():
    whole, _ = found(brain_curve())
    bolus, findings = found(brain_curve()[: whole.peak + 2])
    assert bolus is None
    assert [(f.code, f.level) for f in findings] == [("bolus-tail-truncated", "error")]


def test_a_short_tail_is_a_warning():
    whole, _ = found(brain_curve())
    bolus, findings = found(brain_curve()[: whole.first_pass_end + 5])
    assert abs(bolus.first_pass_end - whole.first_pass_end) <= 1
    assert [(f.code, f.level) for f in findings] == [("bolus-tail-truncated", "warning")]
    assert bolus.tail(15.0).start > bolus.first_pass_end


def test_the_tail_never_reaches_into_the_first_pass():
    bolus, _ = found(brain_curve())
    assert bolus.tail(15.0) == slice(50, 60)
    assert bolus.tail(500.0).start == bolus.first_pass_end + 1


@pytest.mark.parametrize(("te_ms", "many"), [(30.0, False), (120.0, True)])
def test_voxels_at_the_noise_floor_are_named(te_ms, many):
    # A late echo falls to the floor wherever much blood passes.
    rng = np.random.default_rng(2)
    count = 500
    one = np.ones(count)
    tissue = Tissue(rng.uniform(0.02, 0.1, count), 4 * one, 0 * one, one, 0 * one, 1.1 * one)
    measured = noisy(signal(tissue, 60, TR_S, te_ms), 40.0, rng)
    settings = PerfusionSettings()
    bolus, _ = find_bolus(measured.mean(axis=0), TR_S, settings)
    saturated, noise = saturated_voxels(measured, bolus, settings)
    assert noise == pytest.approx(measured[:, 0].mean() / 40, rel=0.2)
    findings = saturation_findings(100 * saturated.mean(), settings.most_saturated_percent, "perf")
    assert [f.code for f in findings] == (["first-pass-saturated"] if many else [])
    if many:
        assert tissue.blood[saturated].min() > tissue.blood.min()
        assert saturated[tissue.blood > 0.08].all()
