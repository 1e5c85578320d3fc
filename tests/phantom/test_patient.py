from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from gliofront.cohort.bids import mask_path, scan_path, tumour_labels_path
from gliofront.cohort.layout import read_cohort
from gliofront.phantom.cohort import write_cohort
from gliofront.phantom.patient import SCANNED, VirtualPatient, make_patient
from gliofront.phantom.settings import PhantomSettings
from gliofront.workflow.raw_reading import read_diffusion, read_perfusion, read_spectroscopy
from gliofront.workflow.settings import StudySettings


def digests(root: Path) -> dict[str, str]:
    files = sorted(p for p in root.rglob("*") if p.is_file())
    return {
        p.relative_to(root).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files
    }


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cohort")
    assert write_cohort(root, patients=3, seed=5, resolution_mm=4.0) == [
        "virtual01", "virtual02", "virtual03",
    ]  # fmt: skip
    return root


def test_same_seed_same_bytes_whatever_the_size(cohort: Path, tmp_path: Path) -> None:
    told: list[str] = []
    write_cohort(tmp_path, patients=2, seed=5, resolution_mm=4.0, progress=told.append)
    assert told == ["virtual01", "virtual02"]
    small, large = digests(tmp_path), digests(cohort)
    small.pop("participants.tsv")
    assert len(small) > 20
    assert {name: large[name] for name in small} == small


def test_another_seed_is_another_patient() -> None:
    settings = PhantomSettings(resolution_mm=5.0)
    one, two = make_patient(1, 0, settings), make_patient(2, 0, settings)
    assert one.facts != two.facts


def test_the_folder_holds_what_a_study_needs(cohort: Path) -> None:
    for name in ("virtual01", "virtual02"):
        for sequence in SCANNED:
            assert scan_path(cohort, name, "preop", sequence).is_file(), sequence
        labels = tumour_labels_path(cohort, name, "preop")
        rows = labels.with_name(labels.name.replace(".nii.gz", ".tsv")).read_text().splitlines()
        assert rows == ["index\tname", "1\tnecrosis", "2\toedema", "4\tenhancing"]
        t1c = nib.load(scan_path(cohort, name, "preop", "T1C"))
        progression = mask_path(cohort, name, "preop", "progression", space="T1C")
        for path in (labels, mask_path(cohort, name, "preop", "brain"), progression):
            assert np.allclose(nib.load(path).affine, t1c.affine)
            assert nib.load(path).shape == t1c.shape


def test_participants_and_description(cohort: Path) -> None:
    with (cohort / "participants.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert [r["participant_id"] for r in rows] == [
        "sub-virtual01",
        "sub-virtual02",
        "sub-virtual03",
    ]
    assert [r["site"] for r in rows] == ["A", "B", "A"]
    assert {r["partition"] for r in rows} == {"train"}
    assert all(20 <= int(r["age"]) <= 85 and r["sex"] in "MF" for r in rows)
    assert json.loads((cohort / "dataset_description.json").read_text())["DatasetType"] == "raw"


def test_the_truth_lies_beside_the_cohort(cohort: Path) -> None:
    folder = cohort / "truth/sub-virtual01/ses-preop"
    truth = json.loads(next(folder.glob("*.json")).read_text())
    assert np.array_equal(truth["pull"]["T1C"], np.eye(4))
    assert np.array(truth["pull"]["FLAIR"]).shape == (4, 4)
    density = nib.load(next(folder.glob("*desc-celldensity_probseg.nii.gz"))).get_fdata()
    assert density.min() >= 0
    assert 0.9 < density.max() <= 1


def test_motion_is_a_few_millimetres_at_most(coarse: list[VirtualPatient]) -> None:
    moves = []
    for patient in coarse:
        corners = patient.grid.corners()
        for sequence, pull in patient.pulls.items():
            moved = corners @ pull[:3, :3].T + pull[:3, 3] - corners
            moves.append(np.linalg.norm(moved, axis=1).max() if sequence != "T1C" else 0.0)
    assert max(moves) < 12
    assert 0.5 < np.median(moves) < 5


@pytest.fixture(scope="module")
def raw_cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("raw")
    write_cohort(root, patients=3, seed=5, resolution_mm=4.0, sites="ABC", external="C", raw=True)
    return root


def test_raw_scans_go_through_the_same_door_as_those_of_a_real_cohort(raw_cohort: Path) -> None:
    one, two, three = read_cohort(raw_cohort)
    assert set(one.preop.raw) == set(two.preop.raw) == {"diffusion", "perfusion", "spectroscopy"}
    assert "reverse b0" in one.preop.raw["diffusion"].files
    assert set(three.preop.raw) == {"perfusion"}
    assert set(three.preop.images) == {"T1C", "T1", "T2", "FLAIR", "ADC"}
    assert [p.partition for p in (one, two, three)] == ["train", "train", "external"]
    assert one.preop.maps == ("T1C", "T1", "T2", "FLAIR", "ADC", "FA", "p", "q", "rCBV")
    settings = StudySettings()
    for patient in (one, two):
        raw = read_diffusion(patient.preop.raw["diffusion"], settings)
        assert (len(raw.series), raw.phase_axis) == (13, 1)
        assert (raw.reverse_b0 is not None) == (patient is one)
        assert read_perfusion(patient.preop.raw["perfusion"], settings).te_ms >= 20
        spectra, _ = read_spectroscopy(patient.preop.raw["spectroscopy"], settings)
        assert spectra.water is not None


def test_gradients_come_back_in_the_world(raw_cohort: Path) -> None:
    patient = make_patient(5, 1, PhantomSettings(resolution_mm=4.0), sites="ABC", raw=True)
    scan = patient.raw["diffusion"]
    files = read_cohort(raw_cohort)[1].preop.raw["diffusion"]
    read = read_diffusion(files, StudySettings()).gradients
    np.testing.assert_allclose(read.directions, scan.directions, atol=1e-5)


def test_the_follow_up_and_the_way_to_it_are_there(raw_cohort: Path) -> None:
    assert scan_path(raw_cohort, "virtual01", "progression", "T1C").is_file()
    truth = raw_cohort / "truth/sub-virtual01"
    maps = {path.name.split("desc-")[1] for path in truth.glob("ses-preop/*_truemap.nii.gz")}
    known = ("ADC", "FA", "p", "q", "rCBV", "tCho", "tNAA", "ChoNAA")
    assert maps == {f"{name}_truemap.nii.gz" for name in known}
    there = nib.load(next(truth.glob("ses-progression/*from-T1C_to-progression*")))
    assert there.shape[3] == 3
    rows = next(truth.glob("ses-progression/*landmarks*")).read_text().splitlines()
    assert len(rows) > 10


def test_the_facts_tell_the_share_that_was_pushed_aside(coarse: list[VirtualPatient]) -> None:
    settings = PhantomSettings().mass_effect
    shares = [float(patient.facts["displaced_share"]) for patient in coarse]
    assert settings.displaced_low <= min(shares) < max(shares) <= settings.displaced_high


def test_the_true_choline_over_naa_is_known_and_highest_in_the_tumour(
    coarse: list[VirtualPatient],
) -> None:
    for patient in coarse:
        ratio = patient.truth["Cho/NAA"].data
        enhancing, far = patient.tumour.data == 4, patient.density.data < 0.01
        assert np.isfinite(ratio[enhancing]).all()
        assert np.isfinite(ratio[patient.brain.data > 0]).mean() > 0.95
        assert np.nanmedian(ratio[enhancing]) > 3 * np.nanmedian(ratio[far])


def test_the_table_of_participants_is_what_was_drawn(cohort: Path) -> None:
    with (cohort / "participants.tsv").open() as file:
        columns = list(csv.DictReader(file, delimiter="\t").fieldnames or [])
    assert columns[:4] == ["participant_id", "site", "partition", "age"]
    patient = make_patient(5, 0, PhantomSettings(resolution_mm=4.0))
    with (cohort / "participants.tsv").open() as file:
        first = next(csv.DictReader(file, delimiter="\t"))
    assert {name: str(value) for name, value in patient.person.items()}.items() <= first.items()
