from __future__ import annotations

import numpy as np
import pytest
from diffusion_heads import Head, distort, head, noisy, susceptibility, table

from gliofront.foundation.errors import InputRefused
from gliofront.image.series import Series
from gliofront.image.volume import Volume
from gliofront.maps.diffusion.estimate import denoised, diffusion_maps, fit_maps
from gliofront.maps.diffusion.gradients import Gradients
from gliofront.maps.diffusion.quality import outlier_slices
from gliofront.maps.diffusion.settings import DiffusionSettings

STILL = DiffusionSettings(motion=False)


@pytest.fixture(scope="module")
def truth() -> Head:
    return head((4.0, 4.0, 4.0))


@pytest.fixture(scope="module")
def clean(truth) -> Series:
    return noisy(truth.images(table()), 15.0)


def test_the_whole_gives_the_known_maps_back(truth, clean):
    found = diffusion_maps(clean, table(), truth.brain, STILL)
    diffusivity = np.trace(truth.tensors, axis1=-2, axis2=-1) / 3
    away = np.abs(found.maps.adc.data - diffusivity)[truth.brain]
    assert np.nanmedian(away) < 3e-5
    assert found.maps.adc.unit == found.maps.p.unit == found.maps.q.unit == "mm2/s"
    np.testing.assert_allclose(
        found.maps.p.data[truth.brain], np.sqrt(3) * found.maps.adc.data[truth.brain], rtol=1e-5
    )
    assert [finding.code for finding in found.findings] == ["distortion-not-looked-for"]
    assert found.field is None
    assert {"motion_most_mm", "residual_percent", "b0_snr"} <= set(found.quality)


def test_a_mask_is_found_where_none_is_given(truth, clean):
    found = diffusion_maps(clean, table(), settings=STILL)
    dice = 2 * (found.brain & truth.brain).sum() / (found.brain.sum() + truth.brain.sum())
    assert dice > 0.93


@pytest.mark.slow
def test_a_reverse_b0_puts_the_maps_in_their_place(truth, clean):
    field = susceptibility(truth.grid)
    spacing = float(truth.grid.spacing[1])
    data = np.stack([distort(clean.data[..., n], field, 1, spacing) for n in range(13)], -1)
    seen = clean.with_data(data)
    reverse = Volume(truth.grid, distort(truth.s0, -field, 1, spacing), "b0", "a")
    strong = truth.brain & (np.abs(field) > 3)
    diffusivity = np.trace(truth.tensors, axis1=-2, axis2=-1) / 3
    away = {}
    for name, given in (("left", {}), ("undone", {"pe_axis": 1, "reverse_b0": reverse})):
        found = diffusion_maps(seen, table(), truth.brain, STILL, **given)
        away[name] = np.nanmedian(np.abs(found.maps.adc.data - diffusivity)[strong])
    assert found.quality["distortion_corrected"] == 1
    assert found.field is not None
    assert away["undone"] < 0.6 * away["left"]


def test_a_slice_that_dropped_out_is_found(truth, clean):
    data = clean.data.copy()
    data[:, :, 25, 4] *= 0.6
    data[:, :, 30, 9] *= 0.7
    expected = np.zeros((truth.grid.shape[2], 13), dtype=bool)
    expected[25, 4] = expected[30, 9] = True
    found = outlier_slices(clean.with_data(data), table(), truth.brain)
    np.testing.assert_array_equal(found, expected)
    assert not outlier_slices(clean, table(), truth.brain).any()
    maps = fit_maps(clean.with_data(data), table(), truth.brain)
    assert 0 < maps.quality["outlier_slices_percent"] < 1


def test_no_slice_can_be_judged_with_seven_images(truth):
    gradients = table(6)
    series = noisy(truth.images(gradients), 15.0)
    assert not outlier_slices(series, gradients, truth.brain).any()
    quality = fit_maps(series, gradients, truth.brain).quality
    assert np.isnan(quality["b0_snr"])


def test_snr_comes_from_repeated_b0s_where_there_are_any(truth):
    gradients = table(6, b0s=6)
    sigma = 20.0
    series = noisy(truth.images(gradients), sigma)
    quality = fit_maps(series, gradients, truth.brain).quality
    assert quality["b0_snr"] == pytest.approx(np.median(truth.s0[truth.brain]) / sigma, rel=0.1)


def test_denoising_lowers_the_error_of_many_directions(truth):
    gradients = table(30)
    centre = tuple(slice(n // 2 - 6, n // 2 + 6) for n in truth.grid.shape)
    full = truth.images(gradients)
    cut = type(truth.grid)(truth.grid.affine, (12, 12, 12))
    exact = Series(cut, full.data[centre], "DWI")
    rough = noisy(exact, 40.0)
    better = np.abs(denoised(rough).data - exact.data).mean()
    assert better < 0.9 * np.abs(rough.data - exact.data).mean()


def test_too_few_directions_are_refused_before_the_work(truth, clean):
    few = Gradients(table().b_values[:5], table().directions[:5])
    with pytest.raises(InputRefused, match="4 distinct gradient directions"):
        diffusion_maps(clean.with_data(clean.data[..., :5]), few)
