"""Raw diffusion series against the tensors that they were made from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from raw_heads import STILL, head
from scipy.spatial.transform import Rotation

from gliofront.foundation.errors import InputRefused
from gliofront.image.series import Series
from gliofront.maps.diffusion.estimate import fit_maps
from gliofront.maps.diffusion.gradients import Gradients
from gliofront.maps.diffusion.maps import FittedMaps
from gliofront.maps.diffusion.shift import unwarp
from gliofront.phantom.diffusion_signal import fractional_anisotropy, spread_directions
from gliofront.phantom.raw_scans import RawDiffusionScan, acquire_diffusion
from gliofront.phantom.settings import RawSettings
from gliofront.phantom.sites import SITES, Site
from gliofront.phantom.susceptibility import sources_of, susceptibility_field


def take(
    settings: RawSettings | None = None,
    site: Site = SITES["A"],
    pull: np.ndarray | None = None,
    seed: int = 5,
) -> RawDiffusionScan:
    whole = head()
    pull = np.eye(4) if pull is None else pull
    rng = np.random.default_rng(seed)
    return acquire_diffusion(rng, whole.maps, whole.grid, whole.brain, site, pull, settings)


def fitted(scan: RawDiffusionScan, pull: np.ndarray | None = None) -> FittedMaps:
    brain = head().onto(np.ones(head().grid.shape), scan.grid, pull) > 0.5
    gradients = Gradients(scan.b_values, scan.directions)
    return fit_maps(Series(scan.grid, scan.series, "DWI"), gradients, brain)


def test_the_directions_determine_a_tensor_evenly() -> None:
    gradients = Gradients(np.full(12, 1000.0), spread_directions())
    assert gradients.condition_number() < 1.65
    closest = np.abs(spread_directions() @ spread_directions().T) - np.eye(12)
    assert np.degrees(np.arccos(closest.max())) > 30


def test_maps_of_a_still_scan_without_noise_are_the_truth() -> None:
    scan, whole = take(STILL), head()
    maps = fitted(scan)
    assert scan.grid.matches(whole.grid)
    inside = whole.brain & np.isfinite(maps.adc.data)
    assert inside.sum() == whole.brain.sum()
    np.testing.assert_allclose(maps.adc.data[inside], whole.maps.adc[inside], rtol=1e-4)
    fa = fractional_anisotropy(whole.maps.tensor)
    np.testing.assert_allclose(maps.fa.data[inside], fa[inside], atol=1e-4)
    strong = inside & (fa > 0.3)
    along = np.einsum("vi,vi->v", maps.principal[strong], whole.fibres.direction[strong])
    assert np.abs(along).min() > 0.999


@pytest.mark.parametrize("site", ["A", "B"])
def test_errors_with_noise_motion_and_distortion_are_small_by_tissue(site: str) -> None:
    whole, pull = head(), head().pull()
    scan = take(site=SITES[site], pull=pull)
    maps = fitted(scan, pull)
    adc = whole.onto(whole.maps.adc, scan.grid, pull)
    fa = whole.onto(fractional_anisotropy(whole.maps.tensor), scan.grid, pull)
    for name, where in whole.tissues_on(scan.grid, pull, 0.8).items():
        wrong = np.nanmedian(maps.adc.data[where] / adc[where]) - 1
        assert abs(wrong) < 0.05, (name, wrong)
        # Noise and interpolation lift a low FA and never by more than this.
        wrong = np.nanmedian(maps.fa.data[where] - fa[where])
        assert -0.05 < wrong < 0.1, (name, wrong)


def test_directions_are_the_scanner_s_and_the_head_turns_under_them() -> None:
    whole, centre = head(), head().grid.corners().mean(0)
    turned = np.eye(4)
    turned[:3, :3] = Rotation.from_euler("xyz", [12, -8, 15], degrees=True).as_matrix()
    turned[:3, 3] = centre - turned[:3, :3] @ centre
    scan = take(STILL, pull=turned)
    assert np.array_equal(scan.directions, take(STILL).directions)
    maps = fitted(scan, turned)
    axis = whole.fibres.direction
    axes = np.stack([
        whole.onto(axis[..., a] * axis[..., b], scan.grid, turned)
        for a, b in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
    ], -1)  # fmt: skip
    _, vectors = np.linalg.eigh(axes[..., [[0, 3, 4], [3, 1, 5], [4, 5, 2]]])
    expected = vectors[..., 2] @ turned[:3, :3].T
    strong = np.isfinite(maps.fa.data) & (maps.fa.data > 0.45)
    along = np.abs(np.einsum("vi,vi->v", maps.principal[strong], expected[strong]))
    unturned = np.abs(np.einsum("vi,vi->v", maps.principal[strong], vectors[strong][..., 2]))
    assert np.degrees(np.arccos(np.median(along.clip(0, 1)))) < 4
    assert np.degrees(np.arccos(np.median(unturned.clip(0, 1)))) > 8


def test_images_of_one_series_move_by_what_is_stated() -> None:
    scan = take(RawSettings(noise=0, distortion=0, volume_shift_mm=3, volume_turn_degrees=0))
    assert np.array_equal(scan.moves[0], np.eye(4))
    weights = scan.series[..., 1:].astype(np.float64)
    index = np.indices(scan.grid.shape)
    still = take(STILL).series
    for n in range(1, 4):
        middles = [
            scan.grid.to_world([(w * i).sum() / w.sum() for i in index])
            for w in (weights[..., n - 1], still[..., n].astype(np.float64))
        ]
        np.testing.assert_allclose(middles[0] - middles[1], scan.moves[n][:3, 3], atol=0.15)
    gone = np.linalg.norm(scan.moves[1:, :3, 3], axis=1)
    assert 1 < gone.mean() < 8


def test_the_stated_distortion_undoes_itself() -> None:
    scan = take(RawSettings(noise=0, volume_shift_mm=0, volume_turn_degrees=0))
    still = take(STILL).series[..., 0]
    step = float(scan.grid.spacing[1])
    back = unwarp(scan.series[..., 0], scan.distortion_mm, scan.phase_axis, step)
    reverse = unwarp(scan.reverse_b0, -scan.distortion_mm, scan.phase_axis, step)
    where = head().brain & (np.abs(scan.distortion_mm) > 1.5)
    assert where.sum() > 200

    def error(image: np.ndarray) -> float:
        return float(np.nanmedian(np.abs(image - still)[where]) / np.median(still[where]))

    assert error(back) < 0.5 * error(scan.series[..., 0])
    assert error(reverse) < 0.5 * error(scan.reverse_b0)
    assert np.abs(scan.distortion_mm[head().brain]).max() > 2


def test_a_field_never_folds_the_image_and_keeps_its_mass() -> None:
    grid = head().grid
    field = susceptibility_field(np.random.default_rng(0), grid, 1, 60.0)
    slope = np.gradient(field, axis=1) / grid.spacing[1]
    assert np.abs(slope).max() <= 0.5 + 1e-9
    index, pile = sources_of(field, 1, float(grid.spacing[1]))
    assert (np.diff(index, axis=1) > 0).all()
    line = np.exp(-(((np.arange(grid.shape[1]) - grid.shape[1] / 2) / 5) ** 2))
    seen = np.interp(index[20, :, 10], np.arange(line.size), line) * pile[20, :, 10]
    assert seen.sum() == pytest.approx(line.sum(), rel=0.02)


def test_noise_is_that_of_the_protocol() -> None:
    noisy, clean = (take(s).series[..., 0] for s in (STILL.model_copy(update={"noise": 1}), STILL))
    white = head().tissues()["white"]
    spread = (noisy - clean)[white].std()
    assert 800 / spread == pytest.approx(SITES["A"].diffusion.snr, rel=0.06)
    floor = noisy[~head().brain & (clean < 1)]
    assert floor.mean() == pytest.approx(800 / 30 * np.sqrt(np.pi / 2), rel=0.03)
    assert np.array_equal(noisy, np.rint(noisy))


def test_sites_differ_in_what_they_take() -> None:
    assert take(site=SITES["A"]).reverse_b0 is not None
    assert take(site=SITES["B"]).reverse_b0 is None
    assert take(site=SITES["B"]).grid.axis_codes == "LAS"
    with pytest.raises(InputRefused, match="site C: it takes no diffusion series"):
        take(site=SITES["C"])


def test_same_seed_same_bytes() -> None:
    one, two, other = take(seed=1), take(seed=1), take(seed=2)
    assert one.series.tobytes() == two.series.tobytes()
    assert one.series.tobytes() != other.series.tobytes()


def test_a_finer_t1c_scan_is_averaged_not_picked() -> None:
    site = replace(SITES["A"], diffusion=replace(SITES["A"].diffusion, voxels_mm=(8.0, 8.0, 8.0)))
    scan, whole = take(STILL, site=site), head()
    assert scan.grid.spacing.tolist() == [8.0, 8.0, 8.0]
    plain = take(STILL)
    total = scan.series[..., 0].sum() * scan.grid.voxel_ml
    assert total == pytest.approx(plain.series[..., 0].sum() * whole.grid.voxel_ml, rel=0.03)
