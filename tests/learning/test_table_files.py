"""The voxel table on disk."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from learning_cases import patient_voxels, six_patients

from gliofront.foundation.errors import InputRefused
from gliofront.learning.context import VoxelContext
from gliofront.learning.table import PatientVoxels
from gliofront.learning.table_files import features_path, read_table, release, write_table


@pytest.fixture(name="tables", scope="module")
def cohort_of_six():
    return six_patients()


@pytest.fixture(name="index")
def written(tmp_path, tables):
    write_table(tmp_path / "sub-p00_voxels.parquet", tables[0])
    return tmp_path / "sub-p00_voxels.parquet"


def test_comes_back_as_it_was_with_features_left_on_disk(index, tables):
    back = read_table(index)
    pairs = [(getattr(tables[0], f.name), getattr(back, f.name)) for f in _plain(PatientVoxels)]
    contexts = (tables[0].context, back.context)
    pairs += [tuple(getattr(c, f.name) for c in contexts) for f in _plain(VoxelContext)]
    for want, got in pairs:
        np.testing.assert_array_equal(got, want)
        if isinstance(want, np.ndarray):
            assert got.dtype == want.dtype
    assert isinstance(back.features, np.memmap)
    assert not back.features.flags.writeable


def _plain(kind):
    return [field for field in dataclasses.fields(kind) if field.name != "context"]


def test_same_table_same_bytes(index, tables, tmp_path):
    write_table(tmp_path / "again.parquet", tables[0])
    assert (tmp_path / "again.parquet").read_bytes() == index.read_bytes()
    assert features_path(tmp_path / "again.parquet").read_bytes() == (
        features_path(index).read_bytes()
    )


def test_no_voxels_at_all_is_still_a_table(tmp_path):
    whole = patient_voxels(0, n=10)
    parts = {
        name: getattr(whole, name)[:0]
        for name in ("features", "voxel", "label", "shell", "distance_mm", "doubt")
    }
    parts["context"] = VoxelContext.unknown(0)
    write_table(tmp_path / "none.parquet", dataclasses.replace(whole, **parts))
    back = read_table(tmp_path / "none.parquet")
    assert back.features.shape == (0, 6)
    assert not back.usable.size


def test_swapped_or_cut_features_are_refused(index, tables, tmp_path):
    write_table(tmp_path / "other.parquet", tables[1])
    features_path(index).write_bytes(features_path(tmp_path / "other.parquet").read_bytes())
    with pytest.raises(InputRefused, match="not those of the index beside them"):
        read_table(index)
    features_path(index).unlink()
    with pytest.raises(InputRefused, match="the features cannot be read"):
        read_table(index)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(200) + b"PAR1", None])
def test_broken_index_is_refused(index, content):
    data = index.read_bytes()
    index.write_bytes(data[: len(data) // 2] if content is None else content)
    with pytest.raises(InputRefused, match="the index of the voxel table cannot be read"):
        read_table(index)


def test_missing_index_and_foreign_parquet_are_refused(index, tmp_path):
    with pytest.raises(InputRefused, match="To mend: compute the features"):
        read_table(tmp_path / "absent.parquet")
    frame = pq.read_table(index)
    pq.write_table(frame.replace_schema_metadata({}), index)
    with pytest.raises(InputRefused, match="cannot be read"):
        read_table(index)
    pq.write_table(frame.drop_columns(["shell"]), index)
    with pytest.raises(InputRefused, match="other columns than expected"):
        read_table(index)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"label": np.full(3000, 2)}, "a label is not 1, 0 or -1"),
        ({"label": np.zeros(5)}, "differ in length"),
        ({"names": ("T1C_a",) * 6}, "a feature column comes twice"),
        ({"patient": ""}, "the patient has no id"),
    ],
)
def test_voxels_that_do_not_belong_together_are_refused(tables, change, problem):
    with pytest.raises(InputRefused, match=problem):
        dataclasses.replace(tables[0], **change)


def resident_kb(path):
    """Return how much of a mapped file this process holds in memory."""
    lines = iter(Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines())
    found = next(line for line in lines if line.endswith(str(path)))
    assert found
    return next(int(line.split()[1]) for line in lines if line.startswith("Rss:"))


def test_a_released_table_holds_no_memory_and_can_be_read_again(index, tables):
    back = read_table(index)
    before = np.array(back.features)
    assert resident_kb(features_path(index)) > 0
    release(back)
    assert resident_kb(features_path(index)) == 0
    np.testing.assert_array_equal(back.features, before)


def test_release_leaves_a_table_in_memory_alone(tables):
    before = np.array(tables[0].features)
    release(tables[0])
    np.testing.assert_array_equal(tables[0].features, before)
