"""Several images of one grid in a row, and their files."""

import nibabel as nib
import numpy as np
import pytest
from nifti_files import GRIDS, content, noise, refused, saved

from gliofront.foundation.errors import InputRefused
from gliofront.image.reading import read_series
from gliofront.image.series import Series
from gliofront.image.writing import write_series

SHAPE = (12, 10, 8, 5)


@pytest.mark.parametrize("name", GRIDS)
def test_a_series_is_read_on_the_axes_of_its_file(tmp_path, name):
    grid = GRIDS[name]
    data = noise((*grid.shape, 3))
    path = saved(tmp_path / "dwi.nii.gz", content(data, grid.affine))
    series, findings = read_series(path, "DWI")
    assert series.grid.matches(grid)
    np.testing.assert_array_equal(series.data, data)
    assert (len(series), findings) == (3, [])


def test_stored_integers_are_scaled(tmp_path):
    data = noise(SHAPE).astype(np.int16)
    path = saved(tmp_path / "dsc.nii", content(data, scl_slope=0.5, scl_inter=3.0))
    np.testing.assert_array_equal(read_series(path, "DSC")[0].data, data * np.float32(0.5) + 3)


def test_one_image_is_no_series(tmp_path):
    path = saved(tmp_path / "dwi.nii.gz", content(noise()))
    refused(path, lambda: read_series(path, "DWI"), "3 dimensions", "whole series")


@pytest.mark.parametrize(("bad", "refusal"), [(np.nan, "are NaN"), (np.inf, "are NaN")])
def test_undefined_voxels_are_refused_where_they_are_many(tmp_path, bad, refusal):
    data = noise(SHAPE)
    data[0] = bad
    path = saved(tmp_path / "dwi.nii.gz", content(data))
    refused(path, lambda: read_series(path, "DWI"), refusal)


def test_few_undefined_voxels_stay_undefined(tmp_path):
    data = noise(SHAPE)
    data[1, 2, 3, 4] = np.inf
    path = saved(tmp_path / "dwi.nii.gz", content(data))
    series, _ = read_series(path, "DWI")
    assert np.isnan(series.data[1, 2, 3, 4])
    assert np.isfinite(series.data).sum() == data.size - 1


def test_a_constant_series_is_refused(tmp_path):
    path = saved(tmp_path / "dwi.nii.gz", content(np.full(SHAPE, 7, np.float32)))
    refused(path, lambda: read_series(path, "DWI"), "constant")


def test_a_flipped_bit_and_a_cut_file_are_refused(tmp_path):
    path = saved(tmp_path / "dwi.nii.gz", content(noise((40, 40, 20, 8))))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    refused(path, lambda: read_series(path, "DWI"))
    spoilt = bytearray(whole)
    spoilt[len(whole) // 2] ^= 4
    path.write_bytes(bytes(spoilt))
    refused(path, lambda: read_series(path, "DWI"))


def test_sheared_axes_are_refused(tmp_path):
    affine = np.eye(4)
    affine[0, 2] = 0.2
    image = nib.Nifti1Image(noise(SHAPE), affine)
    image.set_sform(affine, 1)
    image.set_qform(None, 0)
    nib.save(image, tmp_path / "dwi.nii.gz")
    path = tmp_path / "dwi.nii.gz"
    refused(path, lambda: read_series(path, "DWI"), "sheared", "gantry")


def test_the_values_of_a_series_are_frozen_and_must_fit_the_grid():
    grid = GRIDS["RAS"]
    series = Series(grid, np.zeros((*grid.shape, 2)), "DWI")
    with pytest.raises(ValueError, match="read-only"):
        series.data[0] = 1
    with pytest.raises(InputRefused, match="on a grid of shape"):
        Series(grid, np.zeros((1, 2, 3, 4)), "DWI")
    assert series.with_data(np.ones((*grid.shape, 4))).image(3).data.max() == 1


def test_one_image_will_do_where_it_is_said(tmp_path):
    data = noise()
    path = saved(tmp_path / "b0.nii.gz", content(data))
    series, _ = read_series(path, "reverse b0", least=1)
    np.testing.assert_array_equal(series.data, data[..., None])
    five = saved(tmp_path / "five.nii.gz", content(noise((4, 4, 4, 2, 3))))
    refused(five, lambda: read_series(five, "reverse b0", least=1), "5 dimensions")


@pytest.mark.parametrize("name", GRIDS)
def test_a_written_series_comes_back(tmp_path, name):
    grid = GRIDS[name]
    data = noise((*grid.shape, 4))
    for n, values in enumerate((data, np.rint(data), np.rint(data) * 400)):
        write_series(tmp_path / f"{n}.nii.gz", Series(grid, values, "DWI"))
        back, findings = read_series(tmp_path / f"{n}.nii.gz", "DWI")
        assert (back.grid.matches(grid, 1e-3), findings) == (True, [])
        np.testing.assert_array_equal(back.data, values)
    kinds = [nib.load(tmp_path / f"{n}.nii.gz").get_data_dtype() for n in range(3)]
    assert kinds == [np.float32, np.int16, np.float32]
