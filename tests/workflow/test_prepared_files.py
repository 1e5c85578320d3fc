import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from gliofront.cohort.bids import mask_path
from gliofront.foundation.errors import InputRefused, UsageRefused
from gliofront.image.grid import Grid
from gliofront.image.reading import read_volume
from gliofront.image.volume import Volume
from gliofront.image.writing import write_volume
from gliofront.learning.table_files import features_path, read_table
from gliofront.workflow.derivatives import Provenance, map_path, save_prepared, table_index
from gliofront.workflow.prepare import prepare_patients
from gliofront.workflow.prepared_features import (
    map_counts,
    maps_at_hand,
    model_folders,
    prepared_patients,
    settings_of,
    tabulate_patients,
)
from gliofront.workflow.prepared_files import load_prepared, prepared_paths, read_summary
from gliofront.workflow.settings import load_settings
from gliofront.workflow.summary import summary_path


@pytest.fixture
def out(studied, tmp_path):
    """Return a copy of what was prepared of two patients of the study, to be changed."""
    copy = tmp_path / "copy"
    for patient in studied.patients[:2]:
        name = f"sub-{patient.id}"
        shutil.copytree(studied.out / name, copy / name)
        shutil.copytree(studied.out / "records" / name, copy / "records" / name)
    for name in ("settings.toml", "participants.tsv"):
        shutil.copy(studied.out / name, copy / name)
    return copy


@pytest.fixture
def texture(studied):
    return studied.settings.texture.model_copy(update={"radius": 2, "levels": 8})


def tabulated(out, how, texture=None, told=lambda result: None, force=()):
    patients = prepared_patients(out)
    wanted = maps_at_hand(out, patients)
    how = replace(how, force=frozenset(force))
    chosen = settings_of(out, texture)
    return tabulate_patients(out, patients, wanted, chosen, told=told, how=how)


@pytest.mark.parametrize("number", [0, 4])
def test_what_was_saved_is_read_back_and_saved_again_as_the_same_bytes(studied, tmp_path, number):
    patient = studied.patients[number].id
    sidecar = map_path(studied.out, patient, "T1C").with_name(
        map_path(studied.out, patient, "T1C").name.replace(".nii.gz", ".json")
    )
    said = json.loads(sidecar.read_text(encoding="utf-8"))
    provenance = Provenance(said["Sources"], said["Settings"], "preparation")
    prepared = load_prepared(studied.out, patient)
    made = save_prepared(tmp_path, patient, prepared, provenance)
    assert len(made) == 6 + 7 + 2
    for path in made:
        for file in (path, path.with_name(path.name.replace(".nii.gz", ".json"))):
            assert file.read_bytes() == (studied.out / file.relative_to(tmp_path)).read_bytes()
    scan = read_volume(studied.patients[number].preop.images["T1C"], "T1C")[0]
    assert prepared.native.matches(scan.grid)


def test_every_file_that_was_prepared_is_known(studied):
    patient = studied.patients[0].id
    paths = prepared_paths(studied.out, patient, read_summary(studied.out, patient))
    images = studied.out.glob(f"sub-{patient}/ses-preop/*/*_space-T1C_*.nii.gz")
    assert set(paths.values()) == {path for path in images if "probseg" not in path.name}


@pytest.mark.parametrize("what", ["map FLAIR", "mask brain", "labels shells"])
def test_a_missing_or_damaged_file_is_named(studied, out, what):
    patient = studied.patients[0].id
    path = prepared_paths(out, patient, read_summary(out, patient))[what]
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputRefused, match=path.name):
        load_prepared(out, patient)
    path.unlink()
    with pytest.raises(InputRefused, match=path.name):
        load_prepared(out, patient)


def test_a_map_on_another_grid_is_refused(studied, out):
    patient = studied.patients[0].id
    path = map_path(out, patient, "FLAIR")
    volume = read_volume(path, "FLAIR", max_undefined=1.0)[0]
    affine = volume.grid.affine.copy()
    affine[0, 3] += 3.0
    write_volume(path, Volume(Grid(affine, volume.grid.shape), volume.data, "FLAIR", "x"))
    with pytest.raises(InputRefused, match="on another grid"):
        load_prepared(out, patient)


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.pop("WorkingGrid"),
        lambda said: said["Maps"].remove("T1C"),
        lambda said: said["Maps"].append("T9"),
        lambda said: said["VolumesMl"].pop("brain"),
        lambda said: said["NativeGrid"].update(Shape=[3, 3]),
    ],
)
def test_a_damaged_summary_is_refused(studied, out, change):
    path = summary_path(out, studied.patients[0].id)
    said = json.loads(path.read_text(encoding="utf-8"))
    change(said)
    path.write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(InputRefused, match=r"summary\.json"):
        load_prepared(out, studied.patients[0].id)
    path.write_bytes(b"{")
    with pytest.raises(InputRefused, match="damaged"):
        load_prepared(out, studied.patients[0].id)


def test_the_same_settings_give_the_table_of_the_study_again(studied, out, how):
    told = []
    outcomes = tabulated(out, how, told=told.append, force=["features"])
    assert [o.done for o in outcomes] == [True, True]
    assert [(r.id.step, r.ran) for r in told] == [("features", True)] * 2
    rows = 0
    for patient in studied.patients[:2]:
        one, two = table_index(out, patient.id), table_index(studied.out, patient.id)
        assert features_path(one).read_bytes() == features_path(two).read_bytes()
        before, after = read_table(two), read_table(one)
        assert (after.patient, after.site) == (before.patient, patient.site)
        for name in ("voxel", "label", "shell", "distance_mm"):
            np.testing.assert_allclose(getattr(after, name), getattr(before, name), atol=1e-4)
        rows += len(after.features)
    patients = prepared_patients(out)
    wanted = maps_at_hand(out, patients)
    assert rows * len(wanted) == sum(map_counts(out, patients, wanted).values())
    assert load_settings(out / "settings.toml") == studied.settings


def test_other_settings_make_other_features_and_stand_beside_them(studied, out, texture, how):
    tabulated(out, how, texture)
    patient = studied.patients[0].id
    index = table_index(out, patient)
    before, after = read_table(table_index(studied.out, patient)), read_table(index)
    assert before.names == after.names
    assert not np.array_equal(before.features, after.features, equal_nan=True)
    sidecar = json.loads(index.with_suffix(".json").read_text(encoding="utf-8"))
    assert sidecar["Settings"]["texture"]["levels"] == 8
    assert sidecar["Rows"] == len(after.features)
    assert sidecar["MissingMaps"] == []
    assert map_path(out, patient, "T1C").name in sidecar["Sources"]
    assert load_settings(out / "settings.toml").texture == texture
    first = [index, features_path(index), index.with_suffix(".json"), out / "settings.toml"]
    bytes_of = [path.read_bytes() for path in first]
    tabulated(out, how, texture)
    assert [path.read_bytes() for path in first] == bytes_of


def test_a_map_that_one_patient_lacks_is_nan_and_said(studied, out, how):
    patient = studied.patients[0].id
    path = summary_path(out, patient)
    said = json.loads(path.read_text(encoding="utf-8"))
    said["Maps"].remove("rCBV")
    path.write_text(json.dumps(said), encoding="utf-8")
    outcomes = tabulated(out, how, force=["features"])
    assert "rCBV missing" in outcomes[0].findings[-1].problem
    table = read_table(table_index(out, patient))
    lacking = np.array([name.startswith("rCBV_") for name in table.names])
    assert lacking.sum() == 42
    assert np.isnan(table.features[:, lacking]).all()
    assert np.isfinite(table.features[:, ~lacking]).any(axis=1).all()


def test_a_damaged_patient_has_no_table_of_before_and_the_others_go_on(studied, out, texture, how):
    bad, good = (patient.id for patient in studied.patients[:2])
    mask_path(out, bad, "preop", "peritumoural", space="T1C").unlink()
    outcomes = tabulated(out, how, texture)
    assert [o.done for o in outcomes] == [False, True]
    assert "peritumoural" in str(outcomes[0].findings[-1])
    # A table of other settings must not be taken for one of these.
    assert not table_index(out, bad).exists()
    assert not table_index(out, bad).with_suffix(".json").exists()
    assert table_index(out, good).with_suffix(".json").exists()


def test_if_nobody_can_be_done_the_reason_is_raised_and_the_settings_stay(
    studied, out, texture, how
):
    for patient in studied.patients[:2]:
        summary_path(out, patient.id).write_text("{}", encoding="utf-8")
    with pytest.raises(InputRefused, match="damaged"):
        tabulated(out, how, texture)
    assert load_settings(out / "settings.toml") == studied.settings
    assert len(list(out.rglob("*desc-preproc*.nii.gz"))) == 8


def test_site_and_partition_come_from_the_participants(studied, out, tmp_path, how):
    assert [(p.id, p.site, p.partition) for p in prepared_patients(studied.out)] == [
        (p.id, p.site, p.partition) for p in studied.patients
    ]
    (out / "participants.tsv").unlink()
    assert {p.site for p in prepared_patients(out)} == {"unknown"}
    assert "unknown-site" in [f.code for f in tabulated(out, how)[0].findings]
    assert model_folders(out) == []
    assert model_folders(studied.out) == [studied.result.model]


def test_a_folder_without_prepared_patients_or_settings_is_refused(out, tmp_path):
    with pytest.raises(InputRefused, match="no prepared patient"):
        prepared_patients(tmp_path / "absent")
    (out / "settings.toml").unlink()
    with pytest.raises(UsageRefused, match=r"settings\.toml"):
        settings_of(out, None)


def test_preparing_alone_makes_the_maps_of_a_study_and_then_its_tables(studied, tmp_path, how):
    out, patients = tmp_path / "out", studied.patients[:1]
    outcomes = prepare_patients(patients, out, studied.settings, how=how)
    assert [o.done for o in outcomes] == [True]
    assert not list(out.rglob("*_voxels.*"))
    for outcome in outcomes:
        assert len(outcome.made) > 15
        for path in outcome.made:
            assert path.read_bytes() == (studied.out / path.relative_to(out)).read_bytes(), path
    tabulated(out, how)
    for patient in patients:
        one, two = (features_path(table_index(o, patient.id)) for o in (out, studied.out))
        assert one.read_bytes() == two.read_bytes()
        assert read_table(table_index(out, patient.id)).site == patient.site
