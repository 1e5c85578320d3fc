import json
import shutil
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pyarrow.parquet as pq
import pytest

from gliofront.cli.console import track_voxels
from gliofront.cli.main import exit_code
from gliofront.radiomics.extract import extract
from gliofront.radiomics.names import feature_names
from gliofront.radiomics.settings import TextureSettings
from gliofront.workflow import feature_table
from gliofront.workflow.derivatives import map_path, table_index
from gliofront.workflow.settings import load_settings


@pytest.fixture
def files(tmp_path) -> dict[str, Path]:
    """Write an image of small size, a mask of a part of it, and name a folder for the rest."""
    rng = np.random.default_rng(3)
    values = rng.normal(size=(12, 10, 8)).astype(np.float32)
    mask = np.zeros(values.shape, dtype=np.uint8)
    mask[2:10, 2:9, 1:7] = 1
    paths = {"image": tmp_path / "t1c.nii.gz", "mask": tmp_path / "mask.nii.gz"}
    affine = np.diag([-1.0, 1.0, 1.5, 1.0])
    for name, data in (("image", values), ("mask", mask)):
        nib.save(nib.Nifti1Image(data, affine), paths[name])
    return paths | {"out": tmp_path / "out"}


def arguments(files, *more) -> list[str]:
    given = ["features", "--image", str(files["image"]), "--mask", str(files["mask"])]
    return [*given, "-o", str(files["out"]), *more]


def copied(studied, folder: Path) -> Path:
    """Return a copy of the study, of two patients, to be changed."""
    for patient in studied.patients[:2]:
        name = f"sub-{patient.id}"
        shutil.copytree(studied.out / name, folder / name)
        shutil.copytree(studied.out / "records" / name, folder / "records" / name)
    shutil.copytree(studied.out / "models", folder / "models")
    for name in ("settings.toml", "participants.tsv"):
        shutil.copy(studied.out / name, folder / name)
    return folder


@pytest.mark.parametrize("command", ["features", "prepare"])
def test_help_is_there(command, capsys):
    assert exit_code([command, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


def test_an_image_becomes_a_table_and_maps(files, capsys):
    options = ["--range", "-3", "3", "--radius", "1", "--maps", "glcm_contrast,firstorder_mean"]
    assert exit_code(arguments(files, *options)) == 0
    said = capsys.readouterr().out
    assert "336 voxels in" in said
    assert "voxels/s" in said
    assert "t1c_features.parquet" in said
    assert sorted(path.name for path in files["out"].iterdir()) == [
        "t1c_feature-firstorder_mean.json",
        "t1c_feature-firstorder_mean.nii.gz",
        "t1c_feature-glcm_contrast.json",
        "t1c_feature-glcm_contrast.nii.gz",
        "t1c_features.json",
        "t1c_features.parquet",
    ]
    values = np.asarray(nib.load(files["image"]).dataobj)
    mask = np.asarray(nib.load(files["mask"]).dataobj) > 0
    settings = TextureSettings(radius=1, range=(-3.0, 3.0))
    expected = extract(values, mask, np.argwhere(mask), settings)
    table = pq.read_table(files["out"] / "t1c_features.parquet")
    found = np.stack([table.column(name).to_numpy() for name in feature_names()], axis=1)
    np.testing.assert_array_equal(found, expected)


def test_options_go_before_the_settings_file(files, tmp_path):
    toml = tmp_path / "s.toml"
    toml.write_text(
        '[texture]\nradius = 1\nlevels = 9\nbinning = "number"\naggregation = "averaged"\n',
        encoding="utf-8",
    )
    options = ["--levels", "11", "--definitions", "matlab", "--threads", "2", "--quiet"]
    assert exit_code(arguments(files, "--settings", str(toml), *options)) == 0
    sidecar = json.loads((files["out"] / "t1c_features.json").read_text(encoding="utf-8"))
    assert sidecar["Settings"] == {
        "radius": 1,
        "levels": 11,
        "binning": "number",
        "range": None,
        "aggregation": "averaged",
        "definitions": "matlab",
    }


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--radius", "9"], "--radius"),
        (["--radius", "two"], "--radius"),
        (["--levels", "1"], "--levels"),
        (["--binning", "fine"], "--binning"),
        (["--range", "5", "1"], "--range"),
        (["--range", "0", "nan"], "--range"),
        (["--aggregation", "mean"], "--aggregation"),
        (["--definitions", "pyradiomics"], "--definitions"),
        (["--threads", "0"], "--threads"),
        (["--maps", "glcm_contrst"], "glcm_contrast"),
        (["--settings", "absent.toml"], "absent.toml"),
        (["OUT"], "--image"),
    ],
)
def test_wrong_usage_is_2_and_names_the_option(files, options, named, capsys):
    assert exit_code(arguments(files, *options)) == 2
    assert named in capsys.readouterr().err
    assert not files["out"].exists()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ([], "--image"),
        (["--image", "a.nii.gz"], "--mask"),
        (["--image", "a.nii.gz", "--mask", "m.nii.gz"], "--output"),
        (["OUT", "--mask", "m.nii.gz"], "--mask"),
        (["OUT", "--maps", "all"], "--maps"),
        (["OUT", "-o", "DIR"], "--output"),
        (["OUT", "--range", "0", "1"], "--range"),
    ],
)
def test_the_two_uses_are_not_mixed(given, named, capsys):
    assert exit_code(["features", *given]) == 2
    assert named in capsys.readouterr().err


def test_refused_inputs_are_3_and_nothing_is_written(files, capsys):
    assert exit_code(arguments(files)) == 3
    said = capsys.readouterr().err
    assert "--range LOW HIGH" in said
    assert "--binning number" in said
    affine = nib.load(files["mask"]).affine
    for shape, told in (((12, 10, 8), "empty"), ((12, 10, 7), "on another grid")):
        data = np.full(shape, told != "empty", dtype=np.uint8)
        nib.save(nib.Nifti1Image(data, affine), files["mask"])
        assert exit_code(arguments(files, "--binning", "number")) == 3
        said = capsys.readouterr().err
        assert told in said
        assert "mask.nii.gz" in said
    assert exit_code(["features", "absent"]) == 3
    assert "gliofront prepare" in capsys.readouterr().err
    assert not files["out"].exists()


def test_existing_outputs_are_left_alone(files, capsys):
    assert exit_code(arguments(files, "--binning", "number")) == 0
    table = files["out"] / "t1c_features.parquet"
    before = table.read_bytes()
    assert exit_code(arguments(files, "--binning", "number", "--levels", "8")) == 2
    assert "t1c_features.parquet" in capsys.readouterr().err
    assert table.read_bytes() == before


def test_an_interrupt_is_130_and_leaves_nothing(files, monkeypatch, capsys):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(feature_table, "features_at", interrupted)
    assert exit_code(arguments(files, "--binning", "number", "--maps", "all")) == 130
    assert not files["out"].exists()


def test_undefined_rows_are_told(files, capsys):
    image = nib.load(files["mask"])
    mask = np.asarray(image.dataobj).copy()
    mask[0, 0, 0] = mask[11, 9, 7] = 1
    nib.save(nib.Nifti1Image(mask, image.affine), files["mask"])
    assert exit_code(arguments(files, "--binning", "number", "--radius", "1")) == 0
    assert "undefined (NaN) in 2 of 338 rows" in capsys.readouterr().out


def test_in_a_log_progress_takes_ten_lines_and_quiet_none(capsys):
    with track_voxels({"voxels": 1000}, quiet=False) as (told,):
        for _ in range(1000):
            told(1)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10
    assert lines[0].startswith("voxels 100/1,000, ")
    assert lines[-1].endswith("/s, 0 s left")
    with track_voxels({"voxels": 10}, quiet=True) as (told,):
        told(10)
    assert capsys.readouterr().out == ""


def test_prepared_patients_get_new_tables_and_the_model_is_said_to_be_of_before(
    studied, tmp_path, capsys, shared_workers
):
    out = copied(studied, tmp_path / "out")
    toml = tmp_path / "s.toml"
    toml.write_text("[texture]\nlevels = 8\n[grid]\nspacing_mm = 2.0\n", encoding="utf-8")
    assert (
        exit_code(["features", str(out), "--settings", str(toml), "--radius", "1", *shared_workers])
        == 0
    )
    said = capsys.readouterr().out
    assert "2 of 2 patients: features of T1C, T1, T2, FLAIR, ADC, rCBV" in said
    assert "trained on the features of before" in said
    assert "gliofront study BIDS NEW_OUT --settings" in said
    saved = load_settings(out / "settings.toml")
    assert (saved.texture.levels, saved.texture.radius) == (8, 1)
    assert saved.grid == studied.settings.grid


def test_a_damaged_patient_among_several_is_4_and_named(studied, tmp_path, capsys, shared_workers):
    out = copied(studied, tmp_path / "out")
    bad, good = (patient.id for patient in studied.patients[:2])
    path = map_path(out, bad, "FLAIR")
    path.write_bytes(path.read_bytes()[:-50])
    assert exit_code(["features", str(out), "--levels", "8", "--quiet", *shared_workers]) == 4
    said = capsys.readouterr().out
    assert "1 of 2 patients" in said
    assert path.name in said
    assert "has no table until it is mended" in said
    assert table_index(out, good).with_suffix(".json").exists()
    assert not table_index(out, bad).exists()


def test_prepare_then_features(studied, tmp_path, capsys, shared_workers):
    bids, out, toml = tmp_path / "bids", tmp_path / "out", tmp_path / "s.toml"
    for source in studied.bids.glob("sub-virtual0[12]/**/*.*"):
        # No progression, for prepare needs none, and no scan to be aligned, for that takes long.
        if any(kept in source.name for kept in ("gadolinium", "brain", "dseg")):
            target = bids / source.relative_to(studied.bids)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    next(bids.glob("sub-virtual01/**/*gadolinium*.nii.gz")).write_bytes(b"<html>")
    shutil.copy(studied.out / "settings.toml", toml)
    command = ["prepare", str(bids), str(out), "--settings", str(toml), *shared_workers]
    assert exit_code(command) == 4
    said = capsys.readouterr().out
    assert "1 of 2 patients prepared" in said
    assert "HTML" in said
    assert not (out / "sub-virtual01").exists()
    assert "sub-virtual01\tunknown\ttrain\tfailed" in (out / "participants.tsv").read_text()
    made = {path: path.stat().st_mtime_ns for path in out.rglob("sub-virtual02/**/*.nii.gz")}
    assert exit_code(command) == 4
    assert {path: path.stat().st_mtime_ns for path in made} == made
    capsys.readouterr()
    assert exit_code(["features", str(out), "--quiet", *shared_workers]) == 0
    assert table_index(out, "virtual02").exists()
    said = capsys.readouterr().out
    assert "trained on" not in said


def test_the_module_can_be_run(files):
    """Nothing of the command needs a terminal, an environment or a home folder."""
    command = [sys.executable, "-m", "gliofront.cli", *arguments(files, "--binning", "number")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={})
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 4
