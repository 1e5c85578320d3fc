"""From raw scans to maps, in the folder and through the commands as a user sees them."""

import csv
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from gliofront.cli.main import exit_code
from gliofront.cohort.bids import mask_path, scan_path
from gliofront.cohort.layout import read_cohort
from gliofront.image.grid import Grid
from gliofront.workflow.derivatives import map_path
from gliofront.workflow.job import JobId
from gliofront.workflow.made_maps import carrier_path, made_map_path, metabolite_path
from gliofront.workflow.prepare import prepare_patients
from gliofront.workflow.quality_files import quality_path
from gliofront.workflow.records import read_record
from raw_visit import ANISOTROPY, CHO_NAA, add_diffusion, add_perfusion, add_spectroscopy, raw_path

PATIENT = "virtual01"


@dataclass(frozen=True)
class Raw:
    """A patient with raw scans, and an ADC in another unit beside the diffusion, prepared."""

    bids: Path
    out: Path
    adc: np.ndarray
    rcbv: np.ndarray
    spectra: Grid
    findings: list


def one_patient(cohort: Path, bids: Path) -> Path:
    """Copy the first patient of a cohort."""
    shutil.copytree(cohort / f"sub-{PATIENT}", bids / f"sub-{PATIENT}")
    for path in cohort.glob(f"derivatives/*/sub-{PATIENT}"):
        shutil.copytree(path, bids / path.relative_to(cohort))
    return bids


@pytest.fixture(scope="module")
def raw(cohort, quick, how, tmp_path_factory):
    folder = tmp_path_factory.mktemp("raw")
    bids, out = one_patient(cohort, folder / "bids"), folder / "out"
    tumour = nib.load(next(bids.rglob("*seg-tumour_dseg.nii.gz")))
    middle = np.argwhere(tumour.get_fdata() > 0).mean(axis=0)
    centre = (tumour.affine @ [*middle, 1])[:3]
    given = nib.load(scan_path(bids, PATIENT, "preop", "ADC"))
    in_other_unit = nib.Nifti1Image(given.get_fdata() * 1e6, given.affine)
    adc, rcbv = add_diffusion(bids, PATIENT), add_perfusion(bids, PATIENT)
    nib.save(in_other_unit, scan_path(bids, PATIENT, "preop", "ADC"))
    grid = add_spectroscopy(bids, PATIENT, centre)
    (outcome,) = prepare_patients(read_cohort(bids), out, quick, how=how)
    assert outcome.done, outcome.error
    return Raw(bids, out, adc, rcbv, grid, list(outcome.findings))


def data(path):
    return nib.load(path).get_fdata()


def sidecar(path):
    return json.loads(Path(str(path).replace(".nii.gz", ".json")).read_text(encoding="utf-8"))


def test_diffusivity_comes_back_on_the_grid_of_the_series(raw):
    found = data(made_map_path(raw.out, PATIENT, "p")) / np.sqrt(3)
    inside = np.isfinite(found) & (raw.adc > 0)
    assert inside.sum() > 0.9 * (raw.adc > 0).sum()
    assert np.median(found[inside] / raw.adc[inside]) == pytest.approx(1.0, abs=0.02)
    assert np.corrcoef(found[inside], raw.adc[inside])[0, 1] > 0.97


def test_fa_p_and_q_are_those_of_the_tensor(raw):
    fa, p, q = (data(made_map_path(raw.out, PATIENT, name)) for name in ("FA", "p", "q"))
    values = np.array([1 + 2 * ANISOTROPY, 1 - ANISOTROPY, 1 - ANISOTROPY])
    off = values - values.mean()
    expected = np.sqrt(1.5 * (off @ off) / (values @ values))
    assert np.nanmedian(fa) == pytest.approx(expected, abs=0.05)
    assert np.nanmedian(np.sqrt(3) * q / p) == pytest.approx(np.sqrt(off @ off), rel=0.1)


def test_blood_volume_is_1_in_white_matter_and_follows_the_truth(raw):
    path = map_path(raw.out, PATIENT, "rCBV")
    nawm = data(mask_path(raw.out, PATIENT, "preop", "NAWM", space="T1C")) > 0
    assert np.nanmedian(data(path)[nawm]) == pytest.approx(1.0, abs=1e-3)
    made = data(made_map_path(raw.out, PATIENT, "rCBV"))
    inside = np.isfinite(made) & (raw.rcbv > 0)
    assert np.corrcoef(made[inside], raw.rcbv[inside])[0, 1] > 0.95


def test_maps_of_one_scan_share_one_pose(raw):
    folder = map_path(raw.out, PATIENT, "T1C").parent
    poses = {n: sidecar(next(folder.glob(f"*from-{n}_*")))["PullRasMm"] for n in ("p", "FA", "q")}
    assert poses["p"] == poses["FA"] == poses["q"]
    # The head moved by a millimetre or two since the T1C.
    assert np.abs(np.array(poses["p"]) - np.eye(4))[:3, 3].max() < 5.0


def test_spectroscopy_stays_on_its_own_grid_with_bounds(raw):
    path = metabolite_path(raw.out, PATIENT, "ChoNAA")
    image = nib.load(path)
    assert image.shape == raw.spectra.shape
    np.testing.assert_allclose(image.affine, raw.spectra.affine, atol=1e-4)
    assert np.nanmedian(image.get_fdata()) == pytest.approx(CHO_NAA, rel=0.1)
    bound = data(metabolite_path(raw.out, PATIENT, "ChoNAA_desc-crlb"))
    assert 0 < np.nanmedian(bound) < 0.2 * CHO_NAA


def test_means_in_regions_are_weighted_by_overlap(raw):
    folder = metabolite_path(raw.out, PATIENT, "ChoNAA").parent
    rows = table(next(folder.glob("*desc-regions_mrs.tsv")))
    mine = {row["region"]: row for row in rows if row["quantity"] == "Cho/NAA"}
    assert float(mine["enhancing"]["mean"]) == pytest.approx(CHO_NAA, rel=0.1)
    brain = mask_path(raw.out, PATIENT, "preop", "enhancing", space="T1C")
    voxel_ml = abs(np.linalg.det(nib.load(brain).affine[:3, :3])) / 1000
    assert 0 < float(mine["enhancing"]["overlap_ml"]) <= data(brain).sum() * voxel_ml * 1.01


def table(path):
    with Path(path).open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_every_map_has_a_row_of_quality_and_a_sidecar_that_says_how_it_was_made(raw):
    rows = {row["map"]: row for row in table(quality_path(raw.out, PATIENT))}
    assert {"T1C", "ADC", "FA", "p", "q", "rCBV", "Cho/NAA", "tNAA"} <= set(rows)
    assert rows["T1C"]["origin"] == "given"
    assert rows["FA"]["origin"] == rows["rCBV"]["origin"] == rows["Cho/NAA"]["origin"] == "made"
    assert float(rows["FA"]["alignment_quality"]) > 0
    for name in ("FA", "rCBV"):
        said = sidecar(made_map_path(raw.out, PATIENT, name))
        assert {"Method", "References", "Quality", "Settings", "Sources", "Units"} <= set(said)
    assert "sub-virtual01_ses-preop_dwi.bvec" in said_sources(raw, "FA")


def said_sources(raw, name):
    return sidecar(made_map_path(raw.out, PATIENT, name))["Sources"]


def test_pictures_are_there(raw):
    for pattern in ("dwi/*desc-maps_dwi.png", "perf/*desc-maps_dsc.png", "mrs/*desc-fit_mrs.png"):
        (picture,) = raw.out.glob(f"sub-{PATIENT}/ses-preop/{pattern}")
        assert picture.read_bytes().startswith(b"\x89PNG")


def test_what_was_made_is_recorded_with_its_sources(raw):
    record = read_record(raw.out, JobId("diffusion", f"sub-{PATIENT}"))
    scan = {"source DWI", "source DWI bval", "source DWI bvec"}
    assert set(record.inputs) == scan | {"source T1C", "source brain mask"}
    carrier = carrier_path(raw.out, PATIENT, "diffusion").relative_to(raw.out).as_posix()
    assert carrier in record.outputs
    aligned = read_record(raw.out, JobId("alignment", f"sub-{PATIENT}"))
    assert carrier in aligned.inputs
    assert not any(name.startswith("source DWI") for name in aligned.inputs)


def test_a_given_map_goes_before_the_one_that_would_be_made(raw):
    rows = {row["map"]: row for row in table(quality_path(raw.out, PATIENT))}
    assert (rows["ADC"]["origin"], rows["FA"]["origin"]) == ("given", "made")
    assert 0.5e-3 < float(rows["ADC"]["nawm_median"]) < 1.1e-3
    assert any(f.code == "unit-recognised" and "1e-6" in f.problem for f in raw.findings)
    assert not made_map_path(raw.out, PATIENT, "ADC").exists()


def prepare(bids, out, shared_workers):
    return exit_code(["prepare", str(bids), str(out), "--quiet", *shared_workers])


def test_too_few_directions_are_refused_and_nothing_is_written(
    cohort, shared_workers, tmp_path, capsys
):
    bids = one_patient(cohort, tmp_path / "bids")
    add_diffusion(bids, PATIENT, images=6)
    assert prepare(bids, tmp_path / "out", shared_workers) == 3
    said = " ".join(capsys.readouterr().err.split())
    assert "5 " in said
    assert "directions" in said
    assert not (tmp_path / "out").exists()


def test_milliseconds_in_a_sidecar_are_refused(cohort, shared_workers, tmp_path, capsys):
    bids = one_patient(cohort, tmp_path / "bids")
    add_perfusion(bids, PATIENT, te_s=30.0)
    assert prepare(bids, tmp_path / "out", shared_workers) == 3
    assert "echo time" in capsys.readouterr().err


def test_doctor_reads_raw_scans(cohort, tmp_path, capsys):
    bids = one_patient(cohort, tmp_path / "bids")
    add_diffusion(bids, PATIENT)
    raw_path(bids, PATIENT, "dwi", "dwi.bvec").unlink()
    assert exit_code(["doctor", str(bids)]) == 3
    said = " ".join(capsys.readouterr().out.split())
    assert "dwi.bvec" in said.replace(" ", "")
    assert "DWI" in said
