import csv
import json
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
from pair_files import QUICK, RIGID_ALONE, PairFiles, cropped, mirrored, virtual_patient, warned

from gliofront.alignment.displacement import Displacement
from gliofront.alignment.longitudinal_settings import LongitudinalSettings
from gliofront.alignment.two_visits import TwoVisits
from gliofront.cli.main import exit_code
from gliofront.foundation.errors import InputRefused, UsageRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import LabelVolume, Volume
from gliofront.image.writing import write_labels, write_text, write_volume
from gliofront.workflow import align_pair as module
from gliofront.workflow.align_findings import field_findings
from gliofront.workflow.align_pair import STEPS, align_pair
from gliofront.workflow.align_request import MADE, POINTS, VisitFiles


def loaded(path):
    return np.asarray(nib.load(path).dataobj)


def dice(one, other):
    return 2 * np.sum(one & other) / (one.sum() + other.sum())


def alignment(out):
    return json.loads((out / "alignment.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return PairFiles(tmp_path_factory.mktemp("pair"), virtual_patient(3))


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return PairFiles(tmp_path_factory.mktemp("other"), virtual_patient(0))


@pytest.fixture(scope="module")
def moved(other):
    """Everything given; this brain has moved between the visits."""
    told = []
    made = align_pair(other.request("out"), told.append)
    assert told == list(STEPS)
    return made


@pytest.fixture(scope="module")
def own(files):
    """Cavity and enhancement at follow-up are outlined by the program."""
    asked = files.request("own", RIGID_ALONE)
    return align_pair(replace(asked, after=replace(asked.after, lesion=None, cavity=None)))


def test_all_files_are_there_under_their_names_and_nothing_else(moved, other):
    out = other.folder / "out"
    assert sorted(path.name for path in out.iterdir()) == sorted((*MADE, POINTS))
    assert {path.name for path in moved.files} == {*MADE, POINTS}


def test_the_alignment_lowers_the_error_of_landmarks(moved, other):
    errors = alignment(other.folder / "out")["Points"]["ErrorsMm"]
    assert errors["before"]["Mean"] > 20
    assert errors["aligned"]["Mean"] < 2
    assert errors["aligned"]["Mean"] <= errors["rigid"]["Mean"] < 3
    assert moved.result.found.chosen in alignment(other.folder / "out")["Scores"]


def test_progression_is_where_the_truth_has_it(own, files):
    made = loaded(files.folder / "own" / "progression.nii.gz") > 0
    truth = files.patient.progression.mask("progression")
    assert dice(made, truth) > 0.55
    assert not (made & files.patient.tumour.mask("enhancing", "necrosis")).any()
    assert warned(own) == {"ungraded-outline"}
    assert alignment(files.folder / "own")["Origins"] == {
        "LesionBefore": "given labels",
        "LesionAtFollowUp": "own outline",
        "CavityAtFollowUp": "own outline",
    }


def test_images_lie_on_the_grid_of_their_scan(moved, other):
    out = other.folder / "out"
    before, after = other.patient.grid, other.scan.scan.grid
    grids = {
        "followup_in_preop": before,
        "progression": before,
        "cavity_in_preop": before,
        "lesion_pre": before,
        "lesion_post": after,
    }
    for name, grid in grids.items():
        image = nib.load(out / f"{name}.nii.gz")
        assert image.shape == grid.shape
        np.testing.assert_allclose(image.affine, grid.affine, atol=1e-4)
    given = other.patient.tumour.mask("enhancing", "necrosis")
    assert (loaded(out / "lesion_pre.nii.gz") > 0)[given].all()
    lesion = other.scan.enhancing.mask("enhancing") & ~other.scan.cavity.mask("cavity")
    np.testing.assert_array_equal(loaded(out / "lesion_post.nii.gz") > 0, lesion)


def test_the_follow_up_looks_like_the_scan_before(moved, other):
    seen = loaded(other.folder / "out" / "followup_in_preop.nii.gz")
    inside = other.patient.brain.mask("brain") & ~moved.result.regions.tumour.mask
    known = inside & np.isfinite(seen)
    assert known.sum() > 0.98 * inside.sum()
    before = other.patient.scans["T1C"].data
    assert np.corrcoef(seen[known], before[known])[0, 1] > 0.5


def test_the_fields_do_what_their_sidecars_say(moved, other):
    out = other.folder / "out"
    moves, rigid = {}, None
    for name in ("pull", "push"):
        image = nib.load(out / f"{name}.nii.gz")
        grid = Grid(image.affine, image.shape[:3])
        moves[name] = Displacement(grid, np.asarray(image.dataobj))
        sidecar = json.loads((out / f"{name}.json").read_text(encoding="utf-8"))
        assert "mm along R, A, S" in sidecar["Meaning"]
        rigid = np.array(sidecar["RigidRasMm"])
    visits = TwoVisits(rigid, moves["pull"], moves["push"])
    with (out / POINTS).open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    start, expected, given = (
        np.array([[float(row[f"{what}{axis}"]) for axis in "xyz"] for row in rows])
        for what in ("", "expected_", "given_")
    )
    np.testing.assert_allclose(start, other.scan.landmarks[:, 0], atol=1e-3)
    np.testing.assert_allclose(given, other.scan.landmarks[:, 1], atol=1e-3)
    np.testing.assert_allclose(visits.to_follow_up(start), expected, atol=0.02)
    np.testing.assert_allclose(visits.to_preop(expected), start, atol=1.0)
    errors = np.array([float(row["error_aligned_mm"]) for row in rows])
    np.testing.assert_allclose(np.linalg.norm(expected - given, axis=1), errors, atol=2e-3)


def test_the_record_tells_sources_settings_volumes_and_that_it_is_research(moved, other):
    record = alignment(other.folder / "out")
    assert len(record["Sources"]) == 9
    assert all(len(digest) == 64 for digest in record["Sources"].values())
    assert record["Settings"]["visits"]["working_mm"] == 4.0
    assert "Research use only" in record["ResearchUse"]
    assert record["GeneratedBy"][0]["Step"] == "align"
    assert record["Chosen"] == moved.result.found.chosen
    assert record["VolumesMl"]["CavityAtFollowUp"] == pytest.approx(
        other.scan.cavity.volume_ml("cavity"), abs=1e-3
    )
    assert record["FoldedVoxels"] == 0
    assert record["SmallestJacobian"] > 0
    assert all({"level", "code", "mend"} <= set(finding) for finding in record["Findings"])


def test_the_same_input_gives_the_same_bytes(moved, other):
    again = align_pair(other.request("again"))
    for one, two in zip(moved.files, again.files, strict=True):
        assert one.read_bytes() == two.read_bytes(), one.name


def test_the_scan_of_another_patient_is_reported(files, other):
    after = files.after_alone("other", other.scan.scan, other.scan.brain)
    assert "doubtful-alignment" in files.codes(after)


def test_a_flipped_follow_up_is_reported(files):
    scan, brain = mirrored(files.scan.scan), mirrored(files.scan.brain)
    assert "left-right-swapped" in files.codes(files.after_alone("flipped", scan, brain))


def test_a_cropped_follow_up_is_reported_with_the_share(files):
    kept = slice(18, None)
    after = files.after_alone(
        "cropped", cropped(files.scan.scan, kept), cropped(files.scan.brain, kept)
    )
    assert "brain-out-of-view" in files.codes(after)
    record = alignment(files.folder / "cropped.nii.gz")
    assert 0.4 < record["CoveredShare"] < 0.75
    (said,) = (f for f in record["Findings"] if f["code"] == "brain-out-of-view")
    assert f"{record['CoveredShare']:.0%}" in said["problem"]


def test_exchanged_visits_are_reported_and_another_orientation_is_kept(files):
    """The scan given as before surgery is the follow-up, whose axes run to the left."""
    lesion = files.folder / "everything.nii.gz"
    whole = files.scan.enhancing.mask("enhancing") | files.scan.cavity.mask("cavity")
    write_labels(lesion, LabelVolume.from_mask(files.scan.scan.grid, whole, "lesion"))
    before = VisitFiles("pre", files.after.t1c, brain=files.after.brain, lesion=lesion)
    after = VisitFiles("post", files.before.t1c, brain=files.before.brain)
    assert "timepoints-swapped" in files.codes(after, before)
    out = files.folder / files.before.t1c.name.replace("pre", "exchanged")
    (files.folder / "pre.nii.gz.d").mkdir(exist_ok=True)
    assert out is not None


def test_a_follow_up_where_nothing_is_known_is_reported(files):
    nothing = files.folder / "nothing.nii.gz"
    grid = files.scan.scan.grid
    write_labels(nothing, LabelVolume.from_mask(grid, np.zeros(grid.shape), "nothing"))
    after = replace(files.after, lesion=nothing, cavity=nothing)
    assert "no-cavity" in files.codes(after)
