"""Raw spectra against the concentrations that they were made from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from raw_heads import head

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.maps.spectroscopy.acquisition import spectrum
from gliofront.maps.spectroscopy.macromolecules import macromolecules
from gliofront.maps.spectroscopy.metabolite_maps import metabolite_maps
from gliofront.maps.spectroscopy.simulate_basis import simulate_basis
from gliofront.maps.spectroscopy.spectra import Spectra
from gliofront.phantom.raw_scans import RawSpectroscopyScan, acquire_spectroscopy
from gliofront.phantom.settings import RawSettings
from gliofront.phantom.sites import SITES, Site
from gliofront.phantom.spectroscopy_signal import (
    box_means,
    fill_boxes,
    left,
    metabolite_signals,
    pattern_signals,
    water_amount,
)
from gliofront.phantom.tissue_metabolites import METABOLITES, RELAXATION


def take(site: Site = SITES["A"], noise: float = 1.0, seed: int = 5) -> RawSpectroscopyScan:
    whole, settings = head(), RawSettings(noise=noise)
    rng = np.random.default_rng(seed)
    return acquire_spectroscopy(
        rng, whole.maps, whole.grid, whole.brain, site, whole.pull(), settings
    )


def smaller(site: str) -> Site:
    how = SITES[site].spectroscopy
    return replace(SITES[site], spectroscopy=replace(how, boxes=(6, 6, 1)))


def means(scan: RawSpectroscopyScan) -> dict[str, np.ndarray]:
    whole = head()
    values = {**whole.maps.metabolites, "brain": whole.brain.astype(float)}
    return box_means(values, whole.grid, scan.grid, whole.pull())


def test_boxes_hold_the_mean_of_what_is_in_them() -> None:
    fine = Grid(np.diag([1.0, 1.0, 1.0, 1.0]), (20, 20, 10))
    coarse = Grid(np.array([[-10.0, 0, 0, 14.5], [0, 10, 0, 4.5], [0, 0, 10, 4.5], [0, 0, 0, 1]]),
                  (2, 2, 1))  # fmt: skip
    values = np.random.default_rng(0).random(fine.shape)
    found = box_means({"x": values}, fine, coarse, np.eye(4))["x"]
    assert found[0, 0, 0] == pytest.approx(values[10:, :10].mean())
    assert found[1, 1, 0] == pytest.approx(values[:10, 10:].mean())
    shifted = np.eye(4)
    shifted[0, 3] = 10
    moved = box_means({"x": values}, fine, coarse, shifted)["x"]
    np.testing.assert_allclose(moved[0], found[1])
    assert (moved[1] == 0).all()


def test_signals_are_the_sum_of_the_concentrations() -> None:
    scan, whole = take(smaller("A")), head()
    boxes = fill_boxes(whole.maps, whole.grid, whole.brain, scan.grid, whole.pull())
    signals = metabolite_signals(boxes, scan.acquisition, 0.0)
    columns = np.stack(pattern_signals(scan.acquisition), axis=1)
    amounts = np.linalg.lstsq(columns, signals.reshape(-1, 1024).T, rcond=None)[0]
    for row, name in enumerate(METABOLITES):
        np.testing.assert_allclose(amounts[row].real, means(scan)[name].ravel(), atol=1e-4)


def test_water_is_that_of_tissue() -> None:
    scan, whole = take(smaller("A"), noise=0.0), head()
    boxes = fill_boxes(whole.maps, whole.grid, whole.brain, scan.grid, whole.pull())
    full = means(scan)["brain"] > 0.98
    expected = 2 * 55500 * 0.75 * left(scan.acquisition, 1.0, 90.0)
    amount = water_amount(boxes, scan.acquisition)[full]
    assert 0.6 < np.median(amount) / expected < 1.4
    np.testing.assert_allclose(np.abs(scan.water[full][:, 0]), amount, rtol=1e-5)
    # Suppression leaves a thousandth or so of it.
    assert np.abs(scan.fids[full][:, 0]).max() < 0.05 * amount.min()


@pytest.mark.slow
@pytest.mark.parametrize("site", ["A", "B"])
def test_cho_over_naa_is_the_truth_but_for_relaxation(site: str) -> None:
    scan = take(smaller(site))
    experiment = scan.acquisition
    names = ["Lip09", "Lip13a", "Lip13b", "Lip20"]
    if experiment.te_ms < 100:
        names += ["MM09", "MM12", "MM14", "MM17", "MM20"]
    basis = simulate_basis(experiment).joined(macromolecules(experiment, names))
    boxes = means(scan)
    spectra = Spectra(scan.grid, scan.fids, experiment, scan.water)
    asked = boxes["brain"] > 0.8
    maps = metabolite_maps(spectra, basis, asked)
    ratio, bound = (m["Cho/NAA"].data for m in (maps.values, maps.bounds))
    faded = left(experiment, *RELAXATION["tCho"]) / left(experiment, *RELAXATION["tNAA"])
    truth = faded * boxes["tCho"] / np.maximum(boxes["tNAA"], 1e-6)
    given = np.isfinite(ratio)
    assert given.sum() > 0.7 * asked.sum() > 10
    assert truth[given].max() > 3 * truth[given].min()
    assert np.median(ratio[given] / truth[given]) == pytest.approx(1, abs=0.1)
    assert np.corrcoef(np.log(ratio[given]), np.log(truth[given]))[0, 1] > 0.97
    if site == "A":
        assert np.sqrt(np.mean(((ratio - truth) / bound)[given] ** 2)) < 1.6


def test_a_short_echo_shows_lipids_of_necrosis_and_of_the_scalp() -> None:
    scan, whole = take(noise=0.0), head()
    boxes = fill_boxes(whole.maps, whole.grid, whole.brain, scan.grid, whole.pull())
    spectra = np.abs(spectrum(scan.fids))
    ppm = scan.acquisition.ppm
    lipid = spectra[..., (ppm > 0.8) & (ppm < 1.5)].max(-1)
    inside = means(scan)["brain"] > 0.95
    quiet = inside & (boxes.metabolites["Lip"] < 0.01) & (boxes.scalp < 0.01)
    dead = boxes.metabolites["Lip"] > 0.5
    edge = (means(scan)["brain"] > 0.3) & (boxes.scalp > 0.15) & ~dead
    assert min(quiet.sum(), dead.sum(), edge.sum()) >= 1
    assert np.median(lipid[dead]) > 2 * np.median(lipid[quiet])
    assert np.median(lipid[edge]) > 1.5 * np.median(lipid[quiet])


def test_the_slice_goes_through_the_tumour() -> None:
    for site in "AB":
        scan, whole = take(SITES[site]), head()
        core = box_means(
            {"core": whole.tumour.core.astype(float)}, whole.grid, scan.grid, whole.pull()
        )["core"]
        assert core.max() > 0.8
        assert scan.grid.spacing.tolist() == [10.0, 10.0, 15.0]
        assert scan.fids.dtype == np.complex64
    assert take(SITES["B"]).grid.axis_codes == "LAS"


def test_noise_is_that_of_the_protocol() -> None:
    scan, clean = take(noise=1.0), take(noise=0.0)
    sd = (scan.fids - clean.fids).real.std()
    how = SITES["A"].spectroscopy
    methyl = 3 * 9.5 * 0.85 * left(scan.acquisition, *RELAXATION["tNAA"])
    assert methyl / sd == pytest.approx(how.snr, rel=0.02)


def test_same_seed_same_bytes_and_a_site_without_spectra_refuses() -> None:
    one, two, other = take(seed=1), take(seed=1), take(seed=2)
    assert one.fids.tobytes() == two.fids.tobytes()
    assert one.fids.tobytes() != other.fids.tobytes()
    with pytest.raises(InputRefused, match="site C: it takes no spectra"):
        take(SITES["C"])
