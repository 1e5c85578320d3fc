"""F13, F14, F17 and what is read well: values, labels, masks, byte orders, NIfTI-2, real scans."""

import os
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from nifti_files import content, noise, oblique_affine, refused, saved

from gliofront.foundation.findings import Level
from gliofront.image.reading import read_labels, read_mask, read_volume

DATA = Path(
    os.environ.get("GLIOFRONT_TEST_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)
SCHEME = {1: "necrosis", 2: "oedema", 4: "enhancing"}


def test_f13_few_undefined_voxels_become_nan(tmp_path):
    data = noise((20, 20, 20))
    data[4, 5, 6], data[7, 8, 9], data[1, 2, 3] = np.nan, np.inf, -np.inf
    path = saved(tmp_path / "t1.nii.gz", content(data))
    volume, findings = read_volume(path, "T1")
    assert np.isnan(volume.data[[4, 7, 1], [5, 8, 2], [6, 9, 3]]).all()
    assert np.isnan(volume.data).sum() == 3
    assert [(f.code, f.level) for f in findings] == [("undefined-voxels", Level.WARNING)]
    assert "3 voxels" in findings[0].problem


def test_f13_many_undefined_voxels(tmp_path):
    data = np.zeros((20, 20, 20), np.float32)
    data[5:15, 5:15, 5:15] = noise((10, 10, 10))
    data[6, 6, 6:8] = np.nan  # 0.2 % of the 1000 voxels that are not background
    path = saved(tmp_path / "t1.nii.gz", content(data))
    refused(path, lambda: read_volume(path, "T1"), "2 voxels", "0.2 %", "NaN or infinite")
    volume, _ = read_volume(path, "T1", max_undefined=0.01)
    assert np.isnan(volume.data).sum() == 2


def test_f13_float64_beyond_float32_counts_as_infinite(tmp_path):
    data = noise((20, 20, 20)).astype(np.float64)
    data[3, 3, 3] = 1e300
    path = saved(tmp_path / "t1.nii.gz", content(data))
    _, findings = read_volume(path, "T1")
    assert "1 voxels" in findings[0].problem


def test_f13_nan_as_background_is_no_damage(tmp_path):
    data = np.full((20, 20, 20), np.nan, np.float32)
    data[5:15, 5:15, 5:15] = noise((10, 10, 10))
    path = saved(tmp_path / "adc.nii.gz", content(data))
    _, findings = read_volume(path, "ADC")
    assert [(f.code, f.level) for f in findings] == [("undefined-background", Level.NOTE)]
    data[8:10, 8, 8] = np.nan
    path = saved(tmp_path / "adc.nii.gz", content(data))
    refused(path, lambda: read_volume(path, "ADC"), "2 voxels")


@pytest.mark.parametrize("value", [0.0, -3.5])
def test_f14_constant_image(tmp_path, value):
    path = saved(tmp_path / "t1.nii.gz", content(np.full((12, 10, 8), value, np.float32)))
    refused(path, lambda: read_volume(path, "T1"), "constant", f"{value:g}")


def test_f14_nothing_defined(tmp_path):
    path = saved(tmp_path / "t1.nii.gz", content(np.full((12, 10, 8), np.nan, np.float32)))
    refused(path, lambda: read_volume(path, "T1"), "no voxel has a finite value")


def test_f14_empty_mask_but_labels_may_be_absent(tmp_path):
    path = saved(tmp_path / "mask.nii.gz", content(np.zeros((12, 10, 8), np.uint8)))
    refused(path, lambda: read_mask(path, "brain"), "brain", "empty")
    labels, _ = read_labels(path, SCHEME)
    assert labels.volume_ml(*SCHEME.values()) == 0


def labelled(kind: str = "u1") -> np.ndarray:
    data = np.zeros((12, 10, 8), kind)
    data[2:5, 2:5, 2:5], data[5:8, 2:5, 2:5], data[8:10] = 1, 2, 4
    return data


KINDS = ["u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8", ">i2"]


@pytest.mark.parametrize("kind", KINDS)
def test_f17_labels_of_every_type(tmp_path, kind):
    path = saved(tmp_path / "seg.nii.gz", content(labelled(kind)))
    labels, findings = read_labels(path, SCHEME)
    np.testing.assert_array_equal(labels.data, labelled())
    assert dict(labels.names) == SCHEME
    assert findings == []


@pytest.mark.parametrize("off", [3e-8, 9e-4])
def test_f17_labels_a_hair_off(tmp_path, off):
    data = labelled("f8") * (1 - off / 4)
    path = saved(tmp_path / "seg.nii.gz", content(data))
    labels, _ = read_labels(path, SCHEME)
    np.testing.assert_array_equal(labels.data, labelled())


@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [
        (0.5, "f4", "such as 0.5"),
        (1.01, "f8", "such as 1.01"),
        (np.nan, "f4", "NaN or infinite"),
        (-1, "i2", "from -1 to 4"),
        (65536, "i4", "65536"),
        (2**40, "i8", "no labels"),
        (1e30, "f4", "no labels"),
    ],
)
def test_f17_values_that_are_no_labels(tmp_path, value, kind, said):
    data = labelled(kind)
    data[0, 0, 0] = value
    path = saved(tmp_path / "seg.nii.gz", content(data))
    refused(path, lambda: read_labels(path, SCHEME), said)


def test_f17_large_labels_do_not_wrap(tmp_path):
    data = labelled("i4")
    data[0, 0, 0] = 257
    path = saved(tmp_path / "seg.nii.gz", content(data))
    refused(path, lambda: read_labels(path, SCHEME), "[1, 2, 4, 257]", "1 necrosis, 2 oedema")
    labels, _ = read_labels(path, {**SCHEME, 257: "vessel"})
    assert labels.data[0, 0, 0] == 257


@pytest.mark.parametrize("inside", [1, 255])
def test_masks_of_one_value(tmp_path, inside):
    data = (labelled() > 0).astype(np.uint8) * np.uint8(inside)
    path = saved(tmp_path / "mask.nii.gz", content(data, oblique_affine()))
    mask, _ = read_mask(path, "brain")
    np.testing.assert_array_equal(mask.mask("brain"), labelled() > 0)


def test_masks_that_are_none(tmp_path):
    path = saved(tmp_path / "mask.nii.gz", content(labelled()))
    refused(path, lambda: read_mask(path, "brain"), "1, 2, 4", "labels or an image")
    path = saved(tmp_path / "image.nii.gz", content(noise()))
    refused(path, lambda: read_mask(path, "brain"), "no values of a mask")


@pytest.mark.parametrize("name", ["t1.nii", "t1.nii.gz", "T1.NII.GZ"])
def test_reads_what_nibabel_reads(tmp_path, name):
    path = tmp_path / "made.nii"
    path.write_bytes(content(noise(), oblique_affine()))
    reference = nib.load(path)
    data = reference.get_fdata()
    whole = saved(tmp_path / name.lower(), path.read_bytes()).read_bytes()
    (tmp_path / name).write_bytes(whole)
    volume, findings = read_volume(str(tmp_path / name), "T1", "arbitrary")
    np.testing.assert_array_equal(volume.data, data.astype(np.float32))
    np.testing.assert_allclose(volume.grid.affine, reference.affine, atol=1e-6)
    assert (volume.quantity, volume.unit, findings) == ("T1", "arbitrary", [])


def test_reads_big_endian_and_nifti2(tmp_path):
    swapped = nib.Nifti1Image(noise(), oblique_affine(), nib.Nifti1Header(endianness=">"))
    for image in (swapped, nib.Nifti2Image(noise(), oblique_affine())):
        path = saved(tmp_path / "t1.nii.gz", image.to_bytes())
        volume, _ = read_volume(path, "T1")
        np.testing.assert_array_equal(volume.data, noise())
        np.testing.assert_allclose(volume.grid.affine, oblique_affine(), atol=1e-5)


def test_reads_past_header_extensions(tmp_path):
    image = nib.Nifti1Image(noise(), oblique_affine())
    image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"a name" * 40))
    path = saved(tmp_path / "t1.nii.gz", image.to_bytes())
    np.testing.assert_array_equal(read_volume(path, "T1")[0].data, noise())


@pytest.mark.skipif(not (DATA / "glioma_tcga").is_dir(), reason="no real scans in the test data")
def test_real_scans_read():
    files = sorted(DATA.glob("glioma_*/**/*.nii.gz"))
    assert len(files) >= 15
    for path in files:
        if "mask" in path.name:
            read, findings = read_mask(path, "brain")
            assert 500 < read.volume_ml("brain") < 2500
        elif path.name.startswith(("OT", "tumour")):
            names = {1: "necrosis", 2: "oedema", 3: "non-enhancing", 4: "enhancing"}
            read, findings = read_labels(path, names)
            assert 1 < read.volume_ml(*names.values()) < 500
        else:
            read, findings = read_volume(path, "scan")
        assert findings == []
        np.testing.assert_allclose(read.grid.affine, nib.load(path).affine, atol=1e-5)
