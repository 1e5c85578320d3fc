"""NIfTI-MRS: the standard's sign, place and extension; round trips; damaged and hostile files."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from spectroscopy_files import PRESS_30

from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Level
from gliofront.image.grid import Grid
from gliofront.image.nifti_mrs import MrsFile, read_nifti_mrs
from gliofront.image.nifti_mrs_writing import write_nifti_mrs
from gliofront.maps.spectroscopy.acquisition import spectrum
from gliofront.maps.spectroscopy.spectra import Spectra, spectra_from

HEADER = {
    "SpectrometerFrequency": [127.7],
    "ResonantNucleus": ["1H"],
    "EchoTime": 0.03,
    "RepetitionTime": 1.5,
    "SequenceName": "svs_se",
}
AFFINE = np.eye(4)
AFFINE[:3, :3] = Rotation.from_euler("xyz", [10, -20, 5], degrees=True).as_matrix() * [20, 25, 15]
AFFINE[:3, 3] = [-12, 30, 44]


def signals(shape: tuple[int, ...] = (1, 1, 1, 64), seed: int = 2) -> np.ndarray:
    random = np.random.default_rng(seed)
    return (random.normal(size=shape) + 1j * random.normal(size=shape)).astype(np.complex64)


def made(
    path: Path,
    data: np.ndarray | None = None,
    header: Any = None,
    *,
    kind: Any = nib.Nifti2Image,
    extension: bytes | None = None,
    affine: np.ndarray | None = AFFINE,
    **fields: Any,
) -> Path:
    """A file by nibabel, as a converter would write it, then overwritten in its header."""
    image = kind(signals() if data is None else data, affine)
    image.header["pixdim"][4] = 5e-4
    image.header.set_xyzt_units("mm", "sec")
    if affine is not None:
        image.set_qform(affine, 1)
    raw = json.dumps(HEADER if header is None else header).encode()
    raw = raw if extension is None else extension
    image.header.extensions.append(nib.nifti1.Nifti1Extension(44, raw))
    whole = image.to_bytes()
    size = image.header.sizeof_hdr
    spoilt = type(image.header)(whole[:size], check=False)
    for field, value in fields.items():
        spoilt[field] = value
    whole = spoilt.binaryblock + whole[size:]
    path.write_bytes(gzip.compress(whole) if path.suffix == ".gz" else whole)
    return path


def mrs(shape: tuple[int, ...] = (3, 2, 2, 64, 1), **header: Any) -> MrsFile:
    return MrsFile(Grid(AFFINE, shape[:3]), signals(shape), 5e-4, {**HEADER, **header})


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("shape", [(1, 1, 1, 512, 1), (3, 2, 2, 64, 1), (1, 1, 1, 64, 8)])
def test_round_trip(tmp_path, name, shape):
    written = mrs(shape, Unicode="Tübingen")
    write_nifti_mrs(tmp_path / name, written)
    back = read_nifti_mrs(tmp_path / name)
    np.testing.assert_array_equal(back.fids, written.fids)
    assert back.grid.matches(written.grid, 1e-3)
    assert back.dwell_s == pytest.approx(5e-4)
    assert {key: back.header[key] for key in written.header} == written.header
    assert (back.field_mhz, back.te_ms, back.tr_s) == (127.7, 30.0, 1.5)


def test_same_input_same_bytes(tmp_path):
    for name in ("a.nii.gz", "b.nii.gz"):
        write_nifti_mrs(tmp_path / name, mrs())
    assert (tmp_path / "a.nii.gz").read_bytes() == (tmp_path / "b.nii.gz").read_bytes()


def test_nibabel_reads_what_is_written(tmp_path):
    write_nifti_mrs(tmp_path / "a.nii.gz", mrs())
    image = nib.load(tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(np.asarray(image.dataobj), np.conj(mrs().fids[..., 0]))
    assert image.header["intent_name"].item().startswith(b"mrs_v")
    assert image.header.extensions[0].get_code() == 44
    np.testing.assert_allclose(image.affine, AFFINE, atol=1e-6)


def test_sign_is_the_standards(tmp_path):
    """By the standard a lower chemical shift than the reference has a positive frequency."""
    time = np.arange(1024) * 5e-4
    naa = np.exp(+2j * np.pi * (4.65 - 2.01) * 127.7 * time - 10 * time)
    read = read_nifti_mrs(made(tmp_path / "a.nii", naa[None, None, None].astype(np.complex64)))
    spectra, _ = spectra_from(read)
    shown = spectrum(spectra.fids[0, 0, 0]).real
    assert spectra.acquisition.ppm[np.argmax(shown)] == pytest.approx(2.01, abs=0.01)


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("dtype", ["<c8", ">c8", "<c16"])
def test_both_formats_and_both_precisions_are_read(tmp_path, kind, dtype):
    data = signals((2, 2, 1, 32))
    order = data.astype(dtype)
    path = made(tmp_path / "a.nii.gz", order, kind=kind)
    np.testing.assert_array_equal(read_nifti_mrs(path).fids[..., 0], np.conj(data))


def test_milliseconds_and_a_scalar_nucleus_are_understood(tmp_path):
    header = HEADER | {"ResonantNucleus": "1H", "SpectrometerFrequency": 127.7}
    pixdim = [1, 20, 25, 15, 0.5, 0, 0, 0]
    read = read_nifti_mrs(made(tmp_path / "a.nii", None, header, pixdim=pixdim, xyzt_units=2 + 16))
    assert read.dwell_s == pytest.approx(5e-4)
    assert read.field_mhz == 127.7


def test_repeats_are_kept_then_averaged_with_a_note(tmp_path):
    data = signals((1, 1, 1, 32, 1, 6))
    path = made(tmp_path / "a.nii", data, HEADER | {"dim_5": "DIM_COIL", "dim_6": "DIM_DYN"})
    read = read_nifti_mrs(path)
    assert read.fids.shape == (1, 1, 1, 32, 6)
    spectra, findings = spectra_from(read)
    expected = np.conj(data[:, :, :, :, 0].mean(axis=-1))
    np.testing.assert_allclose(spectra.fids, expected, atol=1e-6)
    assert [(f.level, f.code) for f in findings] == [(Level.NOTE, "repeats-averaged")]
    assert "6 repeats" in findings[0].problem


def refused(path: Path, said: str) -> None:
    with pytest.raises(InputRefused, match=said) as caught:
        read_nifti_mrs(path)
    assert caught.value.exit_code == 3
    assert path.name in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"header": HEADER | {"ResonantNucleus": ["31P"]}}, "nucleus is 31P, not 1H"),
        ({"header": HEADER | {"ResonantNucleus": ["1H", "13C"]}}, "1H, 13C"),
        ({"header": {"EchoTime": 0.03}}, "SpectrometerFrequency is missing"),
        ({"header": HEADER | {"SpectrometerFrequency": [127.7e6]}}, "10 to 1000 MHz"),
        ({"header": HEADER | {"SpectrometerFrequency": ["127"]}}, "10 to 1000 MHz"),
        ({"header": HEADER | {"SpectrometerFrequency": [10**400]}}, "10 to 1000 MHz"),
        ({"header": [1, 2]}, "not a JSON object"),
        ({"extension": b"{'a': 1}"}, "not JSON"),
        ({"extension": b"[" * 100_000}, "not JSON"),
        ({"extension": b"\xff\xfe{}"}, "not JSON"),
        ({"data": signals((1, 1, 1, 32, 4)), "header": HEADER | {"dim_5": "DIM_COIL"}}, "4 coils"),
        ({"data": signals((1, 1, 1, 32, 2)), "header": HEADER | {"dim_5": "DIM_EDIT"}}, "DIM_EDIT"),
        ({"data": signals((1, 1, 1, 32, 2))}, "None, size 2"),
        ({"data": signals((4, 4, 4))}, "3 dimensions of NIfTI type 32"),
        ({"data": np.ones((1, 1, 1, 32), np.float32)}, "4 dimensions of NIfTI type 16"),
        ({"data": np.zeros((1, 1, 1, 32), np.complex64)}, "no signal"),
        ({"data": np.full((1, 1, 1, 32), np.nan, np.complex64)}, "not finite"),
        ({"data": np.full((1, 1, 1, 32), 1e300, np.complex128)}, "not finite"),
        ({"data": signals((1, 1, 1, 3))}, "no signal"),
        ({"affine": None, "qform_code": 0, "sform_code": 0}, "codes are both 0"),
        ({"affine": np.diag([10_000.0, 10_000, 20, 1])}, "outside 1 to 400 mm"),
        ({"affine": np.diag([0.1, 20, 20, 1])}, "outside 1 to 400 mm"),
        ({"srow_x": AFFINE[0] + [0, 0, 0, 3]}, "disagree by up to 3.0 mm"),
        ({"srow_x": [np.nan, 0, 0, 0]}, "not finite"),
        ({"srow_x": [1e300, 0, 0, 0]}, "out of the world"),
        ({"srow_x": [0, 0, 0, 0]}, "singular"),
        ({"quatern_c": 1e200}, "not finite"),
        ({"srow_x": [20, 5, 0, 0], "qform_code": 0}, "sheared by"),
        ({"scl_slope": np.inf}, "not finite"),
        ({"dim": [4, 1, 1, 1, -64, 1, 1, 1]}, "must all be positive"),
        ({"dim": [4, 1, 1, 1, 2**40, 1, 1, 1]}, "GiB"),
        ({"dim": [4, 1, 1, 1, 65, 1, 1, 1]}, "the file holds"),
        ({"pixdim": [1, 20, 25, 15, 0, 0, 0, 0]}, "dwell time"),
        ({"pixdim": [1, 20, 25, 15, 2000, 0, 0, 0]}, "dwell time"),
        ({"xyzt_units": 2 + 32}, "dwell time"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path, change, said):
    refused(made(tmp_path / "svs.nii", **change), said)


def test_a_nan_slope_is_no_scaling(tmp_path):
    read = read_nifti_mrs(made(tmp_path / "a.nii", scl_slope=np.nan, scl_inter=np.nan))
    np.testing.assert_array_equal(read.fids[..., 0], np.conj(signals()))


def test_no_extension_is_refused(tmp_path):
    image = nib.Nifti2Image(signals(), AFFINE)
    nib.save(image, tmp_path / "svs.nii")
    refused(tmp_path / "svs.nii", "no header extension of NIfTI-MRS")


@pytest.mark.parametrize("size", [0, 7, 2**31, 10**4])
def test_an_extension_beyond_its_place_is_refused(tmp_path, size):
    path = made(tmp_path / "svs.nii")
    whole = bytearray(path.read_bytes())
    whole[544:548] = size.to_bytes(4, "little")
    path.write_bytes(whole)
    refused(path, "claims")


@pytest.mark.parametrize("keep", [0, 3, 400, 560, 700, -8, -1])
@pytest.mark.parametrize("name", ["svs.nii", "svs.nii.gz"])
def test_cut_files_are_refused(tmp_path, keep, name):
    path = made(tmp_path / name)
    whole = path.read_bytes()
    path.write_bytes(whole[: min(keep, len(whole) - 4)] if keep >= 0 else whole[:keep])
    refused(path, ".")


@settings(max_examples=400)
@given(place=st.integers(0, 1400), value=st.integers(0, 255))
def test_a_spoilt_byte_is_refused_or_read(tmp_path_factory, place, value):
    """Whatever byte is spoilt, the answer is a sound file or a refusal, never another error."""
    path = made(tmp_path_factory.mktemp("spoilt") / "svs.nii")
    whole = bytearray(path.read_bytes())
    whole[place % len(whole)] = value
    path.write_bytes(whole)
    try:
        read = read_nifti_mrs(path)
    except InputRefused:
        return
    assert np.isfinite(read.fids).all()


def test_other_contents_are_named(tmp_path):
    path = tmp_path / "svs.nii"
    path.write_bytes(b"<html>" + b" " * 600)
    refused(path, "an HTML page")


def test_writing_without_frequency_is_refused(tmp_path):
    bad = replace(mrs(), header={})
    with pytest.raises(InputRefused, match="SpectrometerFrequency is missing"):
        write_nifti_mrs(tmp_path / "a.nii", bad)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("names", "sequence"),
    [
        ({"SequenceName": "%SiemensSeq%\\svs_se"}, "PRESS"),
        ({"SequenceName": "svs_slaser_dkd"}, "sLASER"),
        ({"SequenceName": "PROBE-P"}, "PRESS"),
        ({"SequenceName": "", "ProtocolName": "MRSI semiLASER TE40"}, "sLASER"),
    ],
)
def test_sequence_is_taken_from_its_name(names, sequence):
    spectra, findings = spectra_from(mrs(**names))
    assert spectra.acquisition.sequence == sequence
    assert not findings


def test_what_the_header_leaves_open():
    with pytest.raises(InputRefused, match="'STEAM'"):
        spectra_from(mrs(SequenceName="svs_st"))
    unnamed = mrs(SequenceName="fid_own")
    spectra, findings = spectra_from(unnamed)
    assert spectra.acquisition.sequence == "PRESS"
    assert [finding.code for finding in findings] == ["sequence-assumed"]
    stated, findings = spectra_from(unnamed, sequence="sLASER", te_ms=40.0)
    assert (stated.acquisition.sequence, stated.acquisition.te_ms) == ("sLASER", 40.0)
    assert not findings
    with pytest.raises(InputRefused, match="does not state the echo time"):
        spectra_from(mrs(EchoTime=None))


def test_water_of_the_same_voxels_is_taken_and_any_other_refused():
    longer = mrs((3, 2, 2, 100, 2))
    spectra, findings = spectra_from(mrs(), longer)
    expected = longer.fids.mean(axis=4)[..., :64]
    assert spectra.water is not None
    np.testing.assert_allclose(spectra.water, expected, atol=1e-6)
    assert "water reference" in findings[0].problem
    moved = replace(mrs(), grid=Grid(np.diag([20.0, 25, 15, 1]), (3, 2, 2)))
    with pytest.raises(InputRefused, match="lies elsewhere"):
        spectra_from(mrs(), moved)
    with pytest.raises(InputRefused, match="sampled otherwise"):
        spectra_from(mrs(), replace(mrs(), dwell_s=4e-4))
    with pytest.raises(InputRefused, match="sampled otherwise"):
        spectra_from(mrs(), mrs((3, 2, 2, 32, 1)))


def test_spectra_of_another_shape_are_refused():
    with pytest.raises(InputRefused, match="not \\(1, 1, 1, 1024\\)"):
        Spectra(Grid(AFFINE, (1, 1, 1)), signals((1, 1, 1, 64)), PRESS_30)
