"""A patient whose progression is known from a scan alone."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from gliofront.cohort.bids import mask_path
from gliofront.cohort.layout import read_cohort
from gliofront.cohort.tables import table_text
from gliofront.cohort.visit_table import sessions_table
from gliofront.foundation.findings import Finding
from gliofront.image.reading import read_mask, read_volume
from gliofront.image.resample import resample_labels
from gliofront.image.volume import LabelVolume
from gliofront.image.writing import write_labels, write_volume
from gliofront.learning.table import UNKNOWN
from gliofront.learning.table_files import read_table
from gliofront.phantom.cohort import write_patient
from gliofront.phantom.patient import VirtualPatient, make_patient
from gliofront.phantom.settings import PhantomSettings
from gliofront.workflow.derivatives import table_index
from gliofront.workflow.follow_up_files import flicker_path, soft_label_path
from gliofront.workflow.outcome import Outcome
from gliofront.workflow.prepare import prepare_patients
from gliofront.workflow.prepared_features import tabulate_patients
from gliofront.workflow.progression_label import told_label
from gliofront.workflow.run import How
from gliofront.workflow.settings import StudySettings

NAME = "virtual02"


@dataclass(frozen=True)
class Case:
    """A virtual patient as a cohort without a mask of progression, and what was made of it."""

    patient: VirtualPatient
    bids: Path
    out: Path
    outcome: Outcome

    def codes(self) -> set[str]:
        return {finding.code for finding in self.outcome.findings}


def settings_of(quick: StudySettings) -> StudySettings:
    longitudinal = quick.longitudinal.model_copy(
        update={"working_mm": 4.0, "iterations": (20, 10), "repeats": 6}
    )
    return quick.model_copy(update={"longitudinal": longitudinal})


def hasty(quick: StudySettings) -> StudySettings:
    """Return settings for what is told before the non-linear search."""
    longitudinal = quick.longitudinal.model_copy(
        update={"working_mm": 4.0, "iterations": (2,), "repeats": 1}
    )
    return quick.model_copy(update={"longitudinal": longitudinal})


def write_scans(patient: VirtualPatient, bids: Path, *, with_labels: bool) -> None:
    """Write structural scans and the scan at progression; where it progressed, nothing tells."""
    write_patient(bids, patient)
    visit = bids / f"sub-{NAME}" / "ses-preop"
    for folder in ("dwi", "perf", "mrs", "fmap"):
        shutil.rmtree(visit / folder, ignore_errors=True)
    mask_path(bids, NAME, "preop", "progression", space="T1C").unlink()
    after = patient.follow_up
    assert after is not None
    write_labels(mask_path(bids, NAME, "progression", "brain"), after.brain)
    # Dated visits say that it is the scan at progression, late enough to need no confirmation.
    rows = [
        _visit("ses-w10", day=70, rating="SD"),
        _visit("ses-progression", day=200, rating="PD"),
    ]
    sessions_table(bids, NAME).write_text(table_text(rows))
    if with_labels:
        write_labels(mask_path(bids, NAME, "progression", "enhancing"), after.enhancing)
        write_labels(mask_path(bids, NAME, "progression", "cavity"), after.cavity)


def _visit(session: str, *, day: int, rating: str) -> dict[str, str | int]:
    """Return a row of the table of sessions of a patient whose radiotherapy ended on day 75."""
    return {
        "session_id": session,
        "days_since_surgery": day,
        "days_since_radiotherapy": day - 75,
        "rating": rating,
    }


@pytest.fixture(scope="module")
def patient() -> VirtualPatient:
    return make_patient(1, 1, PhantomSettings(resolution_mm=4.0), sites="ABC", raw=True)


@pytest.fixture(scope="module")
def case(
    patient: VirtualPatient,
    quick: StudySettings,
    how: How,
    tmp_path_factory: pytest.TempPathFactory,
) -> Case:
    root = tmp_path_factory.mktemp("follow-up")
    bids, out = root / "bids", root / "out"
    write_scans(patient, bids, with_labels=True)
    (outcome,) = prepare_patients(read_cohort(bids), out, settings_of(quick), how=how)
    return Case(patient, bids, out, outcome)


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return 2 * np.count_nonzero(one & other) / (np.count_nonzero(one) + np.count_nonzero(other))


def true_progression(case: Case, like: LabelVolume) -> np.ndarray:
    """Return the follow-up's enhancement carried back by the truth, on the working grid."""
    after, patient = case.patient.follow_up, case.patient
    assert after is not None
    places = like.grid.to_world(np.argwhere(np.ones(like.grid.shape)))
    voxels = np.rint(patient.grid.to_voxel(places)).astype(int)
    inside = ((voxels >= 0) & (voxels < patient.grid.shape)).all(axis=1)
    there = np.zeros(len(places), dtype=bool)
    moved = places[inside] + after.pull[tuple(voxels[inside].T)]
    index = np.rint(after.enhancing.grid.to_voxel(moved)).astype(int)
    seen = ((index >= 0) & (index < after.enhancing.grid.shape)).all(axis=1)
    found = np.zeros(len(index), dtype=bool)
    found[seen] = after.enhancing.data[tuple(index[seen].T)] > 0
    there[inside] = found
    tumour = LabelVolume.from_mask(
        patient.grid, patient.tumour.mask("enhancing", "necrosis"), "tumour"
    )
    return there.reshape(like.grid.shape) & ~resample_labels(tumour, like.grid).mask("tumour")


def test_progression_is_where_the_truth_puts_it(case: Case) -> None:
    assert case.outcome.done
    path = mask_path(case.out, NAME, "preop", "progression", space="T1C")
    found, _ = read_mask(path, "progression")
    assert dice(found.mask("progression"), true_progression(case, found)) > 0.6


def test_the_soft_label_is_a_share_that_agrees_with_the_hard_one(case: Case) -> None:
    soft, _ = read_volume(soft_label_path(case.out, NAME), "progression", max_undefined=1.0)
    told = told_label(case.out, NAME)
    assert told is not None
    assert 0 <= np.nanmin(soft.data) <= np.nanmax(soft.data) <= 1
    assert ((soft.data > 0) & (soft.data < 1)).any()
    assert dice(soft.data >= 0.5, told.progression) > 0.7
    # Doubt is what the repeats contradict: little where they agree with the label.
    assert np.median(told.doubt[told.progression]) < 0.5
    np.testing.assert_allclose(
        told.doubt[told.progression & told.known],
        1 - soft.data[told.progression & told.known],
        atol=1e-6,
    )


def test_the_transform_its_quality_and_the_scan_are_kept(case: Case) -> None:
    folder = case.out / f"sub-{NAME}" / "ses-progression" / "anat"
    told = json.loads(next(folder.glob("*desc-alignment_quality.json")).read_text())
    assert told["FoldedVoxels"] == 0
    assert told["InverseErrorMm"] < 1.5
    assert told["Chosen"] in told["Scores"]
    assert nib.load(next(folder.glob("*from-T1C_to-progression*xfm.nii.gz"))).shape[3] == 3
    assert next(folder.glob("*space-T1C_T1w.nii.gz")).is_file()
    assert next(folder.glob("*seg-progression_dseg.tsv")).is_file()
    assert {"follow-up-aligned", "course-probable"} <= case.codes()
    assert flicker_path(case.out, NAME).read_bytes().startswith(b"\x89PNG")


def test_voxels_are_labelled_by_it(case: Case, quick: StudySettings, how: How) -> None:
    settings = settings_of(quick)
    patients = read_cohort(case.bids)
    (outcome,) = tabulate_patients(case.out, patients, ("T1C",), settings, how=how)
    assert outcome.done
    table = read_table(table_index(case.out, NAME))
    told = told_label(case.out, NAME)
    assert told is not None
    at = tuple(table.voxel.T)
    np.testing.assert_array_equal(
        table.label, np.where(told.known[at], told.progression[at], UNKNOWN)
    )
    assert 0 < np.count_nonzero(table.label == 1) < np.count_nonzero(table.label >= 0)
    assert np.mean(table.label == UNKNOWN) < 0.01
    assert 0 < table.doubt.max() <= 1


def test_another_patients_scan_is_told(
    case: Case, quick: StudySettings, how: How, tmp_path: Path
) -> None:
    codes = _findings_with(case, quick, how, tmp_path, _stranger)
    assert "doubtful-alignment" in codes


def test_half_a_brain_is_told(case: Case, quick: StudySettings, how: How, tmp_path: Path) -> None:
    assert "brain-out-of-view" in _findings_with(case, quick, how, tmp_path, _half)
    told = told_label(tmp_path / "out", NAME)
    assert told is not None
    brain, _ = read_mask(mask_path(tmp_path / "out", NAME, "preop", "brain", space="T1C"), "brain")
    unseen = brain.mask("brain") & ~told.known
    # Where it was not looked at, "no progression" would be invented.
    assert 0.3 < np.count_nonzero(unseen) / np.count_nonzero(brain.mask("brain")) < 0.7


def test_a_flipped_scan_is_told(case: Case, quick: StudySettings, how: How, tmp_path: Path) -> None:
    assert "left-right-swapped" in _findings_with(case, quick, how, tmp_path, _flipped)


def test_exchanged_visits_are_told(
    case: Case, quick: StudySettings, how: How, tmp_path: Path
) -> None:
    """What is given as the follow-up was made before surgery, and the other way round."""
    bids = tmp_path / "bids"
    shutil.copytree(case.bids, bids)
    _exchange(case, bids)
    (outcome,) = prepare_patients(read_cohort(bids), tmp_path / "out", hasty(quick), how=how)
    assert "timepoints-swapped" in {finding.code for finding in outcome.findings}


def test_a_scan_without_cavity_and_enhancement_is_told(
    case: Case, quick: StudySettings, how: How, tmp_path: Path
) -> None:
    assert "nothing-at-follow-up" in _findings_with(case, quick, how, tmp_path, _empty)


def _findings_with(case: Case, quick: StudySettings, how: How, root: Path, spoil) -> set[str]:
    bids = root / "bids"
    shutil.copytree(case.bids, bids)
    spoil(bids / f"sub-{NAME}" / "ses-progression" / "anat")
    (outcome,) = prepare_patients(read_cohort(bids), root / "out", hasty(quick), how=how)
    findings: list[Finding] = list(outcome.findings)
    assert outcome.done
    return {finding.code for finding in findings if "follow-up" in finding.subject}


def _rewrite(path: Path, change) -> None:
    volume, _ = read_volume(path, "T1C")
    write_volume(path, volume.with_data(change(volume.data)))


def _stranger(folder: Path) -> None:
    other = make_patient(9, 4, PhantomSettings(resolution_mm=4.0), sites="ABC", raw=True).follow_up
    assert other is not None
    write_volume(next(folder.glob("*T1w.nii.gz")), other.scan)
    for name in ("brain", "enhancing", "cavity"):
        write_labels(next(folder.glob(f"*label-{name}_mask.nii.gz")), getattr(other, name))


def _half(folder: Path) -> None:
    for path in folder.glob("*.nii.gz"):
        image = nib.load(path)
        data = np.asarray(image.dataobj).copy()
        data[:, :, data.shape[2] // 2 :] = 0
        if path.name.endswith("mask.nii.gz"):
            grid = read_mask(path, "it", allow_empty=True)[0].grid
            write_labels(path, LabelVolume.from_mask(grid, data > 0, "it"))
        else:
            _rewrite(path, lambda values, data=data: data)


def _flipped(folder: Path) -> None:
    for path in folder.glob("*.nii.gz"):
        image = nib.load(path)
        data = np.asarray(image.dataobj)[::-1].copy()
        if path.name.endswith("mask.nii.gz"):
            grid = read_mask(path, "it", allow_empty=True)[0].grid
            write_labels(path, LabelVolume.from_mask(grid, data > 0, "it"))
        else:
            _rewrite(path, lambda values, data=data: data)


def _exchange(case: Case, bids: Path) -> None:
    """Give the scan after surgery, with cavity and enhancement as the tumour, as the first."""
    before, after = (bids / f"sub-{NAME}" / f"ses-{s}" / "anat" for s in ("preop", "progression"))
    first, second = case.patient, case.patient.follow_up
    assert second is not None
    for path in [*before.glob("*"), *after.glob("*")]:
        path.unlink()
    shutil.rmtree(bids / "derivatives", ignore_errors=True)
    tumour = second.enhancing.mask("enhancing") | second.cavity.mask("cavity")
    grid = second.scan.grid
    write_volume(before / f"sub-{NAME}_ses-preop_ce-gadolinium_T1w.nii.gz", second.scan)
    write_labels(mask_path(bids, NAME, "preop", "brain"), second.brain)
    whole = LabelVolume.from_mask(grid, tumour, "enhancing")
    write_labels(mask_path(bids, NAME, "preop", "enhancing"), whole)
    scan = f"sub-{NAME}_ses-progression_ce-gadolinium_T1w.nii.gz"
    write_volume(after / scan, first.scans["T1C"])
    write_labels(mask_path(bids, NAME, "progression", "brain"), first.brain)
    lesion = LabelVolume.from_mask(
        first.grid, first.tumour.mask("enhancing", "necrosis"), "enhancing"
    )
    write_labels(mask_path(bids, NAME, "progression", "enhancing"), lesion)
    nothing = LabelVolume.from_mask(first.grid, np.zeros(first.grid.shape), "cavity")
    write_labels(mask_path(bids, NAME, "progression", "cavity"), nothing)


def _empty(folder: Path) -> None:
    for name in ("enhancing", "cavity"):
        path = next(folder.glob(f"*label-{name}_mask.nii.gz"))
        labels, _ = read_mask(path, name)
        write_labels(path, LabelVolume.from_mask(labels.grid, np.zeros(labels.grid.shape), name))
