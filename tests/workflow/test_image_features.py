import json
import tracemalloc
from dataclasses import replace

import nibabel as nib
import numpy as np
import pyarrow.parquet as pq
import pytest
from feature_images import AFFINES, SETTINGS, request_for
from hypothesis import given
from hypothesis import strategies as st

from gliofront.foundation.errors import InputRefused, UsageRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import Volume
from gliofront.image.writing import write_volume
from gliofront.radiomics.extract import extract
from gliofront.radiomics.names import feature_names
from gliofront.workflow import feature_table
from gliofront.workflow.feature_request import sidecar_path, wanted_maps
from gliofront.workflow.feature_table import NO_PAIR, TOO_FEW, TOO_LARGE, centre_blocks
from gliofront.workflow.image_features import read_image, write_features

MAPS = ("firstorder_mean", "glcm_contrast")


def loaded(path):
    return np.asarray(nib.load(path).dataobj)


def written(request):
    return write_features(read_image(request))


def features_of(table):
    names = feature_names()
    return np.stack([table.column(name).to_numpy() for name in names], axis=1)


def rewrite_mask(request, mask):
    nib.save(nib.Nifti1Image(mask.astype(np.uint8), nib.load(request.image).affine), request.mask)


@pytest.mark.parametrize("name", AFFINES)
def test_maps_lie_on_the_grid_of_the_file_and_hold_what_extract_gives(tmp_path, name):
    request = request_for(tmp_path, name, maps=MAPS)
    written(request)
    source, mask = nib.load(request.image), loaded(request.mask) > 0
    centres = np.argwhere(mask)
    expected = extract(loaded(request.image), mask, centres, SETTINGS)
    for feature in MAPS:
        made = nib.load(request.map_path(feature))
        np.testing.assert_array_equal(made.affine, source.affine)
        assert made.shape == source.shape
        assert made.get_data_dtype() == np.float32
        assert made.header.get_xyzt_units()[0] == "mm"
        data = np.asarray(made.dataobj)
        assert np.isnan(data[~mask]).all()
        column = expected[:, feature_names().index(feature)]
        np.testing.assert_array_equal(data[mask], column)


@pytest.mark.parametrize("name", AFFINES)
def test_a_row_knows_its_voxel_and_its_millimetres(tmp_path, name):
    request = request_for(tmp_path, name)
    made = written(request)
    table, mask = pq.read_table(request.table), loaded(request.mask) > 0
    assert table.column_names == ["i", "j", "k", "x_mm", "y_mm", "z_mm", *feature_names()]
    assert [str(t) for t in table.schema.types] == ["int32"] * 3 + ["float"] * 45
    voxels = np.stack([table.column(c).to_numpy() for c in "ijk"], axis=1)
    np.testing.assert_array_equal(voxels, np.argwhere(mask))
    places = np.stack([table.column(f"{c}_mm").to_numpy() for c in "xyz"], axis=1)
    world = nib.affines.apply_affine(nib.load(request.image).affine, voxels)
    np.testing.assert_allclose(places, world, atol=1e-4)
    expected = extract(loaded(request.image), mask, voxels, SETTINGS)
    np.testing.assert_array_equal(features_of(table), expected)
    assert made.rows == len(voxels) == table.num_rows


def test_left_stays_left_however_the_voxels_are_stored(tmp_path):
    """A bright body on the patient's left, stored with the first axis to the right, then left."""
    places = {}
    for sign in (1, -1):
        folder = tmp_path / str(sign)
        folder.mkdir()
        request = request_for(folder, maps=("firstorder_mean",))
        affine = np.diag([sign, 1.0, 1.0, 1.0])
        affine[0, 3] = -sign * 10.0
        x = affine[0, 0] * np.arange(21) + affine[0, 3]
        values = np.zeros((21, 9, 8), dtype=np.float32)
        values[(x > -8) & (x < -4), 2:6, 2:5] = 2.0
        nib.save(nib.Nifti1Image(values, affine), request.image)
        rewrite_mask(request, np.ones_like(values))
        written(request)
        table = pq.read_table(request.table)
        mean = table.column("firstorder_mean").to_numpy()
        made = nib.load(request.map_path("firstorder_mean"))
        at = np.argwhere(np.asarray(made.dataobj) > 1.0)
        places[sign] = nib.affines.apply_affine(made.affine, at).mean(axis=0)
        assert table.column("x_mm").to_numpy()[mean > 1.0].max() < 0
    assert places[1][0] < -4
    np.testing.assert_allclose(places[1], places[-1], atol=1e-5)


def test_cubes_are_cut_by_inside_and_rows_chosen_by_the_mask(tmp_path):
    request = request_for(tmp_path)
    inside = np.ones(loaded(request.mask).shape, bool)
    inside[:5] = False
    path = tmp_path / "brain.nii.gz"
    nib.save(nib.Nifti1Image(inside.astype(np.uint8) * 255, nib.load(request.mask).affine), path)
    written(replace(request, inside=path))
    centres = np.argwhere(loaded(request.mask) > 0)
    expected = extract(loaded(request.image), inside, centres, SETTINGS)
    np.testing.assert_array_equal(features_of(pq.read_table(request.table)), expected)


def test_undefined_rows_are_counted_by_reason(tmp_path):
    request = request_for(tmp_path)
    mask = np.zeros(loaded(request.mask).shape, bool)
    mask[1, 1, 1] = True  # alone: nothing is defined
    mask[5, 5, 4], mask[7, 5, 4] = True, True  # in each other's cube of radius 2, not adjacent
    mask[11:13, 8, 6] = True
    rewrite_mask(request, mask)
    settings = SETTINGS.model_copy(update={"radius": 2})
    made = written(replace(request, settings=settings))
    assert made.undefined == {TOO_FEW: 1, NO_PAIR: 2, TOO_LARGE: 0}
    features = features_of(pq.read_table(request.table))
    assert np.isnan(features).any(axis=1).sum() == 3
    sidecar = json.loads(sidecar_path(request.table).read_text(encoding="utf-8"))
    assert sidecar["RowsUndefined"] == made.undefined
    assert sidecar["Rows"] == 5


def test_the_sidecars_tell_sources_settings_and_that_it_is_research(tmp_path):
    request = request_for(tmp_path, maps=MAPS)
    made = written(request)
    sidecars = [path for path in made.files if path.suffix == ".json"]
    assert len(sidecars) == 3
    for path in sidecars:
        sidecar = json.loads(path.read_text(encoding="utf-8"))
        assert list(sidecar["Sources"]) == ["image scan.nii.gz", "mask mask.nii.gz"]
        assert all(len(digest) == 64 for digest in sidecar["Sources"].values())
        assert sidecar["Settings"]["radius"] == 1
        assert sidecar["Settings"]["range"] == [-3.0, 3.0]
        assert "Research use only" in sidecar["ResearchUse"]


def test_the_same_input_gives_the_same_bytes_on_any_number_of_threads(tmp_path):
    request = request_for(tmp_path, maps=MAPS)
    written(request)
    other = replace(request, out=tmp_path / "other", threads=3)
    written(other)
    assert sorted(p.name for p in request.out.iterdir()) == sorted(p.name for p in request.files)
    for one, two in zip(request.files, other.files, strict=True):
        assert one.read_bytes() == two.read_bytes(), one


@given(st.integers(0, 2**20), st.integers(1, 40))
def test_blocks_hold_every_voxel_once_in_order(seed, rows):
    rng = np.random.default_rng(seed)
    mask = rng.random(rng.integers(1, 7, 3)) > rng.random()
    blocks = list(centre_blocks(mask, rows))
    assert all(len(block) == rows for block in blocks[:-1])
    assert all(0 < len(block) <= rows for block in blocks)
    np.testing.assert_array_equal(np.concatenate([np.empty((0, 3)), *blocks]), np.argwhere(mask))


def test_many_blocks_make_one_table(tmp_path, monkeypatch):
    monkeypatch.setattr(feature_table.centre_blocks, "__defaults__", (37,))
    request = request_for(tmp_path, maps=MAPS)
    told, drawn = [], []
    made = write_features(read_image(request), told.append, drawn.append)
    assert len(told) > 5
    assert sum(told) == made.rows
    assert drawn == [1, 1]
    mask = loaded(request.mask) > 0
    expected = extract(loaded(request.image), mask, np.argwhere(mask), SETTINGS)
    np.testing.assert_array_equal(features_of(pq.read_table(request.table)), expected)
    contrast = expected[:, feature_names().index("glcm_contrast")]
    np.testing.assert_array_equal(loaded(request.map_path("glcm_contrast"))[mask], contrast)


@pytest.mark.parametrize("moment", ["rows", "maps"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_nothing_stays_after_a_failure(tmp_path, moment, error):
    def fail(count):
        raise error

    request = request_for(tmp_path, maps=MAPS)
    read = read_image(request)
    tellers = {"rows": {"told": fail}, "maps": {"drawn": fail}}[moment]
    expected = InputRefused if error is OSError else error
    with pytest.raises(expected):
        write_features(read, **tellers)
    assert not request.out.exists()
    request.out.mkdir()
    (request.out / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(expected):
        write_features(read, **tellers)
    assert [path.name for path in request.out.iterdir()] == ["mine.txt"]


def test_outputs_of_the_same_name_are_never_overwritten(tmp_path):
    request = request_for(tmp_path, maps=MAPS)
    read = read_image(request)
    late = request.map_path(MAPS[1])

    def appears(rows):
        late.write_text("mine", encoding="utf-8")

    with pytest.raises(UsageRefused, match="exists"):
        write_features(read, appears)
    assert [path.name for path in request.out.iterdir()] == [late.name]
    with pytest.raises(UsageRefused, match="exists"):
        read_image(request)
    assert late.read_text(encoding="utf-8") == "mine"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    request = request_for(tmp_path)
    request.out.write_text("mine", encoding="utf-8")
    with pytest.raises(InputRefused, match="cannot be written"):
        written(request)
    assert request.out.read_text(encoding="utf-8") == "mine"


def test_a_mask_on_another_grid_is_refused_with_both_grids(tmp_path):
    request = request_for(tmp_path)
    affine = nib.load(request.mask).affine.copy()
    affine[0, 3] += 1.5
    nib.save(nib.Nifti1Image(loaded(request.mask), affine), request.mask)
    with pytest.raises(InputRefused, match="on another grid") as error:
        read_image(request)
    assert "mask.nii.gz" in str(error.value)
    assert "1.50 mm apart" in str(error.value)


def test_an_image_that_is_no_volume_or_a_mask_without_voxels_is_refused(tmp_path):
    request = request_for(tmp_path)
    rewrite_mask(request, np.zeros(loaded(request.mask).shape))
    with pytest.raises(InputRefused, match="empty"):
        read_image(request)
    series = np.random.default_rng(0).normal(size=(6, 6, 6, 4)).astype(np.float32)
    nib.save(nib.Nifti1Image(series, np.eye(4)), request.image)
    with pytest.raises(InputRefused, match=r"scan\.nii\.gz"):
        read_image(request)


def test_a_missing_range_is_refused_before_anything_is_read(tmp_path):
    settings = SETTINGS.model_copy(update={"range": None})
    request = replace(request_for(tmp_path, settings=settings), image=tmp_path / "absent.nii.gz")
    with pytest.raises(InputRefused, match="--range LOW HIGH") as error:
        read_image(request)
    assert "--binning number" in error.value.mend


@pytest.mark.parametrize(("degrees", "warned"), [(0.05, False), (3.0, True)])
def test_a_sheared_grid_is_put_right_by_the_reader_and_it_is_said(tmp_path, degrees, warned):
    request = request_for(tmp_path, maps=MAPS)
    affine = np.eye(4)
    affine[0, 1] = np.tan(np.radians(degrees))
    for path in (request.image, request.mask):
        nib.save(nib.Nifti1Image(loaded(path), affine), path)
    written(request)
    sidecar = json.loads(sidecar_path(request.table).read_text(encoding="utf-8"))
    assert any("sheared" in finding for finding in sidecar["Findings"]) == warned
    made = nib.load(request.map_path(MAPS[0]))
    assert np.allclose(made.affine, affine, atol=5e-3) != warned


def test_values_that_are_levels_already(tmp_path):
    settings = SETTINGS.model_copy(update={"binning": "none", "range": None})
    request = request_for(tmp_path, settings=settings)
    with pytest.raises(InputRefused, match="binning none"):
        written(request)
    assert not request.out.exists()
    levels = np.random.default_rng(1).integers(1, 17, loaded(request.image).shape)
    source = nib.load(request.image)
    nib.save(nib.Nifti1Image(levels.astype(np.int16), source.affine), request.image)
    assert written(request).undefined[TOO_FEW] == 0


def test_names_of_maps():
    assert wanted_maps(None, SETTINGS) == ()
    assert wanted_maps("all", SETTINGS) == feature_names()
    assert wanted_maps(" glrlm_run_percentage, glcm_energy", SETTINGS) == (
        "glcm_energy",
        "glrlm_run_percentage",
    )
    with pytest.raises(UsageRefused, match="glcm_contrast"):
        wanted_maps("glcm_contrst", SETTINGS)
    with pytest.raises(UsageRefused, match="no feature"):
        wanted_maps(" , ", SETTINGS)


def test_memory_is_that_of_a_block_not_of_the_table(tmp_path):
    """All features of these rows are 149 MB; arrays of NumPy are counted, not those of Arrow."""
    shape = (96, 96, 96)
    data = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    request = request_for(tmp_path)
    write_volume(request.image, Volume(Grid(np.eye(4), shape), data, "x", "y"))
    rewrite_mask(request, np.ones(shape))
    read = read_image(request)
    tracemalloc.start()
    made = write_features(read)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert made.rows == 96**3
    assert peak < 70e6
