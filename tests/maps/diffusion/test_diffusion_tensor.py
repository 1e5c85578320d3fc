from __future__ import annotations

import sys

import nibabel as nib
import numpy as np
import pytest
from diffusion_heads import directions, noisy, table, tensor
from dipy.core.gradients import gradient_table
from dipy.data import get_fnames
from dipy.io import read_bvals_bvecs
from dipy.reconst.dti import TensorModel, color_fa
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.series import Series
from gliofront.maps.diffusion.estimate import fit_maps
from gliofront.maps.diffusion.gradient_files import parse_gradients
from gliofront.maps.diffusion.gradients import Gradients
from gliofront.maps.diffusion.settings import DiffusionSettings
from gliofront.maps.diffusion.tensor import fit_tensor
from gliofront.maps.diffusion.tensor_maps import (
    anisotropic_q,
    fractional_anisotropy,
    isotropic_p,
    p_from_adc,
)

ALL = DiffusionSettings(b_max=5000)


def dipy_sample(name: str) -> tuple[Series, Gradients, np.ndarray]:
    image, bval, bvec = get_fnames(name=name)
    loaded = nib.load(image)
    grid = Grid(loaded.affine, loaded.shape[:3])
    series = Series(grid, loaded.get_fdata(dtype=np.float32), "DWI")
    texts = (path.read_text(encoding="utf-8") for path in (bval, bvec))
    gradients = parse_gradients(*texts, grid, len(series), name)
    _, vectors = read_bvals_bvecs(str(bval), str(bvec))
    return series, gradients, vectors


@pytest.mark.parametrize("name", ["small_64D", "small_25", "small_101D"])
def test_dipys_own_fit_of_its_own_data_is_reproduced(name):
    series, gradients, vectors = dipy_sample(name)
    whole = np.ones(series.grid.shape, dtype=bool)
    maps = fit_maps(series, gradients, whole, ALL)
    # DIPY fits in the voxel frame and with its vectors at unit length, 0 for its b0s.
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.where(gradients.is_b0[:, None], 0, vectors / np.maximum(length, 1e-9))
    model = TensorModel(gradient_table(gradients.b_values, bvecs=unit), fit_method="WLS")
    reference = model.fit(series.data.astype(np.float64))
    known = np.isfinite(maps.fa.data)
    assert known.mean() > 0.95
    np.testing.assert_allclose(maps.fa.data[known], reference.fa[known], atol=1e-6)
    np.testing.assert_allclose(maps.adc.data[known], reference.md[known], atol=1e-9)
    grid = series.grid
    if np.allclose(np.abs(grid.direction).max(axis=0), 1):
        order = np.abs(grid.direction).argmax(axis=0)
        in_world = np.empty((*known.shape, 3))
        in_world[..., order] = color_fa(reference.fa, reference.evecs)
        np.testing.assert_allclose(maps.colour[known], in_world[known], atol=1e-5)


eigenvalue = st.floats(1e-5, 4e-3)


@given(eigenvalue, eigenvalue, eigenvalue)
def test_p_and_q_share_the_tensors_length(a, b, c):
    values = np.array([a, b, c])
    total = isotropic_p(values) ** 2 + anisotropic_q(values) ** 2
    np.testing.assert_allclose(total, (values**2).sum(), rtol=1e-12)
    assert 0 <= fractional_anisotropy(values) <= 1 + 1e-12
    np.testing.assert_allclose(p_from_adc(values.mean()), isotropic_p(values))


def cylinders(count: int = 400, seed: int = 3) -> np.ndarray:
    turns = Rotation.random(count, rng=np.random.default_rng(seed)).as_matrix()
    return tensor((1.5e-3, 0.4e-3), turns[:, :, 0])


def signals(tensors: np.ndarray, gradients: Gradients, s0: float = 1000.0) -> Series:
    along = np.einsum("ni,vij,nj->vn", gradients.directions, tensors, gradients.directions)
    data = s0 * np.exp(-gradients.b_values * along)
    return Series(Grid(np.eye(4), (len(tensors), 1, 1)), data[:, None, None], "DWI")


def whole(series: Series) -> np.ndarray:
    return np.ones(series.grid.shape, dtype=bool)


@pytest.mark.parametrize("fit", ["wls", "restore"])
def test_noiseless_tensors_are_recovered(fit):
    series = signals(cylinders(60), table())
    maps = fit_maps(series, table(), whole(series), DiffusionSettings(fit=fit))
    np.testing.assert_allclose(maps.adc.data, 2.3e-3 / 3, rtol=1e-4)
    expected = fractional_anisotropy([1.5e-3, 0.4e-3, 0.4e-3])
    np.testing.assert_allclose(maps.fa.data, expected, rtol=1e-4)
    np.testing.assert_allclose(maps.p.data**2 + maps.q.data**2, 2.57e-6, rtol=1e-3)
    assert maps.quality["residual_percent"] < 1e-3
    assert maps.quality["not_physical_percent"] == 0


def test_the_result_does_not_depend_on_the_blocks():
    series = noisy(signals(cylinders(), table()), 40)
    one, many = (
        fit_tensor(series, table(), whole(series), DiffusionSettings(block=block))
        for block in (100, 100000)
    )
    np.testing.assert_array_equal(one.eigenvalues, many.eigenvalues)


def test_a_rejected_outlier_spoils_least_squares_but_not_restore():
    gradients = table(24)
    data = noisy(signals(cylinders(200), gradients), 15).data.copy()
    data[:, 0, 0, 5] *= 0.3
    series = Series(Grid(np.eye(4), data.shape[:3]), data, "DWI")
    truth = fractional_anisotropy([1.5e-3, 0.4e-3, 0.4e-3])
    errors = {
        fit: np.abs(
            fit_maps(series, gradients, whole(series), DiffusionSettings(fit=fit)).fa.data - truth
        ).mean()
        for fit in ("wls", "restore")
    }
    assert errors["restore"] < 0.5 * errors["wls"]


def test_voxels_without_signal_or_meaning_are_undefined_and_counted():
    gradients = table()
    series = signals(cylinders(100), gradients)
    data = series.data.copy()
    data[0, ..., 3] = 0
    data[1, ..., 3] = np.nan
    data[2, ..., 1:] = data[2, ..., :1] * 1.2  # brighter with weighting: negative diffusivity
    data[3, ..., 1:] = data[3, ..., :1] * 1e-4  # faster than water
    maps = fit_maps(series.with_data(data), gradients, whole(series))
    assert np.isnan(maps.fa.data[:4]).all()
    assert np.isfinite(maps.fa.data[4:]).all()
    assert maps.quality["unfitted_percent"] == pytest.approx(2)
    assert maps.quality["not_physical_percent"] == pytest.approx(2)


def test_outside_the_mask_is_undefined():
    series = signals(cylinders(100), table())
    mask = whole(series)
    mask[50:] = False
    maps = fit_maps(series, table(), mask)
    for volume in (maps.adc, maps.fa, maps.p, maps.q):
        assert np.isfinite(volume.data[:50]).all()
        assert np.isnan(volume.data[50:]).all()


def test_images_beyond_b_max_are_left_out_with_a_note():
    two = np.concatenate([np.zeros((1, 3)), directions(12), directions(12, seed=4)])
    gradients = Gradients(np.r_[0, [1000.0] * 12, [3000.0] * 12], two)
    series = signals(cylinders(100), gradients)
    data = series.data.copy()
    data[..., 13:] *= 1.5  # as kurtosis does
    maps = fit_maps(series.with_data(data), gradients, whole(series))
    np.testing.assert_allclose(maps.adc.data, 2.3e-3 / 3, rtol=1e-4)
    assert [finding.code for finding in maps.findings] == ["high-b-left-out"]


def test_a_series_with_high_b_alone_is_refused():
    gradients = table(b=3000.0)
    series = signals(cylinders(100), gradients)
    with pytest.raises(InputRefused, match="0 distinct gradient directions"):
        fit_maps(series, gradients, whole(series))


def test_colours_name_the_worlds_directions():
    axes = np.eye(3)
    series = signals(tensor((1.5e-3, 0.4e-3), axes), table())
    maps = fit_maps(series, table(), whole(series))
    assert maps.colour[:, 0, 0].argmax(axis=1).tolist() == [0, 1, 2]
    np.testing.assert_allclose(maps.colour[:, 0, 0].max(axis=1), maps.fa.data[:, 0, 0], rtol=1e-3)


def least_md_error(gradients: Gradients, tensors: np.ndarray, snr: float) -> float:
    """Return the Cramer-Rao bound of the MD's error, root mean square over tensors."""
    x, y, z = gradients.directions.T
    rows = np.stack([x * x, y * y, z * z, 2 * x * y, 2 * x * z, 2 * y * z], axis=1)
    design = np.column_stack([-gradients.b_values[:, None] * rows, np.ones(len(rows))])
    mean = np.array([1, 1, 1, 0, 0, 0, 0]) / 3
    made = signals(tensors, gradients, 1.0).data[:, 0, 0].astype(np.float64)
    jacobians = made[:, :, None] * design
    information = np.einsum("vni,vnj->vij", jacobians, jacobians) * snr**2
    solved = np.linalg.solve(information, np.broadcast_to(mean[:, None], (len(tensors), 7, 1)))
    return float(np.sqrt((solved[..., 0] @ mean).mean()))


@pytest.mark.parametrize("snr", [20, 40])
def test_the_error_is_near_the_least_possible(snr):
    gradients, tensors = table(), cylinders(4000)
    series = noisy(signals(tensors, gradients), 1000 / snr)
    maps = fit_maps(series, gradients, whole(series))
    error = np.sqrt(np.nanmean((maps.adc.data.astype(np.float64) - 2.3e-3 / 3) ** 2))
    assert 0.9 < error / least_md_error(gradients, tensors, snr) < 1.1
    # A voxel's noise, from the residuals, is what was added.
    assert maps.quality["b0_snr"] == pytest.approx(snr, rel=0.2)


@pytest.mark.slow
def test_table_of_what_noise_costs(capsys):
    gradients, tensors = table(), cylinders(20000)
    truth = np.array([1.5e-3, 0.4e-3, 0.4e-3])
    wanted = {
        "adc": truth.mean(),
        "fa": float(fractional_anisotropy(truth)),
        "p": float(isotropic_p(truth)),
        "q": float(anisotropic_q(truth)),
    }
    worst = 0.0
    rows = [
        "",
        "| SNR | map | truth | bias % | RMSE % | not physical % |",
        "|---|---|---|---|---|---|",
    ]
    for snr in (20, 40, np.inf):
        series = signals(tensors, gradients)
        series = noisy(series, 1000 / snr) if np.isfinite(snr) else series
        maps = fit_maps(series, gradients, whole(series))
        lost = maps.quality["not_physical_percent"]
        for name, value in wanted.items():
            away = getattr(maps, name).data.astype(np.float64) / value - 1
            bias, rmse = 100 * np.nanmean(away), 100 * np.sqrt(np.nanmean(away**2))
            worst = max(worst, rmse if np.isinf(snr) else 0)
            rows.append(f"| {snr} | {name} | {value:.3g} | {bias:+.2f} | {rmse:.2f} | {lost:.2f} |")
    with capsys.disabled():
        sys.stdout.write("\n".join(rows) + "\n")
    assert worst < 0.01
