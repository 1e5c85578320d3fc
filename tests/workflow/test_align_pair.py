import csv
import json
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
from pair_files import QUICK, RIGID_ALONE, PairFiles, cropped, mirrored, virtual_patient, warned
from scipy.ndimage import binary_fill_holes

from gliofront.alignment.displacement import Displacement
from gliofront.alignment.longitudinal_settings import LongitudinalSettings
from gliofront.alignment.rigid import register_rigid
from gliofront.alignment.two_visits import TwoVisits
from gliofront.cli.main import exit_code
from gliofront.foundation.errors import InputRefused, UsageRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import LabelVolume, Volume
from gliofront.image.writing import write_labels, write_text, write_volume
from gliofront.workflow.align import pair as module
from gliofront.workflow.align.pair import STEPS, align_pair
from gliofront.workflow.align.reading import read_visit
from gliofront.workflow.align.request import MADE, POINTS, VisitFiles
from gliofront.workflow.align.visit import make_ready
from gliofront.workflow.visit_checks import field_findings, pair_findings


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


def pair_codes(before, after):
    """Return what is said of two scans whose regions are not looked at."""
    visits = [make_ready(read_visit(files), QUICK) for files in (before, after)]
    one, other = (visit.t1c for visit in visits)
    rigid = register_rigid(one, other, fixed_mask=visits[0].brain, settings=QUICK.rigid)
    found = pair_findings(
        *visits, rigid.pull, rigid.quality, "follow-up", QUICK.rigid, QUICK.checks
    )
    return [f.code for f in found]


def test_nothing_is_said_of_a_sound_pair(files):
    assert pair_codes(files.before, files.after) == []


def test_the_scan_of_another_patient_is_reported(files, other):
    after = files.after_alone("other", other.scan.scan, other.scan.brain)
    assert "doubtful-alignment" in pair_codes(files.before, after)


def test_a_flipped_follow_up_is_reported(files):
    scan, brain = mirrored(files.scan.scan), mirrored(files.scan.brain)
    after = files.after_alone("flipped", scan, brain)
    assert "left-right-swapped" in pair_codes(files.before, after)


def test_a_cropped_follow_up_is_reported_with_the_share(files):
    kept = slice(18, None)
    scan, brain = cropped(files.scan.scan, kept), cropped(files.scan.brain, kept)
    made = files.judged("cropped", files.after_alone("cropped", scan, brain))
    assert "brain-out-of-view" in warned(made)
    record = alignment(files.folder / "cropped")
    assert 0.4 < record["CoveredShare"] < 0.75
    (said,) = (f for f in record["Findings"] if f["code"] == "brain-out-of-view")
    assert f"{record['CoveredShare']:.0%}" in said["problem"]


def test_exchanged_visits_are_reported_and_a_grid_of_other_axes_is_kept(files):
    """The follow-up, whose axes run to the left, is given as the scan before surgery."""
    lesion = files.folder / "whole.nii.gz"
    whole = files.scan.enhancing.mask("enhancing") | files.scan.cavity.mask("cavity")
    grid = files.scan.scan.grid
    write_labels(lesion, LabelVolume.from_mask(grid, whole, "lesion"))
    before = VisitFiles("pre", files.after.t1c, brain=files.after.brain, lesion=lesion)
    after = VisitFiles("post", files.before.t1c, brain=files.before.brain)
    assert "timepoints-swapped" in warned(files.judged("exchanged", after, before))
    made = nib.load(files.folder / "exchanged" / "lesion_pre.nii.gz")
    assert grid.axis_codes != "RAS"
    np.testing.assert_allclose(made.affine, grid.affine, atol=1e-4)
    np.testing.assert_array_equal(np.asarray(made.dataobj) > 0, binary_fill_holes(whole))


def test_a_follow_up_where_nothing_is_known_is_reported(files):
    nothing = files.folder / "nothing.nii.gz"
    grid = files.scan.scan.grid
    write_labels(nothing, LabelVolume.from_mask(grid, np.zeros(grid.shape), "nothing"))
    made = files.judged("nothing", replace(files.after, lesion=nothing, cavity=nothing))
    assert "nothing-at-follow-up" in warned(made)
    assert not loaded(files.folder / "nothing" / "progression.nii.gz").any()


def test_folds_and_a_bad_inverse_are_reported(moved):
    found = moved.result.found
    calm = replace(found, folded=0, inverse_mm=0.5)
    assert field_findings(calm, "x", QUICK.checks) == []
    wild = replace(found, folded=3, smallest_jacobian=-0.2, inverse_mm=float("nan"))
    fold, miss = field_findings(wild, "x", QUICK.checks)
    assert (fold.code, miss.code) == ("folded", "inverse-miss")
    assert "at 3 points" in fold.problem


def refused(files, **changes):
    """Ask for what is refused, and see that the output folder stays as it was."""
    after = replace(files.after, points=None)
    asked = replace(files.request("refused"), **{"after": after} | changes)
    asked.out.mkdir(exist_ok=True)
    (asked.out / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputRefused) as caught:
        align_pair(asked)
    assert [path.name for path in asked.out.iterdir()] == ["mine.txt"]
    return caught.value


def test_a_head_without_brain_mask_is_refused_with_the_mend(files):
    head = files.folder / "head.nii.gz"
    noise = np.random.default_rng(0).normal(100, 10, (40, 40, 40))
    write_volume(head, Volume(Grid(np.diag([4.0, 4, 4, 1]), noise.shape), noise, "T1C", "x"))
    assert "--brain-post" in refused(files, after=VisitFiles("post", head)).mend
    assert "--brain-pre" in refused(files, before=VisitFiles("pre", head)).mend


def test_labels_of_which_nothing_says_what_they_mean_are_refused(files):
    error = refused(files, before=replace(files.before, scheme=None))
    assert "1, 2, 4" in error.problem
    assert "--label-scheme-pre" in error.mend
    refused(files, before=replace(files.before, scheme="brats2023"))


def test_labels_at_follow_up_may_hold_the_cavity_and_a_mask_of_it_goes_first(files):
    grid, scan = files.scan.scan.grid, files.scan
    enhancing, cavity = scan.enhancing.mask("enhancing"), scan.cavity.mask("cavity")
    data = np.select([cavity, enhancing], [4, 3], 0).astype(np.uint8)
    data[0, 0, 0] = 1
    path = files.folder / "post_labels.nii.gz"
    names = {1: "core", 3: "enhancing", 4: "cavity"}
    write_labels(path, LabelVolume(grid, data, names))
    labelled = replace(files.after, lesion=path, cavity=None, scheme="brats2024")
    masks = read_visit(labelled).masks
    assert masks["lesion"].sum() == (enhancing & ~cavity).sum()
    assert masks["cavity"].sum() == cavity.sum()
    other = replace(labelled, cavity=files.after.lesion)
    assert read_visit(other).masks["cavity"].sum() == enhancing.sum()
    table = path.with_name("post_labels.tsv")
    write_text(table, "index\tname\n1\tcavity\n3\tET\n4\toedema\n")
    assert read_visit(labelled).masks["cavity"].sum() == 1


def test_a_mask_on_another_grid_and_an_empty_one_are_refused(files):
    error = refused(files, before=replace(files.before, lesion=files.after.lesion, scheme=None))
    assert "on another grid" in error.problem
    empty = files.folder / "empty.nii.gz"
    grid = files.patient.grid
    write_labels(empty, LabelVolume.from_mask(grid, np.zeros(grid.shape), "x"))
    error = refused(files, before=replace(files.before, lesion=empty, scheme=None))
    assert "empty" in error.problem


def test_a_lesion_outside_the_brain_is_refused(files):
    mask = np.zeros(files.patient.grid.shape, bool)
    mask[:2, :2, :2] = True
    path = files.folder / "outside.nii.gz"
    write_labels(path, LabelVolume.from_mask(files.patient.grid, mask, "lesion"))
    error = refused(files, before=replace(files.before, lesion=path, scheme=None))
    assert "in the brain" in error.problem


def test_a_tumour_that_is_neither_given_nor_found_is_refused(files):
    """A brain of noise alone."""
    brain = files.patient.brain.mask("brain")
    calm = np.where(brain, np.random.default_rng(0).normal(100, 5, brain.shape), 0)
    path = files.folder / "calm.nii.gz"
    write_volume(path, Volume(files.patient.grid, calm, "T1C", "x"))
    error = refused(files, before=VisitFiles("pre", path, brain=files.before.brain))
    assert "--lesion-pre" in error.mend


def test_outputs_are_never_overwritten(moved, other):
    with pytest.raises(UsageRefused, match="exists"):
        align_pair(other.request("out"))


def test_nothing_stays_after_an_interrupt(files, monkeypatch):
    def interrupted(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "make_ready", interrupted)
    with pytest.raises(KeyboardInterrupt):
        align_pair(files.request("interrupted"))
    assert not (files.folder / "interrupted").exists()


def arguments(files, out):
    before, after = files.before, files.after
    return [
        *("align", str(before.t1c), str(after.t1c), str(files.folder / out), "--quiet"),
        *("--brain-pre", str(before.brain), "--brain-post", str(after.brain)),
        *("--lesion-pre", str(before.lesion), "--label-scheme-pre", "brats"),
        *("--lesion-post", str(after.lesion), "--cavity-post", str(after.cavity)),
        *("--points-pre", str(before.points), "--points-post", str(after.points)),
    ]


def test_the_command_writes_the_files_and_says_what_it_found(files, monkeypatch, capsys):
    small = LongitudinalSettings(working_mm=4.0, iterations=(0,), repeats=1)
    monkeypatch.setattr("gliofront.workflow.align.settings.PRESETS", {"fast": small})
    assert exit_code([*arguments(files, "said"), "--preset", "fast", "--seed", "3"]) == 0
    said = capsys.readouterr().out
    assert "mean error of 20 points, mm: before" in said
    assert "flicker.png" in said
    assert "Research use only" in said
    settings = alignment(files.folder / "said")["Settings"]
    assert settings["rigid"]["seed"] == settings["visits"]["seed"] == 3


def test_exit_codes(files, capsys):
    given = arguments(files, "codes")
    assert exit_code([*given, "--preset", "best"]) == 2
    assert exit_code([*given, "--points-convention", "xyz"]) == 2
    assert exit_code([*given, "--seed", str(2**40)]) == 2
    assert exit_code(["align", given[1], given[2], str(files.folder)]) == 2
    alone = [*given[:4], "--points-post", str(files.after.points)]
    assert exit_code(alone) == 2
    assert "--points-pre" in capsys.readouterr().err
    cut = files.folder / "cut.nii.gz"
    cut.write_bytes(files.before.t1c.read_bytes()[:-500])
    assert exit_code(["align", str(cut), *given[2:]]) == 3
    said = capsys.readouterr().err
    assert "cut.nii.gz" in said
    assert "To mend:" in said
    assert not (files.folder / "codes").exists()
