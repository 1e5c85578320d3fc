from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gliofront.image.grid import Grid
from gliofront.image.resample import resample_volume
from gliofront.phantom import tissue_signals
from gliofront.phantom.anatomy import make_anatomy
from gliofront.phantom.patient import VirtualPatient
from gliofront.phantom.scanner import acquire, noisy_adc, rician, sequence_grid
from gliofront.phantom.settings import PhantomSettings
from gliofront.phantom.sites import SITES, spin_signal
from gliofront.phantom.tissue_maps import make_maps
from gliofront.phantom.tissue_signals import FLUID, GREY, OEDEMA, SOLID_TUMOUR, WHITE, TissueSignal
from gliofront.phantom.tumour import grow_tumour

COARSE = PhantomSettings(resolution_mm=4.0)


def signal(tissue: TissueSignal, sequence: str, site: str) -> float:
    how = SITES[site].protocols[sequence]
    r1 = 1000 / tissue.t1_ms + (tissue.uptake if sequence == "T1C" else 0)
    return float(spin_signal(tissue.water, r1, 1000 / tissue.t2_ms, how))


@pytest.mark.parametrize("site", ["A", "B", "C"])
def test_contrast_is_what_a_radiologist_expects(site: str) -> None:
    def order(sequence: str, *tissues: TissueSignal) -> None:
        values = [signal(t, sequence, site) for t in tissues]
        assert values == sorted(values), (sequence, values)

    order("T1", FLUID, GREY, WHITE)
    order("T1C", FLUID, GREY, WHITE, SOLID_TUMOUR)
    order("T2", WHITE, GREY, OEDEMA, FLUID)
    order("FLAIR", FLUID, WHITE, GREY, OEDEMA)


def test_every_row_of_the_table_has_a_source() -> None:
    rows = [v for v in vars(tissue_signals).values() if hasattr(v, "source")]
    assert len(rows) >= 8
    assert all(len(row.source) > 40 for row in rows)


def test_sites_differ_in_scale_and_contrast(coarse: list[VirtualPatient]) -> None:
    def white_and_ratio(patient: VirtualPatient) -> tuple[float, float]:
        t1c = patient.scans["T1C"].data
        white = float(np.median(t1c[t1c > 0]))
        enhancing = float(np.median(t1c[patient.tumour.mask("enhancing")]))
        return white, enhancing / white

    found = {s: np.array([white_and_ratio(p) for p in coarse if p.site == s]) for s in "AB"}
    assert abs(np.log(found["A"][:, 0].mean() / found["B"][:, 0].mean())) > 0.15
    assert abs(found["A"][:, 1].mean() - found["B"][:, 1].mean()) > 0.1


def placed(patient: VirtualPatient, sequence: str) -> np.ndarray:
    """A sequence on the T1C grid, put back by the true motion."""
    pull = patient.pulls[sequence]
    return resample_volume(patient.scans[sequence], patient.grid, pull=pull, fill=0).data


def healthy(patient: VirtualPatient) -> np.ndarray:
    return patient.brain.mask("brain") & (patient.tumour.data == 0) & (patient.density.data < 1e-6)


def test_adc_is_plausible_in_white_matter_and_fluid(fine: list[VirtualPatient]) -> None:
    for patient in fine:
        adc, t1, t2 = (placed(patient, s)[healthy(patient)] for s in ("ADC", "T1", "T2"))
        white = (t2 < np.quantile(t2[t2 > 0], 0.3)) & (t1 > np.median(t1))
        assert 0.7e-3 < np.median(adc[white]) < 0.9e-3
        assert 2.2e-3 < np.quantile(adc, 0.999) < 3.6e-3
    # At low signal the noise floor hides a little of free water's ADC, as on real scanners.
    noisy = noisy_adc(np.random.default_rng(0), np.full((40, 40, 40), 3.0e-3), 60.0)
    assert np.median(noisy) == pytest.approx(3.0e-3, rel=0.05)


def test_a_site_may_give_adc_in_another_unit() -> None:
    anatomy = make_anatomy(np.random.default_rng(0), 4.0, COARSE.anatomy)
    tumour = grow_tumour(np.random.default_rng(1), anatomy, COARSE.tumour)
    maps = make_maps(np.random.default_rng(2), anatomy, tumour, 0.0 * anatomy.fluid)
    usual, other = (
        acquire(np.random.default_rng(3), maps, anatomy.grid, anatomy.brain, "ADC", site, np.eye(4))
        for site in (replace(SITES["C"], adc_per_mm2_s=1.0), SITES["C"])
    )
    assert (usual.unit, other.unit) == ("mm2/s", "1e-06 mm2/s")
    np.testing.assert_allclose(other.data, 1e6 * usual.data, rtol=1e-5)


def test_adc_rises_from_healthy_tissue_to_oedema_to_necrosis(fine: list[VirtualPatient]) -> None:
    for patient in fine:
        adc = placed(patient, "ADC")
        wet, solid, dead = (
            np.median(adc[patient.tumour.mask(n)]) for n in ("oedema", "enhancing", "necrosis")
        )
        assert np.median(adc[healthy(patient)]) < wet < dead
        assert 1.05e-3 < wet < 1.6e-3
        assert 0.9e-3 < solid < 1.35e-3


def test_cells_lower_adc_in_oedema_and_raise_blood_volume() -> None:
    anatomy = make_anatomy(np.random.default_rng(0), 4.0, COARSE.anatomy)
    tumour = grow_tumour(np.random.default_rng(1), anatomy, COARSE.tumour)
    vasogenic = 0.9 * anatomy.brain
    bare = replace(tumour, density=np.where(tumour.core, tumour.density, 0))
    with_cells, without = (
        make_maps(np.random.default_rng(2), anatomy, t, vasogenic) for t in (tumour, bare)
    )
    where = ~tumour.core & (tumour.density > 0.2) & (anatomy.fluid < 0.1) & (anatomy.vessels < 0.01)
    change = with_cells.adc[where] / without.adc[where] - 1
    assert -0.3 < np.median(change) < -0.02
    assert (with_cells.rcbv[where] > without.rcbv[where]).all()
    assert (with_cells.uptake[where] > without.uptake[where]).all()


def test_blood_volume_is_raised_in_tumour(fine: list[VirtualPatient]) -> None:
    for patient in fine:
        rcbv = placed(patient, "rCBV")
        enhancing = np.median(rcbv[patient.tumour.mask("enhancing")])
        assert 1.0 < np.median(rcbv[healthy(patient)]) < 2.5
        assert enhancing > 1.8
        assert np.median(rcbv[patient.tumour.mask("necrosis")]) < enhancing


def test_scans_are_stripped_to_exactly_zero(coarse: list[VirtualPatient]) -> None:
    for patient in coarse[:2]:
        for scan in patient.scans.values():
            corner = scan.data[:2, :2, :2]
            assert (corner == 0).all()
            assert 0.1 < (scan.data == 0).mean() < 0.9
            assert np.isfinite(scan.data).all()
        outside = ~patient.brain.mask("brain")
        assert (patient.scans["T1C"].data[outside] == 0).all()


def test_the_true_pull_puts_a_sequence_back(fine: list[VirtualPatient]) -> None:
    def alike(patient: VirtualPatient, sequence: str, pull: np.ndarray) -> float:
        back = resample_volume(patient.scans[sequence], patient.grid, pull=pull, fill=0).data
        t1c = patient.scans["T1C"].data
        # Vessels and noise's tail out: they are bright on T1C alone.
        where = healthy(patient) & (t1c < np.quantile(t1c[t1c > 0], 0.98))
        return float(abs(np.corrcoef(back[where], t1c[where])[0, 1]))

    shift = np.eye(4)
    shift[:3, 3] = 2.0
    for patient in fine:
        for sequence in ("T1", "T2"):
            true = patient.pulls[sequence]
            aligned = alike(patient, sequence, true)
            assert aligned > alike(patient, sequence, np.eye(4)), sequence
            assert aligned > alike(patient, sequence, shift @ true), sequence
            assert aligned > alike(patient, sequence, np.linalg.inv(true)), sequence
    assert alike(fine[0], "T1", fine[0].pulls["T1"]) > 0.9


def test_sequences_have_grids_of_their_own(coarse: list[VirtualPatient]) -> None:
    first, second = coarse[0], coarse[1]
    assert first.scans["FLAIR"].grid.spacing.tolist() == [4.0, 4.0, 8.0]
    assert second.scans["FLAIR"].grid.axis_codes == "LAS"
    assert not first.scans["FLAIR"].grid.matches(first.grid)
    assert first.scans["T1C"].grid.matches(first.brain.grid)


@pytest.mark.parametrize("flipped", [False, True])
def test_a_sequence_grid_covers_the_head(flipped: bool) -> None:
    t1c = Grid(np.diag([2.0, 2.0, 2.0, 1.0]), (41, 50, 33))
    other = sequence_grid(t1c, (1, 1.25, 2), flipped)
    for grid in (t1c, other):
        assert grid.spacing.min() > 0
    reach = other.corners()
    half = other.spacing / 2
    assert (reach.min(0) - half <= t1c.corners().min(0) - 1 + 1e-9).all()
    assert (reach.max(0) + half >= t1c.corners().max(0) + 1 - 1e-9).all()


def test_rician_noise_has_its_known_floor() -> None:
    floor = rician(np.random.default_rng(0), np.zeros((50, 50, 50)), 2.0)
    assert floor.mean() == pytest.approx(2.0 * np.sqrt(np.pi / 2), rel=0.01)
