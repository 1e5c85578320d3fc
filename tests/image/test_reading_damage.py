"""F1 to F5: files that are cut off, damaged, mislabelled, or claim too much."""

import gzip
import io
import json
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nifti_files import content, noise, refused, saved

from gliofront.foundation.errors import InputRefused
from gliofront.image import file_bytes
from gliofront.image.reading import read_labels, read_mask, read_volume


@pytest.fixture(scope="module")
def large() -> bytes:
    """A gzip file far larger than any read buffer, so that damage lies behind the header."""
    packed = gzip.compress(content(noise((96, 96, 64))), 1, mtime=0)
    assert len(packed) > 2**20
    return packed


def given_file(folder: Path, data: bytes, name: str = "t1c.nii.gz") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("share", [0.001, 0.3, 0.9, 0.999999])
def test_f01_truncated_gzip(tmp_path, large, share):
    path = given_file(tmp_path, large[: int(len(large) * share)])
    refused(path, lambda: read_volume(path, "T1C"), "cut off", "copy or export")


@pytest.mark.parametrize("lost", [1, 4, 8])
def test_f01_gzip_trailer_lost(tmp_path, large, lost):
    path = given_file(tmp_path, large[:-lost])
    refused(path, lambda: read_volume(path, "T1C"), "cut off")


def test_f02_one_flipped_bit_in_gzip(tmp_path, large):
    rng = np.random.default_rng(3)
    places = [14, 40, 100, 200, 300, *rng.integers(400, len(large) - 8, 15)]
    for place in [*places, len(large) - 6, len(large) - 1]:
        spoilt = bytearray(large)
        spoilt[int(place)] ^= 1 << int(rng.integers(8))
        path = given_file(tmp_path, bytes(spoilt))
        refused(path, lambda path=path: read_volume(path, "T1C"))


def test_f02_a_flip_that_is_not_refused_has_changed_nothing(tmp_path):
    sound, rng = gzip.compress(content(noise((30, 30, 20))), 1, mtime=0), np.random.default_rng(5)
    refusals = 0
    for place in rng.integers(len(sound), size=300):
        spoilt = bytearray(sound)
        spoilt[int(place)] ^= 1 << int(rng.integers(8))
        path = given_file(tmp_path, bytes(spoilt))
        try:
            np.testing.assert_array_equal(read_volume(path, "T1")[0].data, noise((30, 30, 20)))
        except InputRefused:
            refusals += 1
    assert refusals > 290


def test_f02_junk_behind_the_gzip_stream(tmp_path, large):
    path = given_file(tmp_path, large + b"junk")
    refused(path, lambda: read_volume(path, "T1C"), "damaged")


@pytest.mark.parametrize("name", ["short.nii", "short.nii.gz"])
@pytest.mark.parametrize("change", [-1, -5000, 1, 4096])
def test_f03_byte_count(tmp_path, name, change):
    whole = content(noise((40, 40, 20)))
    whole = whole[:change] if change < 0 else whole + bytes(change)
    path = saved(tmp_path / name, whole)
    refused(path, lambda: read_volume(path, "T1C"), "header describes 128352 bytes", "holds")


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.dcm", b"x")
    return buffer.getvalue()


WRONG = {
    "an HTML page": b"\n<!DOCTYPE html><html><body>Sign in</body></html>",
    "a JSON text": json.dumps({"error": "not found"}).encode(),
    "a zip archive": zipped(),
    "a DICOM file": bytes(128) + b"DICM" + bytes(400),
    "a Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:0",
    "nothing but zeros": bytes(4096),
    "of no kind known here": b"once upon a time " * 90,
}


@pytest.mark.parametrize("named", WRONG)
@pytest.mark.parametrize("name", ["t1.nii", "t1.nii.gz"])
def test_f04_says_what_the_file_is(tmp_path, named, name):
    path = given_file(tmp_path, WRONG[named], name)
    refused(path, lambda: read_volume(path, "T1"), named)
    path = given_file(tmp_path, gzip.compress(WRONG[named]), "packed.nii.gz")
    refused(path, lambda: read_volume(path, "T1"), named)


def test_f04_names_that_lie(tmp_path):
    path = given_file(tmp_path, content(noise()), "plain.nii.gz")
    refused(path, lambda: read_volume(path, "T1"), "uncompressed NIfTI", "rename it to .nii")
    path = given_file(tmp_path, gzip.compress(content(noise())), "packed.nii")
    refused(path, lambda: read_volume(path, "T1"), "rename it to .nii.gz")
    path = given_file(tmp_path, gzip.compress(gzip.compress(content(noise()))))
    refused(path, lambda: read_volume(path, "T1"), "a gzip file inside a gzip file")


def test_f04_empty_files(tmp_path):
    path = given_file(tmp_path, b"")
    refused(path, lambda: read_volume(path, "T1"), "empty")
    path = given_file(tmp_path, gzip.compress(b""), "packed.nii.gz")
    refused(path, lambda: read_volume(path, "T1"), "empty")


def test_f04_pair_and_analyze_headers(tmp_path):
    pair = content(noise(), magic=b"ni1")[:348]
    path = given_file(tmp_path, pair, "t1.hdr")
    refused(path, lambda: read_volume(path, "T1"), ".hdr and .img", "single .nii.gz")
    path = given_file(tmp_path, content(noise(), magic=b""), "t1.img")
    refused(path, lambda: read_volume(path, "T1"), "Analyze")


def test_f05_header_claims_too_much(tmp_path):
    dim = [3, 30000, 30000, 30000, 1, 1, 1, 1]
    for name in ("huge.nii", "huge.nii.gz"):
        path = saved(tmp_path / name, content(noise(), dim=dim))
        tracemalloc.start()
        refused(path, lambda path=path: read_volume(path, "T1"), "GiB", "crop")
        assert tracemalloc.get_traced_memory()[1] < 2**22
        tracemalloc.stop()


def test_f05_claim_below_the_cap_is_held_against_the_file(tmp_path):
    dim = [3, 900, 900, 900, 1, 1, 1, 1]
    path = saved(tmp_path / "t1.nii.gz", content(noise(), dim=dim))
    refused(path, lambda: read_volume(path, "T1"), "cannot hold them")


def test_f05_gzip_bomb_is_left_at_once(tmp_path, monkeypatch):
    path = saved(tmp_path / "bomb.nii.gz", content(noise()) + bytes(200 * 2**20))
    monkeypatch.setattr(file_bytes, "_CHUNK", 4096)
    tracemalloc.start()
    refused(path, lambda: read_volume(path, "T1"), "holds more")
    assert tracemalloc.get_traced_memory()[1] < 2**22
    tracemalloc.stop()


def test_missing_folder_and_device(tmp_path):
    path = tmp_path / "absent.nii.gz"
    refused(path, lambda: read_volume(path, "T1"), "no such file")
    folder = tmp_path / "folder.nii.gz"
    folder.mkdir()
    refused(folder, lambda: read_labels(folder, {1: "a"}), "a folder")
    refused(Path("/dev/null"), lambda: read_mask("/dev/null", "brain"), "not a regular file")


def test_unreadable_file(tmp_path, monkeypatch):
    path = saved(tmp_path / "t1.nii.gz", content(noise()))

    def denied(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    refused(path, lambda: read_volume(path, "T1"), "Permission denied")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 351), st.integers(0, 7)), min_size=1, max_size=4))
def test_any_header_is_read_or_refused(tmp_path_factory, flips):
    whole = bytearray(content(noise((5, 4, 3))))
    for place, bit in flips:
        whole[place] ^= 1 << bit
    path = given_file(tmp_path_factory.mktemp("flips"), bytes(whole), "t1.nii")
    try:
        volume, _ = read_volume(path, "T1")
    except InputRefused as refusal:
        assert path.name in str(refusal)  # noqa: PT017 (either outcome is right)
    else:
        assert volume.data.size > 0
