from dataclasses import replace

import numpy as np
import pytest
from bolus_head import PROPERTIES, TISSUES, Head, scan, truth
from scipy import ndimage

from gliofront.foundation.errors import InputRefused
from gliofront.image.series import Series
from gliofront.maps.perfusion.brain_mask import rough_brain
from gliofront.maps.perfusion.cbv import normalise_to
from gliofront.maps.perfusion.estimate import perfusion_maps
from gliofront.maps.perfusion.frames import EarlyEcho
from gliofront.maps.perfusion.maps import UNITS
from gliofront.maps.perfusion.settings import MotionSettings, PerfusionSettings

HEAD = Head(frames=44, flip_deg=90.0)
STILL = PerfusionSettings(motion=MotionSettings(enabled=False))


@pytest.fixture(scope="module")
def shares():
    return truth(HEAD)[0]


@pytest.fixture(scope="module")
def brain():
    return truth(HEAD)[1]


@pytest.fixture(scope="module")
def series():
    return scan(HEAD)


@pytest.fixture(scope="module")
def maps(series, brain):
    return perfusion_maps(series, brain, HEAD.te_ms, HEAD.tr_s)


def replace_settings(settings, **changes):
    return settings.model_copy(update=changes)


def within(shares, tissue):
    return shares[..., TISSUES.index(tissue)] > 0.95


def median(volume, mask):
    return float(np.nanmedian(volume.data[mask]))


def blood(tissue):
    return float(PROPERTIES.blood[TISSUES.index(tissue)])


def test_blood_volume_in_units_of_white_matter(maps, shares):
    white = within(shares, "white")
    ratio, raw = (normalise_to(one, white) for one in (maps.cbv, maps.cbv_uncorrected))
    assert median(ratio, within(shares, "grey")) == pytest.approx(2.5, rel=0.08)
    tumour = within(shares, "tumour")
    assert median(ratio, tumour) == pytest.approx(3.0, rel=0.25)
    assert median(raw, tumour) < median(ratio, tumour) - 0.3


def test_absolute_blood_volume_is_relative_to_the_artery(maps, shares):
    # The artery's voxels hold 12 % blood, so all volumes are relative to that.
    expected = 0.733 * 100 * blood("white") / blood("artery")
    assert median(maps.cbv, within(shares, "white")) == pytest.approx(expected, rel=0.1)
    assert maps.cbv.unit == "mL/100 mL"
    assert (shares[maps.artery][:, TISSUES.index("artery")] > 0.8).all()


def test_flow_and_transit_time_belong_together(maps, shares):
    grey, white = within(shares, "grey"), within(shares, "white")
    assert median(maps.cbf, grey) > 1.8 * median(maps.cbf, white)
    product = maps.cbf.data[grey] * maps.mtt.data[grey] / 60
    np.testing.assert_allclose(product, maps.cbv.data[grey], rtol=1e-4)
    assert 3 < median(maps.mtt, white) < 9
    assert -1.5 <= median(maps.tmax, white) <= 3


def test_leaking_voxels_are_told_apart(maps, shares):
    tumour, white = within(shares, "tumour"), within(shares, "white")
    assert median(maps.k2, tumour) > 0.01 > 5 * abs(median(maps.k2, white))
    assert median(maps.recovery, tumour) > 105 > median(maps.recovery, white)
    assert shares[maps.reference][:, TISSUES.index("tumour")].mean() < 0.01


def test_maps_are_undefined_outside_the_brain_and_name_their_units(maps, brain):
    for name, (quantity, unit) in UNITS.items():
        volume = getattr(maps, name)
        assert (volume.quantity, volume.unit) == (quantity, unit)
        assert np.isnan(volume.data[~brain]).all()
        assert np.isfinite(volume.data[brain]).mean() > 0.95
    assert maps.baseline.data[brain].min() > 0
    assert maps.quality["undefined_percent"] == 0
    assert maps.quality["moved_frames_percent"] == 0
    assert maps.quality["baseline_signal_to_noise"] == pytest.approx(80, rel=0.1)
    assert not maps.findings


def test_a_still_series_is_left_as_it_is_and_blocks_do_not_matter(series, brain, maps):
    again = perfusion_maps(series, brain, HEAD.te_ms, HEAD.tr_s, STILL)
    blocks = replace_settings(STILL, block_voxels=777)
    small = perfusion_maps(series, brain, HEAD.te_ms, HEAD.tr_s, blocks)
    for name in UNITS:
        assert getattr(again, name).data.tobytes() == getattr(maps, name).data.tobytes()
        np.testing.assert_allclose(
            getattr(small, name).data, getattr(maps, name).data, rtol=1e-4, atol=1e-6
        )


def test_motion_is_undone(brain, shares, maps):
    jump = dict.fromkeys(range(20, 44), (0.02, 0.0, 0.03, 1.0, -1.5, 1.0))
    moved = scan(replace(HEAD, motion=jump))
    rough = perfusion_maps(moved, brain, 30.0, 1.5, STILL)
    mended = perfusion_maps(moved, brain, 30.0, 1.5)
    grey = shares[..., TISSUES.index("grey")] > 0.5
    off = [float(np.nanmedian(np.abs(one.k1.data - maps.k1.data)[grey])) for one in (rough, mended)]
    assert off[1] < 0.6 * off[0]
    assert mended.quality["motion_most_mm"] > 3
    assert np.isnan(rough.quality["motion_most_mm"])
    assert rough.motions is None


def test_two_echoes_see_the_tumour_that_one_misses(brain, shares):
    early = scan(replace(HEAD, te_ms=5.0))
    late = scan(HEAD)
    white, tumour = within(shares, "white"), within(shares, "tumour")
    two = perfusion_maps(late, brain, 30.0, 1.5, STILL, early_echo=EarlyEcho(early, 5.0))
    one = perfusion_maps(late, brain, 30.0, 1.5, STILL)
    raw = [median(normalise_to(m.cbv_uncorrected, white), tumour) for m in (one, two)]
    mended = [median(normalise_to(m.cbv, white), tumour) for m in (one, two)]
    assert raw[0] < 3.0 < raw[1]
    assert median(two.k2, tumour) < 0 < median(one.k2, tumour)
    assert mended[1] == pytest.approx(3.0, rel=0.1)


def test_a_given_reference_is_used(series, brain, shares):
    white = within(shares, "white")
    maps = perfusion_maps(series, brain, 30.0, 1.5, STILL, reference=white)
    assert (maps.reference == (white & brain)).all()
    assert median(maps.k1, white) == pytest.approx(1, abs=0.02)


def test_without_a_mask_a_rough_brain_is_found(series, brain):
    found = rough_brain(series.image(0))
    dice = 2 * (found & brain).sum() / (found.sum() + brain.sum())
    assert dice > 0.9
    maps = perfusion_maps(series, None, 30.0, 1.5, STILL)
    assert (maps.brain == found).mean() > 0.98
    with pytest.raises(InputRefused, match="no brain is found"):
        rough_brain(series.image(0).with_data(np.zeros(series.grid.shape)))


def test_without_an_artery_volume_is_relative_and_flow_is_left_out(series, brain, shares):
    head = brain & (shares[..., TISSUES.index("artery")] < 0.02)
    maps = perfusion_maps(series, head, 30.0, 1.5, STILL)
    assert [f.code for f in maps.findings] in (
        ["no-arterial-input"],
        ["arterial-input-implausible"],
    )
    assert (maps.cbf, maps.mtt, maps.tmax) == (None, None, None)
    assert maps.cbv.unit == "arbitrary"
    assert np.isfinite(maps.cbv.data[head]).all()


def test_undefined_and_empty_voxels_are_left_out(series, brain):
    data = np.array(series.data)
    inside = np.argwhere(brain)[:200]
    data[tuple(inside[:100].T)] = 0
    data[(*inside[100:].T, 7)] = np.nan
    maps = perfusion_maps(series.with_data(data), brain, 30.0, 1.5, STILL)
    for name in ("cbv", "k2", "cbf"):
        assert np.isnan(getattr(maps, name).data[tuple(inside.T)]).all()
    assert maps.quality["undefined_percent"] == pytest.approx(100 * 200 / brain.sum())


def test_smoothing_stays_in_the_brain(series, brain):
    how = replace_settings(STILL, smoothing_mm=6.0)
    smooth = perfusion_maps(series, brain, 30.0, 1.5, how)
    assert smooth.quality["baseline_signal_to_noise"] > 1.5 * 80
    outside = np.array(series.data)
    outside[~brain] = 1e5
    loud = perfusion_maps(series.with_data(outside), brain, 30.0, 1.5, how)
    np.testing.assert_allclose(loud.cbv.data[brain], smooth.cbv.data[brain], rtol=1e-4)


@pytest.mark.parametrize(
    ("te_ms", "tr_s", "problem"),
    [
        (0.03, 1.5, "give 30 ms"),
        (30.0, 1500.0, "give 1.5 s"),
        (None, 1.5, "the echo time is missing"),
        (30.0, None, "the repetition time is missing"),
    ],
)
def test_wrong_times_are_refused_with_their_mend(series, brain, te_ms, tr_s, problem):
    with pytest.raises(InputRefused, match=problem):
        perfusion_maps(series, brain, te_ms, tr_s)


def test_a_series_without_a_bolus_is_refused(series, brain):
    flat = Series(series.grid, series.data[..., :12], "DSC")
    with pytest.raises(InputRefused, match="no bolus is seen"):
        perfusion_maps(flat, brain, 30.0, 1.5)


def test_a_cut_series_is_refused_or_named(series, brain, maps):
    cut = Series(series.grid, series.data[..., : maps.bolus.peak + 2], "DSC")
    with pytest.raises(InputRefused, match="before the bolus has half passed"):
        perfusion_maps(cut, brain, 30.0, 1.5)
    short = Series(series.grid, series.data[..., : maps.bolus.first_pass_end + 6], "DSC")
    found = perfusion_maps(short, brain, 30.0, 1.5, STILL)
    assert "bolus-tail-truncated" in [f.code for f in found.findings]


def test_a_saturated_bolus_is_named(brain):
    late = scan(replace(HEAD, te_ms=120.0, snr=25.0))
    maps = perfusion_maps(late, brain, 120.0, 1.5, STILL)
    assert "first-pass-saturated" in [f.code for f in maps.findings]
    assert maps.quality["saturated_percent"] > 2


def test_masks_and_echoes_must_fit(series, brain):
    with pytest.raises(InputRefused, match="brain mask"):
        perfusion_maps(series, brain[:-1], 30.0, 1.5)
    with pytest.raises(InputRefused, match="brain mask"):
        perfusion_maps(series, np.zeros_like(brain), 30.0, 1.5)
    fewer = Series(series.grid, series.data[..., :-1], "DSC")
    with pytest.raises(InputRefused, match="two echoes have different"):
        perfusion_maps(series, brain, 30.0, 1.5, early_echo=EarlyEcho(fewer, 5.0))


def test_a_hole_without_signal_has_no_blood(series, brain):
    hole = np.zeros_like(brain)
    hole[tuple(np.argwhere(brain).mean(axis=0).astype(int))] = True
    hole = ndimage.binary_dilation(hole, iterations=2)
    noise = np.abs(np.random.default_rng(5).normal(0, 1e-3, (int(hole.sum()), HEAD.frames)))
    data = np.array(series.data)
    data[hole] = noise * np.nanmax(series.data)
    found = perfusion_maps(series.with_data(data), brain, HEAD.te_ms, HEAD.tr_s, STILL)
    assert np.isnan(found.cbv.data[hole]).all()
    assert np.isfinite(found.cbv.data[brain & ~hole]).mean() > 0.99
