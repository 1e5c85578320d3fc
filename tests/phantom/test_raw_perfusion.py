"""Raw bolus series against the blood volume that they were made from."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from raw_heads import STILL, head

from gliofront.foundation.errors import InputRefused
from gliofront.image.series import Series
from gliofront.maps.perfusion.estimate import perfusion_maps
from gliofront.maps.perfusion.maps import PerfusionMaps
from gliofront.maps.perfusion.settings import MotionSettings, PerfusionSettings
from gliofront.phantom.perfusion_signal import (
    DELAY_S,
    Perfused,
    agent,
    arterial_input,
    bolus_signal,
    white_signal,
)
from gliofront.phantom.raw_scans import RawPerfusionScan, acquire_perfusion
from gliofront.phantom.settings import RawSettings
from gliofront.phantom.sites import SITES

QUICK = PerfusionSettings(motion=MotionSettings(enabled=False))
HOW = SITES["A"].perfusion


@cache
def take(site: str = "A", noise: float = 0.0, seed: int = 5) -> RawPerfusionScan:
    whole, settings = head(), RawSettings(noise=noise)
    rng = np.random.default_rng(seed)
    return acquire_perfusion(
        rng, whole.maps, whole.grid, whole.brain, SITES[site], whole.pull(), settings
    )


def mapped(scan: RawPerfusionScan) -> PerfusionMaps:
    brain = head().onto(np.ones(head().grid.shape), scan.grid, head().pull()) > 0.5
    return perfusion_maps(
        Series(scan.grid, scan.series, "DSC"), brain, scan.te_ms, scan.tr_s, QUICK
    )


def voxels(count: int = 1, **values: float) -> Perfused:
    usual = {
        **{"r1": 1.2, "r2": 12.5, "water": 0.7, "fluid": 0.0, "cbv": 0.027, "artery": 0.0},
        **{"mtt_s": 4.5, "ktrans": 0.0, "ve": 0.3},
    }
    return Perfused(**{k: np.full(count, v) for k, v in {**usual, **values}.items()})


def test_the_input_rises_once_then_comes_back_lower() -> None:
    time = np.arange(0, 120, 0.1)
    curve = arterial_input(time, 20.0)
    assert (curve[time <= 20] == 0).all()
    assert curve.max() == pytest.approx(6.0, rel=0.05)
    assert time[curve.argmax()] == pytest.approx(24.5, abs=0.2)
    second = curve[(time > 36) & (time < 50)]
    assert 0.15 < second.max() / curve.max() < 0.4
    assert curve[-1] == pytest.approx(0.8, rel=0.15)


def test_agent_in_vessels_has_the_area_of_the_blood_volume() -> None:
    """Meier and Zierler's central volume: what flows through a volume stays its transit time."""
    frames, tr_s = 400, 0.5
    vessel, between = agent(voxels(), frames, tr_s, 10.0)
    time = np.arange(frames) * tr_s
    late = time > 80  # the second pass has washed through
    steady = arterial_input(time, 10.0 + DELAY_S)
    np.testing.assert_allclose(vessel[0, late], 0.027 * steady[late], rtol=0.02)
    assert np.trapezoid(vessel[0]) == pytest.approx(0.027 * np.trapezoid(steady), rel=0.02)
    assert (between == 0).all()


def test_leaked_agent_tends_to_what_the_space_holds() -> None:
    leaky = voxels(ktrans=0.5 / 60, ve=0.2)
    _, between = agent(leaky, 400, 1.5, 10.0)
    slow = arterial_input(np.arange(400) * 1.5, 10.0)
    assert between[0, -1] == pytest.approx(0.2 * slow[-1], rel=0.15)
    # At first it is the integral of the input times Ktrans.
    begun = 12
    fine = np.arange(0, begun * 1.5 + 0.01, 0.01)
    wanted = 0.5 / 60 * arterial_input(fine, 10.0 + DELAY_S).sum() * 0.01
    assert between[0, begun] == pytest.approx(wanted, rel=0.15)


def test_leakage_brightens_or_darkens_the_end_of_the_curve() -> None:
    still = bolus_signal(voxels(), HOW, 20.0)[0]
    # Long T1: agent between cells brightens; many cells in little space: it darkens more.
    t1 = bolus_signal(voxels(ktrans=0.1 / 60, r1=0.5), HOW, 20.0)[0]
    assert still[0] == pytest.approx(white_signal(HOW), rel=0.05)
    assert still.min() < 0.85 * still[0]
    assert 0.93 < still[-1] / still[0] < 1.0
    assert t1[-1] / t1[0] > 1.02


@pytest.mark.parametrize("site", ["A", "B", "C"])
def test_ratios_without_noise_are_the_truth(site: str) -> None:
    scan, whole = take(site), head()
    maps, truth = mapped(scan), whole.onto(whole.maps.cbv, scan.grid, whole.pull())
    tissues = whole.tissues_on(scan.grid, whole.pull(), 0.8)
    white = tissues["white"]
    measured = maps.cbv.data / np.median(maps.cbv.data[white])
    true = truth / np.median(truth[white])
    # In necrosis there is much leakage over little blood: what its correction leaves is more.
    most = {"grey": 0.04, "oedema": 0.04, "rim": 0.08, "necrosis": 0.12}
    for name, limit in most.items():
        where = tissues[name]
        wrong = np.median(measured[where] / true[where]) - 1
        assert where.sum() > 5
        assert abs(wrong) < limit, (name, wrong)
    quiet = whole.onto(whole.maps.arteries, scan.grid, whole.pull()) < 0.01
    both = np.isfinite(measured) & quiet
    assert np.corrcoef(measured[both], true[both])[0, 1] > 0.93
    inside = tissues["oedema"] | tissues["rim"] | tissues["necrosis"]
    assert np.corrcoef(measured[inside], true[inside])[0, 1] > 0.98


def test_ratios_with_noise_by_tissue() -> None:
    scan, whole = take("A", 1.0), head()
    maps, truth = mapped(scan), whole.onto(whole.maps.cbv, scan.grid, whole.pull())
    tissues = whole.tissues_on(scan.grid, whole.pull(), 0.8)
    white = tissues["white"]
    measured, true = (
        values / np.nanmedian(values[white]) for values in (maps.cbv.data.astype(float), truth)
    )
    for name, where in tissues.items():
        wrong = np.abs(measured[where] - true[where])
        assert np.nanmedian(wrong) < 0.15 * np.median(true[where]), name
    assert measured[tissues["oedema"]].mean() < measured[tissues["rim"]].mean()


def test_an_arterial_input_is_found_in_the_arteries() -> None:
    maps, scan, whole = mapped(take("A", 1.0)), take("A", 1.0), head()
    assert not maps.findings
    arteries = whole.onto(whole.maps.arteries, scan.grid, whole.pull())
    assert np.median(arteries[maps.artery]) > 0.15
    assert abs(maps.quality["artery_width_s"] - 6.0) < 2.5
    assert maps.bolus.arrival * scan.tr_s == pytest.approx(scan.arrival_s, abs=6)


def test_leakage_shows_in_tumour_alone() -> None:
    scan, whole = take("A"), head()
    maps = mapped(scan)
    tissues = whole.tissues_on(scan.grid, whole.pull(), 0.8)
    k2 = {name: float(np.nanmedian(maps.k2.data[where])) for name, where in tissues.items()}
    assert k2["rim"] > 1e-3
    assert max(abs(k2[name]) for name in ("white", "grey", "oedema")) < 0.2 * k2["rim"]


def test_noise_is_that_of_the_protocol_and_numbers_are_whole() -> None:
    noisy = take("A", 1.0)
    before = noisy.series[..., : int(noisy.arrival_s / noisy.tr_s) - 1]
    white = head().tissues_on(noisy.grid, head().pull())["white"]
    ratio = before[white].mean(-1) / before[white].std(-1, ddof=1)
    assert np.median(ratio) == pytest.approx(HOW.snr, rel=0.3)
    assert np.array_equal(noisy.series, np.rint(noisy.series))
    assert noisy.series.shape[-1] == HOW.frames


def test_same_seed_same_bytes_and_every_site_has_its_own_protocol() -> None:
    whole = head()
    again = acquire_perfusion(
        np.random.default_rng(5), whole.maps, whole.grid, whole.brain, SITES["B"], whole.pull()
    )
    assert again.series.tobytes() == take("B", 1.0).series.tobytes()
    told = {s: (take(s).te_ms, take(s).tr_s, take(s).flip_degrees) for s in "ABC"}
    assert len(set(told.values())) == 3
    nothing = SITES["A"].__class__(**{**vars(SITES["A"]), "perfusion": None})
    with pytest.raises(InputRefused, match="takes no perfusion series"):
        acquire_perfusion(
            np.random.default_rng(5), whole.maps, whole.grid, whole.brain, nothing, np.eye(4), STILL
        )
