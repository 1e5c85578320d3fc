import json
import os
import stat
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK
from nifti_files import GRIDS, noise, refused

from gliofront.image.grid import Grid
from gliofront.image.reading import read_labels, read_volume
from gliofront.image.volume import LabelVolume, Volume
from gliofront.image.writing import (
    write_bytes,
    write_json,
    write_labels,
    write_text,
    write_volume,
)


def volume_on(grid: Grid) -> Volume:
    return Volume(grid, noise(grid.shape), "T1C", "arbitrary")


def labels_on(grid: Grid) -> LabelVolume:
    data = np.arange(np.prod(grid.shape)).reshape(grid.shape) % 3
    return LabelVolume(grid, data, {1: "oedema", 2: "enhancing"})


def simpleitk_places(path: Path, voxels: np.ndarray) -> np.ndarray:
    """RAS mm of voxels by SimpleITK, whose world is LPS."""
    image = SimpleITK.ReadImage(str(path))
    points = [image.TransformIndexToPhysicalPoint([int(n) for n in voxel]) for voxel in voxels]
    return np.array(points) * [-1, -1, 1]


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("kind", ["volume", "labels"])
@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_every_reader_puts_every_voxel_at_the_same_place(tmp_path, name, kind, ending):
    grid, path = GRIDS[name], tmp_path / f"x{ending}"
    thing = volume_on(grid) if kind == "volume" else labels_on(grid)
    (write_volume if kind == "volume" else write_labels)(path, thing)
    voxels = np.indices(grid.shape).reshape(3, -1).T
    mine = grid.to_world(voxels)
    loaded = nib.load(path)
    np.testing.assert_allclose(nib.affines.apply_affine(loaded.affine, voxels), mine, atol=1e-4)
    np.testing.assert_allclose(simpleitk_places(path, voxels), mine, atol=1e-4)
    by_qform = nib.affines.apply_affine(loaded.get_qform(), voxels)
    np.testing.assert_allclose(by_qform, mine, atol=0.02)
    np.testing.assert_array_equal(np.asarray(loaded.dataobj), thing.data)
    stored = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path))).transpose(2, 1, 0)
    np.testing.assert_array_equal(stored, thing.data)


@pytest.mark.parametrize("name", GRIDS)
def test_what_is_written_is_read_back(tmp_path, name):
    volume, labels = volume_on(GRIDS[name]), labels_on(GRIDS[name])
    write_volume(tmp_path / "v.nii.gz", volume)
    write_labels(tmp_path / "l.nii.gz", labels)
    read, findings = read_volume(tmp_path / "v.nii.gz", "T1C")
    again, more = read_labels(tmp_path / "l.nii.gz", labels.names)
    assert findings == more == []
    np.testing.assert_array_equal(read.data, volume.data)
    np.testing.assert_array_equal(again.data, labels.data)
    assert read.grid.matches(volume.grid, 1e-3)
    assert again.grid.matches(volume.grid, 1e-3)


def test_header_is_fresh_and_small(tmp_path):
    write_volume(tmp_path / "v.nii", volume_on(GRIDS["oblique"]))
    header = nib.Nifti1Header((tmp_path / "v.nii").read_bytes()[:348])
    assert (int(header["sform_code"]), int(header["qform_code"])) == (1, 1)
    assert (float(header["scl_slope"]), float(header["scl_inter"])) == (1.0, 0.0)
    assert header.get_xyzt_units()[0] == "mm"
    assert header["descrip"].item() == header["aux_file"].item() == b""
    assert header.get_data_dtype() == np.float32


@pytest.mark.parametrize(("value", "dtype"), [(1, np.uint8), (255, np.uint8), (256, np.uint16)])
def test_labels_take_the_smallest_type(tmp_path, value, dtype):
    data = np.zeros((3, 3, 3), int)
    data[1, 1, 1] = value
    labels = LabelVolume(Grid(np.eye(4), (3, 3, 3)), data, {value: "x"})
    write_labels(tmp_path / "l.nii", labels)
    assert nib.load(tmp_path / "l.nii").get_data_dtype() == dtype


def test_same_content_same_bytes(tmp_path):
    for folder in ("one", "two"):
        write_volume(tmp_path / folder / "deep" / f"{folder}.nii.gz", volume_on(GRIDS["LPS"]))
    one, two = sorted(tmp_path.glob("*/deep/*.gz"))
    assert one.read_bytes() == two.read_bytes()
    assert one.read_bytes()[3:8] == bytes(5)  # no name, no time
    write_json(tmp_path / "a.json", {"b": 1, "a": [2]})
    write_json(tmp_path / "b.json", {"a": [2], "b": 1})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_sheared_grid_is_refused(tmp_path):
    affine = np.eye(4)
    affine[0, 1] = 0.01
    path = tmp_path / "v.nii.gz"
    volume = volume_on(Grid(affine, (6, 7, 8)))
    refused(path, lambda: write_volume(path, volume), "sheared by 0.573 degrees", "orthogonal")


def test_other_names_and_too_long_sides_are_refused(tmp_path):
    path = tmp_path / "v.mha"
    refused(path, lambda: write_volume(path, volume_on(GRIDS["RAS"])), ".nii or .nii.gz")
    long = LabelVolume(Grid(np.eye(4), (40000, 1, 1)), np.zeros((40000, 1, 1), int), {})
    path = tmp_path / "l.nii.gz"
    refused(path, lambda: write_labels(path, long), "too long", "crop")


FAILURES = [OSError(28, "No space left on device"), KeyboardInterrupt()]


@pytest.mark.parametrize("broken", ["replace", "fsync"])
@pytest.mark.parametrize("failure", FAILURES)
def test_a_failed_write_leaves_the_old_file_alone(tmp_path, monkeypatch, broken, failure):
    path = tmp_path / "old.txt"
    write_text(path, "old")

    def fail(*_args):
        raise failure

    monkeypatch.setattr(os, broken, fail)
    if isinstance(failure, OSError):
        refused(path, lambda: write_text(path, "new"), "No space left on device", "free space")
    else:
        with pytest.raises(KeyboardInterrupt):
            write_text(path, "new")
    assert [p.name for p in tmp_path.iterdir()] == ["old.txt"]
    assert path.read_text() == "old"


def test_a_folder_in_the_way_is_refused(tmp_path):
    path = tmp_path / "taken"
    path.mkdir()
    refused(path, lambda: write_bytes(path, b"x"), "cannot be written")
    (tmp_path / "file").write_text("a file, not a folder")
    inside = tmp_path / "file" / "x.txt"
    refused(inside, lambda: write_bytes(inside, b"x"), "cannot be written")


def test_the_longest_name_and_the_usual_permissions(tmp_path):
    path = tmp_path / ("ü" * 120 + ".json")
    write_json(path, {})
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


def test_json_is_sorted_plain_and_ends_with_a_newline(tmp_path):
    path = tmp_path / "made" / "here" / "x.json"
    content = {
        "b": np.float32(0.5),
        "a": np.array([1, 2]),
        "nan": float("nan"),
        "nested": {"inf": [np.inf], "none": None},
        "path": Path("x/y"),
        "tuple": (1, "ü"),
        3: np.bool_(True),
    }
    write_json(path, content)
    text = path.read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert "ü" in text
    read = json.loads(text)
    assert list(read) == sorted(read)
    assert read["nan"] is None
    assert read["nested"] == {"inf": [None], "none": None}
    assert (read["a"], read["b"], read["path"], read["3"]) == ([1, 2], 0.5, "x/y", True)
