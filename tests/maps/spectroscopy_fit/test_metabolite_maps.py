import numpy as np
import pytest
from spectroscopy_scenes import Scene, acquisition, full_basis, ratio_of, signal

from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Level
from gliofront.image.grid import Grid
from gliofront.maps.spectroscopy.metabolite_maps import metabolite_maps
from gliofront.maps.spectroscopy.settings import SpectroscopySettings
from gliofront.maps.spectroscopy.simulate_basis import simulate_basis
from gliofront.maps.spectroscopy.spectra import Spectra

GRID = Grid(
    np.array([[0.0, 10.0, 0.0, 5.0], [-10.0, 0.0, 0.0, 40.0], [0.0, 0.0, 15.0, 3.0], [0, 0, 0, 1]]),
    (4, 3, 1),
)
RATIOS = np.array([0.3, 0.8, 2.6, 4.0])


def simulate(te_ms, *, with_water=False, sd=1.2):
    """Return a grid whose ratio rises along the first axis, its basis, and the true ratios."""
    press = acquisition(te_ms)
    basis, generator = full_basis(press), np.random.default_rng(5)
    fids = np.zeros((*GRID.shape, press.points), dtype=np.complex64)
    water, truth = np.zeros_like(fids), np.zeros(GRID.shape)
    for i, j, k in np.ndindex(GRID.shape):
        scene = Scene(
            cho_naa=RATIOS[i],
            width_hz=4.0 + 2.0 * j,
            shift_hz=generator.uniform(-8, 8),
            phase=generator.uniform(-3, 3),
            lipids=0.7 * (i == 2),
            water=40.0,
            sd=sd,
        )
        fids[i, j, k], amounts = signal(scene, basis, generator)
        truth[i, j, k] = ratio_of(amounts)
        wave = 2j * np.pi * scene.shift_hz * press.time_s + 1j * scene.phase
        water[i, j, k] = 2 * 20000.0 * np.exp(wave - np.pi * 7 * press.time_s)
    return Spectra(GRID, fids, press, water if with_water else None), basis, truth


@pytest.mark.parametrize("te_ms", [30.0, 144.0])
def test_a_grid_gives_the_ratio_back_on_its_own_grid(te_ms):
    spectra, basis, truth = simulate(te_ms)
    maps = metabolite_maps(spectra, basis)
    ratio = maps.values["Cho/NAA"]
    assert ratio.grid is spectra.grid
    bias = np.median(ratio.data / truth) - 1
    assert abs(bias) < 0.05
    assert np.abs(ratio.data / truth - 1).max() < 0.25
    pulls = (ratio.data - truth) / maps.bounds["Cho/NAA"].data
    assert np.sqrt(np.mean(pulls**2)) < 1.5
    np.testing.assert_array_equal(maps.high_ratio.data > 0, truth > 2)
    assert maps.quality["voxels_given"] == 12
    assert ratio.unit == "ratio"
    assert [f.code for f in maps.findings] == ["no-water-reference"]
    assert set(maps.values) == set(maps.bounds) == {"Cho/NAA", "tNAA", "tCho", "tCr", "Glx"}
    assert np.median(maps.values["tCr"].data) == pytest.approx(1.0)


def test_water_gives_millimolar():
    spectra, basis, _ = simulate(30.0, with_water=True)
    maps = metabolite_maps(spectra, basis)
    assert maps.values["tCr"].unit == "mmol/L"
    # The simulated signals and water have not relaxed; what is assumed to be lost is given back.
    water = (1 - np.exp(-2.0 / 0.83)) * np.exp(-30.0 / 80.0)
    creatine = (1 - np.exp(-2.0 / 1.24)) * np.exp(-30.0 / 156.0)
    expected = 7.5 * 35880 / 20000 * water / creatine
    assert np.median(maps.values["tCr"].data) == pytest.approx(expected, rel=0.05)
    assert maps.findings[0].code == "water-reference-assumed"
    relative = metabolite_maps(
        spectra,
        basis,
        settings=SpectroscopySettings.model_validate({"water": {"reference": False}}),
    )
    assert relative.values["tNAA"].unit == "ratio to tCr"


def test_the_order_of_voxels_does_not_matter():
    spectra, basis, _ = simulate(144.0)
    turned = Spectra(GRID, spectra.fids[::-1, ::-1], spectra.acquisition)
    one, other = metabolite_maps(spectra, basis), metabolite_maps(turned, basis)
    for name, volume in one.values.items():
        np.testing.assert_array_equal(volume.data, other.values[name].data[::-1, ::-1])


def test_poor_voxels_are_left_out_and_counted():
    spectra, basis, _ = simulate(144.0)
    fids, press = spectra.fids.copy(), spectra.acquisition
    parts = np.random.default_rng(6).standard_normal((2, press.points)) * 60
    fids[0, 0, 0] = parts[0] + 1j * parts[1]
    fids[0, 1, 0] = 0.0
    fids[0, 2, 0] *= np.exp(-70 * press.time_s)
    fids[1, 0, 0, 5] = np.nan
    mask = np.ones(GRID.shape, bool)
    mask[3] = False
    maps = metabolite_maps(Spectra(GRID, fids, press), basis, mask)
    assert np.isnan(maps.values["Cho/NAA"].data[0]).all()
    assert np.isnan(maps.values["Cho/NAA"].data[3]).all()
    assert maps.reasons.data[0, 1, 0] == maps.reasons.data[1, 0, 0] > 0
    names = [maps.reasons.names[int(code)] for code in maps.reasons.data[0, :, 0]]
    assert names[1] == "no_signal"
    assert names[0] in {"low_snr", "not_converged"}
    assert names[2] in {"low_snr", "broad_lines"}
    assert maps.quality["no_signal_voxels"] == 2
    assert maps.quality["voxels_asked"] == 9
    assert maps.quality["voxels_given"] == 5
    assert not maps.high_ratio.data[3].any()


def test_choline_without_naa_is_marked_though_its_ratio_is_not_given():
    press = acquisition(144.0)
    basis, generator = full_basis(press), np.random.default_rng(7)
    normal = dict(Scene().brain)
    tumour = {**normal, "NAA": 0.0, "NAAG": 0.0, "GPC": 3.0, "PCh": 3.0}
    fids = np.zeros((4, 1, 1, press.points), dtype=np.complex64)
    for index, brain in enumerate([normal, normal, normal, tumour]):
        fids[index, 0, 0], _ = signal(Scene(brain=brain, sd=1.5, bumps=0.0), basis, generator)
    grid = Grid(np.diag([10.0, 10.0, 10.0, 1.0]), (4, 1, 1))
    maps = metabolite_maps(Spectra(grid, fids, press), basis)
    codes = {name: code for code, name in maps.reasons.names.items()}
    if np.isnan(maps.values["Cho/NAA"].data[3]).all():
        assert maps.reasons.data[3, 0, 0] == codes["not_detected"]
    assert maps.high_ratio.data[:, 0, 0].tolist() == [0, 0, 0, 1]


def test_few_usable_voxels_are_a_warning():
    press = acquisition(144.0)
    parts = np.random.default_rng(8).standard_normal((2, 3, 1, 1, press.points))
    grid = Grid(np.diag([10.0, 10.0, 10.0, 1.0]), (3, 1, 1))
    maps = metabolite_maps(Spectra(grid, parts[0] + 1j * parts[1], press), full_basis(press))
    assert np.isnan(maps.values["Cho/NAA"].data).all()
    warning = next(f for f in maps.findings if f.code == "few-spectra-usable")
    assert warning.level is Level.WARNING
    assert "0 of 3 voxels" in warning.problem


def test_what_does_not_fit_together_is_refused():
    spectra, basis, _ = simulate(144.0)
    empty = np.zeros(GRID.shape, bool)
    with pytest.raises(InputRefused, match="no voxel of the mask has a signal"):
        metabolite_maps(spectra, basis, empty)
    with pytest.raises(InputRefused, match="mask of shape"):
        metabolite_maps(spectra, basis, np.ones((2, 2, 2), bool))
    with pytest.raises(InputRefused, match="nothing of tCho"):
        metabolite_maps(spectra, basis.only(["NAA", "Cr"]))
    with pytest.raises(InputRefused, match="PRESS at 30 ms"):
        metabolite_maps(spectra, full_basis(acquisition(30.0)))
    with pytest.raises(InputRefused, match="points, dwell time or centre"):
        metabolite_maps(spectra, simulate_basis(acquisition(144.0, 512)))
