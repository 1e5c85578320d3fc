"""F6 to F9, F12, F15, F16: headers that contradict themselves, or say what cannot be."""

import warnings

import nibabel as nib
import numpy as np
import pytest
from nifti_files import content, noise, oblique_affine, refused, saved

from gliofront.foundation.errors import UsageRefused
from gliofront.foundation.findings import Level
from gliofront.image.placement import SHEAR_DEGREES
from gliofront.image.quaternion import rotation_of
from gliofront.image.reading import read_labels, read_mask, read_volume


def codes(findings):
    return [finding.code for finding in findings]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"dim": [3, 0, 10, 8, 1, 1, 1, 1]}, "0 x 10 x 8"),
        ({"dim": [3, 12, -10, 8, 1, 1, 1, 1]}, "12 x -10 x 8"),
        ({"dim": [0, 12, 10, 8, 1, 1, 1, 1]}, "0 dimensions"),
        ({"dim": [9, 12, 10, 8, 1, 1, 1, 1]}, "9 dimensions"),
        ({"srow_x": [np.nan, 0, 0, 0]}, "sform is not finite or is singular"),
        ({"srow_x": [0, 0, 0, 0]}, "sform is not finite or is singular"),
        ({"srow_x": [0, 1, 0, 0]}, "sform is not finite or is singular"),
        ({"sform_code": 0, "quatern_b": 3}, "qform is not finite or is singular"),
        ({"sform_code": 0, "qoffset_x": np.inf}, "qform is not finite"),
        ({"sform_code": 0, "pixdim": [1, 0, 1, 1, 0, 0, 0, 0]}, "singular"),
        ({"sform_code": 0, "pixdim": [1, -1, 1, 1, 0, 0, 0, 0]}, "must be positive"),
        ({"vox_offset": 200}, "begin at byte 200"),
        ({"vox_offset": np.nan}, "begin at byte nan"),
    ],
)
def test_f06_dimensions_and_affines(tmp_path, fields, said):
    path = saved(tmp_path / "t1.nii.gz", content(noise(), **fields))
    refused(path, lambda: read_volume(path, "T1"), said)


def test_f07_no_orientation(tmp_path):
    plain = content(noise(), np.diag([2.0, 2, 3, 1]), sform_code=0, qform_code=0)
    path = saved(tmp_path / "t1.nii.gz", plain)
    refused(path, lambda: read_volume(path, "T1"), "both 0", "state the orientation")


@pytest.mark.parametrize("code", ["RAS", "LPS", "PIR", "sal"])
def test_f07_orientation_stated(tmp_path, code):
    plain = content(noise(), np.diag([2.0, 2, 3, 1]), sform_code=0, qform_code=0)
    path = saved(tmp_path / "t1.nii.gz", plain)
    volume, findings = read_volume(path, "T1", orientation=code)
    assert volume.grid.axis_codes == code.upper()
    np.testing.assert_allclose(volume.grid.spacing, [2, 2, 3])
    np.testing.assert_allclose(volume.grid.corners().mean(0), 0, atol=1e-9)
    np.testing.assert_array_equal(volume.data, noise())
    assert codes(findings) == ["orientation-stated"]
    assert findings[0].level is Level.WARNING


def test_f07_header_wins_over_the_stated_orientation(tmp_path):
    path = saved(tmp_path / "t1.nii.gz", content(noise(), oblique_affine()))
    volume, findings = read_volume(path, "T1", orientation="LPS")
    np.testing.assert_allclose(volume.grid.affine, oblique_affine(), atol=1e-5)
    assert findings == []


@pytest.mark.parametrize("code", ["", "RA", "RASS", "RRS", "XYZ"])
def test_f07_no_such_orientation(tmp_path, code):
    path = saved(tmp_path / "t1.nii.gz", content(noise()))
    with pytest.raises(UsageRefused, match="three letters"):
        read_volume(path, "T1", orientation=code)


def test_f08_sform_and_qform_disagree(tmp_path):
    path = saved(tmp_path / "t1.nii.gz", content(noise(), qoffset_x=4.0))
    message = refused(path, lambda: read_volume(path, "T1"), "sform", "qform", "4.0 mm", "copy it")
    assert "(0.0, 0.0, 0.0) or at (4.0, 0.0, 0.0)" in message
    assert message.count("world (RAS mm)") == 2


def test_f08_mirrored_qform_is_refused(tmp_path):
    mirrored = content(noise(), srow_x=[-1, 0, 0, 11])
    path = saved(tmp_path / "t1.nii.gz", mirrored)
    refused(path, lambda: read_mask(path, "brain"), "disagree by up to 11.0 mm")


def test_f08_one_corner_is_enough(tmp_path):
    path = saved(tmp_path / "t1.nii.gz", content(noise(), srow_x=[1.06, 0, 0, 0]))
    refused(path, lambda: read_volume(path, "T1"), "disagree by up to 0.7 mm")


def test_f08_small_disagreement_and_single_forms(tmp_path):
    for fields, start in (
        ({"qoffset_x": 0.4}, 0.0),
        ({"sform_code": 0, "qoffset_x": 4.0}, 4.0),
        ({"qform_code": 0, "qoffset_x": 4.0, "quatern_b": 9}, 0.0),
    ):
        path = saved(tmp_path / "t1.nii.gz", content(noise(), **fields))
        volume, _ = read_volume(path, "T1")
        assert volume.grid.origin[0] == pytest.approx(start)


def sheared(degrees: float) -> np.ndarray:
    affine = np.diag([1.0, 1.0, 2.0, 1.0])
    affine[:3, 2] = [2 * np.sin(np.radians(degrees)), 0, 2 * np.cos(np.radians(degrees))]
    return affine


def test_f09_sheared_affine_is_resampled_once(tmp_path):
    affine = sheared(15)
    i, j, k = np.meshgrid(range(40), range(20), range(15), indexing="ij")
    world = np.stack([i, j, k], -1) @ affine[:3, :3].T
    ramp = (world @ [1.0, 2.0, 3.0]).astype(np.float32)
    path = saved(tmp_path / "t1.nii.gz", content(ramp, affine, qform_code=0))
    volume, findings = read_volume(path, "T1")
    assert codes(findings) == ["sheared-affine"]
    assert "15.00 degrees" in str(findings[0])
    assert volume.grid.shear_degrees() < 1e-6
    places = volume.grid.to_world(np.moveaxis(np.indices(volume.grid.shape), 0, -1))
    voxels = places @ np.linalg.inv(affine[:3, :3]).T
    inside = (np.abs(voxels - [19.5, 9.5, 7]) < [19, 9, 6]).all(-1)
    assert inside.sum() > 5000
    np.testing.assert_allclose(volume.data[inside], (places @ [1.0, 2.0, 3.0])[inside], atol=1e-3)


def test_f09_sheared_labels_and_masks(tmp_path):
    data = np.zeros((20, 20, 12), np.uint8)
    data[5:15, 5:15, 3:9] = 3
    path = saved(tmp_path / "seg.nii.gz", content(data, sheared(10), qform_code=0))
    labels, findings = read_labels(path, {3: "tumour"})
    mask, also = read_mask(path, "tumour")
    assert codes(findings) == codes(also) == ["sheared-affine"]
    assert labels.volume_ml("tumour") == pytest.approx(1.2 * np.cos(np.radians(10)), rel=0.05)
    np.testing.assert_array_equal(labels.data > 0, mask.data > 0)


def test_f09_rounding_is_squared_up_silently(tmp_path):
    affine = sheared(0.9 * SHEAR_DEGREES)
    path = saved(tmp_path / "t1.nii.gz", content(noise(), affine, qform_code=0))
    volume, findings = read_volume(path, "T1")
    assert findings == []
    assert volume.grid.shear_degrees() < 1e-6
    np.testing.assert_array_equal(volume.data, noise())
    np.testing.assert_allclose(
        volume.grid.corners(), nib.affines.apply_affine(affine, corner_voxels()), atol=0.03
    )


def corner_voxels():
    return np.stack(np.meshgrid([0, 11], [0, 9], [0, 7], indexing="ij"), -1).reshape(8, 3)


@pytest.mark.parametrize(("unit", "factor"), [(1, 1000.0), (3, 0.001)])
@pytest.mark.parametrize("form", ["sform_code", "qform_code"])
def test_f12_units_become_mm(tmp_path, unit, factor, form):
    affine = oblique_affine()
    affine[:3] /= factor
    path = saved(tmp_path / "t1.nii.gz", content(noise(), affine, xyzt_units=unit, **{form: 0}))
    volume, findings = read_volume(path, "T1")
    np.testing.assert_allclose(volume.grid.affine, oblique_affine(), atol=1e-4)
    assert codes(findings) == ["unit-of-length"]
    assert findings[0].level is Level.NOTE


def test_f12_unknown_unit_is_mm(tmp_path):
    path = saved(tmp_path / "t1.nii.gz", content(noise(), xyzt_units=0))
    volume, findings = read_volume(path, "T1")
    assert volume.grid.spacing.tolist() == [1, 1, 1]
    assert findings == []


@pytest.mark.parametrize("zoom", [0.1, 12.0])
def test_f12_implausible_zoom(tmp_path, zoom):
    affine = np.diag([1.0, zoom, 1.0, 1.0])
    path = saved(tmp_path / "t1.nii.gz", content(noise(), affine))
    refused(path, lambda: read_volume(path, "T1"), f"{zoom:g}", "0.2 to 10 mm")
    path = saved(tmp_path / "t2.nii.gz", content(noise(), xyzt_units=1))
    refused(path, lambda: read_volume(path, "T2"), "1000", "metre")


def test_f12_pixdim_and_affine(tmp_path):
    pixdim = [1, 1, 1, 5, 0, 0, 0, 0]
    path = saved(tmp_path / "t1.nii.gz", content(noise(), qform_code=0, pixdim=pixdim))
    volume, findings = read_volume(path, "T1")
    assert volume.grid.spacing.tolist() == [1, 1, 1]
    assert [(f.code, f.level) for f in findings] == [("zooms-disagree", Level.WARNING)]


def test_f15_trailing_ones_are_squeezed(tmp_path):
    path = saved(tmp_path / "t1.nii.gz", content(noise()[..., None, None]))
    volume, _ = read_volume(path, "T1")
    np.testing.assert_array_equal(volume.data, noise())


@pytest.mark.parametrize("shape", [(4, 5, 6, 2), (4, 5, 6, 1, 3)])
def test_f15_real_4d(tmp_path, shape):
    path = saved(tmp_path / "dwi.nii.gz", content(noise(shape)))
    refused(path, lambda: read_volume(path, "T1"), "dimensions", "take the one 3-D volume")


def test_f15_a_slice_is_no_volume(tmp_path):
    path = saved(tmp_path / "slice.nii.gz", content(noise((12, 10))))
    refused(path, lambda: read_volume(path, "T1"), "2 dimensions", "whole volume")


def test_f15_colours_and_complex_numbers(tmp_path):
    colours = np.zeros((4, 5, 6), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    path = saved(tmp_path / "rgb.nii.gz", content(colours))
    refused(path, lambda: read_volume(path, "T1"), "RGB", "convert it to float32")
    path = saved(tmp_path / "complex.nii.gz", content(noise((4, 5, 6)).astype(np.complex64)))
    refused(path, lambda: read_volume(path, "T1"), "complex", "magnitude")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("i2", {"scl_slope": np.inf}),
        ("i2", {"scl_slope": np.nan}),
        ("i2", {"scl_slope": 2.0, "scl_inter": np.nan}),
        ("f4", {"scl_slope": np.inf}),
        ("f4", {"scl_slope": 2.0, "scl_inter": np.inf}),
    ],
)
def test_f16_scaling_that_is_not_finite(tmp_path, kind, fields):
    path = saved(tmp_path / "t1.nii.gz", content(noise().astype(kind), **fields))
    refused(path, lambda: read_volume(path, "T1"), "scaled by", "slope 1")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [("i2", {"scl_slope": 0.0, "scl_inter": 5.0}), ("f4", {"scl_slope": np.nan})],
)
def test_f16_no_scaling_is_noted(tmp_path, kind, fields):
    path = saved(tmp_path / "t1.nii.gz", content(noise().astype(kind), **fields))
    volume, findings = read_volume(path, "T1")
    np.testing.assert_array_equal(volume.data, noise().astype(kind).astype(np.float32))
    assert [(f.code, f.level) for f in findings] == [("no-scaling", Level.NOTE)]


def test_f16_sound_scaling_is_applied(tmp_path):
    stored = noise().astype(np.int16)
    path = saved(tmp_path / "t1.nii.gz", content(stored, scl_slope=0.5, scl_inter=-3.0))
    volume, findings = read_volume(path, "T1")
    np.testing.assert_allclose(volume.data, stored * 0.5 - 3)
    assert findings == []


def test_bitpix_is_only_warned_of(tmp_path):
    path = saved(tmp_path / "t1.nii.gz", content(noise(), bitpix=16))
    volume, findings = read_volume(path, "T1")
    np.testing.assert_array_equal(volume.data, noise())
    assert codes(findings) == ["bitpix"]


def test_a_quaternion_beyond_all_numbers_is_none():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rotation_of([0.0, 1e200, 0.0]) is None
