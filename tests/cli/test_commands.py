import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import gliofront
from gliofront.cli.inputs import refuse_overlap
from gliofront.cli.main import exit_code
from gliofront.foundation.errors import UsageRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import Volume
from gliofront.image.writing import write_volume
from gliofront.workflow.settings import settings_text

COMMANDS = (
    "demo",
    "doctor",
    "prepare",
    "features",
    "study",
    "train",
    "evaluate",
    "predict",
    "report",
    "view",
    "align",
    "compare",
    "audit-claims",
    "status",
    "verify",
    "phantom",
)


def scan(path: Path) -> Path:
    """Write a scan of more than a megabyte when compressed."""
    data = np.random.default_rng(0).normal(100, 20, (96, 96, 96)).astype(np.float32)
    write_volume(path, Volume(Grid(np.diag([2.0, 2.0, 2.0, 1.0]), data.shape), data, "T1C", "x"))
    assert path.stat().st_size > 2**20
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_there_and_says_what_for(command, capsys):
    assert exit_code([command, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


def test_version(capsys):
    assert exit_code(["--version"]) == 0
    assert gliofront.__version__ in capsys.readouterr().out


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from gliofront.cli.main import exit_code; exit_code(['--help']);"
        "heavy = {'numpy', 'ants', 'scipy', 'lightgbm', 'nibabel', 'sklearn'} & set(sys.modules);"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["predict"],
        ["nonsense"],
        ["predict", "t1c.nii.gz", "flair.nii.gz", "out", "--model", "m"],
        ["predict", "T9=a.nii.gz", "out", "--model", "m"],
        ["predict", "T1C=a.nii.gz", "out", "--model", "m", "--tumour-point", "left"],
        ["predict", "T1C=a.nii.gz", "out", "--model", "m", "--assume-orientation", "XYZ"],
        ["doctor", "T1C=a.nii.gz", "--settings", "absent.toml"],
        ["demo", "out", "--patients", "1"],
    ],
)
def test_wrong_usage_is_2(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert exit_code(arguments) == 2
    assert not list(tmp_path.iterdir())


def test_a_filled_output_folder_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    for command in (["phantom"], ["demo"], ["study", str(tmp_path / "absent")]):
        assert exit_code([*command, str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "not empty" in said
    assert "holds files that gliofront did not write" in said
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_a_damaged_file_is_3_with_file_problem_and_mend_and_nothing_is_written(
    studied, tmp_path, capsys, shared_workers
):
    bad = scan(tmp_path / "t1c.nii.gz")
    bad.write_bytes(bad.read_bytes()[:-5000])
    out = tmp_path / "out"
    code = exit_code(
        ["predict", f"T1C={bad}", str(out), "--model", str(studied.result.model), *shared_workers]
    )
    said = capsys.readouterr().err
    assert code == 3
    assert "t1c.nii.gz" in said
    assert "To mend:" in said
    assert "Traceback" not in said
    assert not out.exists()


def test_a_head_without_brain_mask_is_3_and_names_the_mend(
    studied, tmp_path, capsys, shared_workers
):
    head = scan(tmp_path / "t1c.nii.gz")
    out = tmp_path / "out"
    code = exit_code(
        ["predict", f"T1C={head}", str(out), "--model", str(studied.result.model), *shared_workers]
    )
    assert code == 3
    assert "brain=FILE" in capsys.readouterr().err
    assert not out.exists()


def test_an_absent_model_is_3(studied, tmp_path, capsys):
    code = exit_code(["predict", str(studied.bids), str(tmp_path / "o"), "--model", "absent"])
    assert code == 3
    assert "model.json" in capsys.readouterr().err


def test_predict_by_pairs_makes_a_map_and_a_picture(studied, tmp_path, capsys, shared_workers):
    visit = studied.patients[0].preop
    pairs = [f"{name}={path}" for name, path in visit.images.items()]
    pairs += [f"brain={visit.masks['brain']}", f"labels={visit.labels}"]
    out = tmp_path / "out"
    code = exit_code(
        [
            "predict",
            *pairs,
            str(out),
            "--model",
            str(studied.result.model),
            "--id",
            "new1",
            *shared_workers,
        ]
    )
    assert code == 0
    assert "1 of 1 patients mapped" in capsys.readouterr().out
    assert (out / "sub-new1" / "preview.png").exists()
    for space in ("T1C", "orig"):
        name = f"sub-new1_ses-preop_space-{space}_label-progression_desc-boosted_probseg.nii.gz"
        assert (out / "sub-new1" / "ses-preop" / "anat" / name).exists()


def test_one_failed_patient_of_several_is_4_and_named(studied, tmp_path, capsys, shared_workers):
    bids = tmp_path / "bids"
    for source in studied.bids.glob("sub-virtual0[12]/**/*.*"):
        target = bids / source.relative_to(studied.bids)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    next(bids.glob("sub-virtual01/**/*gadolinium*.nii.gz")).write_bytes(b"<html>")
    out = tmp_path / "out"
    code = exit_code(
        ["predict", str(bids), str(out), "--model", str(studied.result.model), *shared_workers]
    )
    said = capsys.readouterr().out
    assert code == 4
    assert "1 of 2 patients mapped" in said
    assert "HTML" in said
    assert not (out / "sub-virtual01").exists()
    assert (out / "sub-virtual02" / "preview.png").exists()
    assert "HTML" in (out / "findings.tsv").read_text(encoding="utf-8")


def test_doctor_finds_nothing_wrong_with_a_sound_cohort(studied, capsys):
    assert exit_code(["doctor", str(studied.bids)]) == 0
    assert "patients checked: 5, with errors: 0" in capsys.readouterr().out


def test_doctor_names_every_bad_file_not_only_the_first(studied, tmp_path, capsys):
    for name in ("t1c", "flair"):
        bad = scan(tmp_path / f"{name}.nii.gz")
        bad.write_bytes(bad.read_bytes()[:-5000])
    pairs = [f"T1C={tmp_path / 't1c.nii.gz'}", f"FLAIR={tmp_path / 'flair.nii.gz'}"]
    assert exit_code(["doctor", *pairs]) == 3
    said = capsys.readouterr().out
    assert "t1c.nii.gz" in said
    assert "flair.nii.gz" in said
    assert len(list(tmp_path.iterdir())) == 2


def test_doctor_says_that_a_head_needs_a_brain_mask(tmp_path, capsys):
    assert exit_code(["doctor", f"T1C={scan(tmp_path / 't1c.nii.gz')}"]) == 3
    assert "brain=FILE" in capsys.readouterr().out


def test_study_from_a_settings_file(studied, tmp_path, capsys, shared_workers):
    toml = tmp_path / "s.toml"
    toml.write_text(settings_text(studied.settings), encoding="utf-8")
    out = tmp_path / "out"
    assert (
        exit_code(["study", str(studied.bids), str(out), "--settings", str(toml), *shared_workers])
        == 0
    )
    said = capsys.readouterr().out
    assert "kill over distance" in said
    files = [p.relative_to(studied.out) for p in studied.out.rglob("*") if p.is_file()]
    assert len(files) > 100
    extra = {Path("findings.tsv"), Path("participants.tsv")}
    assert extra <= set(files)
    # Records and logs tell seconds.
    for file in (f for f in files if f.parts[0] not in ("records", "logs")):
        assert (out / file).read_bytes() == (studied.out / file).read_bytes(), file


def test_a_fault_of_ours_is_5_in_one_line_with_a_log(monkeypatch, capsys, tmp_path):
    def broken(path: object) -> None:
        raise ZeroDivisionError("x")

    monkeypatch.setattr("gliofront.workflow.settings.load_settings", broken)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    assert exit_code(["doctor", "T1C=a.nii.gz"]) == 5
    said = capsys.readouterr().err
    assert len(said.strip().splitlines()) == 1
    (log,) = tmp_path.iterdir()
    assert str(log) in said
    assert "ZeroDivisionError" in log.read_text(encoding="utf-8")


def test_an_interrupt_is_130_and_says_that_a_rerun_goes_on(monkeypatch, capsys):
    def interrupted(path: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("gliofront.workflow.settings.load_settings", interrupted)
    assert exit_code(["doctor", "T1C=a.nii.gz"]) == 130
    assert "the same command goes on" in capsys.readouterr().err


def test_output_and_input_must_not_mix(tmp_path):
    bids = tmp_path / "bids"
    bids.mkdir()
    for given, out in [
        ([str(bids)], bids),
        ([str(bids)], bids / "derivatives"),
        ([str(bids)], tmp_path),
        ([f"T1C={bids / 'a.nii.gz'}"], bids),
    ]:
        with pytest.raises(UsageRefused):
            refuse_overlap(given, out)
    refuse_overlap([str(bids)], tmp_path / "out")
    refuse_overlap([f"T1C={bids / 'a.nii.gz'}"], bids / "out")
