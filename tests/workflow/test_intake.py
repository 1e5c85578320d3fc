from dataclasses import replace

import numpy as np
import pytest

from gliofront.cohort.patient import Patient, Timepoint
from gliofront.foundation.errors import EXIT_REFUSED, InputRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import LabelVolume, Volume
from gliofront.image.writing import write_labels, write_volume
from gliofront.workflow.intake import read_patient
from gliofront.workflow.settings import StudySettings, with_intake

SHAPE = (96, 96, 96)
GRID = Grid(np.diag([2.0, 2.0, 2.0, 1.0]), SHAPE)
BRATS = {1: "necrosis", 2: "oedema", 4: "enhancing"}


def shifted(grid: Grid, *mm: float) -> Grid:
    affine = grid.affine.copy()
    affine[:3, 3] += mm
    return Grid(affine, grid.shape)


def scan(path, grid=GRID):
    data = np.random.default_rng(0).normal(100, 20, SHAPE)
    write_volume(path, Volume(grid, data, "T1C", "arbitrary"))
    assert path.stat().st_size > 2**20
    return path


def mask(path, grid=GRID, values=(1,)):
    data = np.zeros(SHAPE, dtype=np.uint8)
    for place, value in enumerate(values):
        data[20 + 10 * place : 28 + 10 * place, 30:60, 30:60] = value
    write_labels(path, LabelVolume(grid, data, dict.fromkeys(values, "x") if values else {}))
    return path


def patient(tmp_path, **parts) -> Patient:
    images = {"T1C": scan(tmp_path / "t1c.nii.gz")}
    return Patient("1", Timepoint(**({"images": images} | parts)))


def refusal(one: Patient, **intake) -> InputRefused:
    with pytest.raises(InputRefused) as error:
        read_patient(with_intake(StudySettings(), **intake), patient=one)
    assert error.value.exit_code == EXIT_REFUSED
    return error.value


def test_a_patient_without_t1c_is_refused(tmp_path):
    error = refusal(Patient("1", Timepoint({"FLAIR": scan(tmp_path / "f.nii.gz")})))
    assert "no contrast-enhanced T1" in error.problem
    assert "T1C=FILE" in error.mend


def test_f11_masks_and_labels_on_another_grid_are_all_named_with_both_grids(tmp_path):
    other = shifted(GRID, 1.0, 0.0, 0.0)
    one = patient(
        tmp_path,
        masks={"brain": mask(tmp_path / "brain.nii.gz", other)},
        labels=mask(tmp_path / "labels.nii.gz", other, (1, 4)),
        scheme=BRATS,
    )
    error = refusal(one)
    assert error.problem.count("on another grid") == 2
    assert "world (RAS mm) 0.0 to 190.0" in error.problem
    assert "world (RAS mm) 1.0 to 191.0" in error.problem


def test_f11_labels_on_another_grid_are_resampled_when_asked(tmp_path):
    one = patient(tmp_path, masks={"brain": mask(tmp_path / "b.nii.gz", shifted(GRID, 4, 0, 0))})
    settings = with_intake(StudySettings(), resample_labels=True)
    intake = read_patient(settings, patient=one)["intake"]
    brain = intake.masks["brain"]
    assert brain.grid.matches(GRID)
    np.testing.assert_array_equal(np.flatnonzero(brain.data.any((1, 2)))[[0, -1]], [22, 29])


def test_f14_labels_without_enhancing_tumour_are_refused(tmp_path):
    labels = mask(tmp_path / "labels.nii.gz", values=(1, 2))
    error = refusal(patient(tmp_path, labels=labels, scheme=BRATS))
    assert "enhancing" in error.problem
    assert "labels.nii.gz" in error.subject


def test_an_empty_brain_mask_is_refused_and_an_empty_progression_is_an_answer(tmp_path):
    empty = mask(tmp_path / "empty.nii.gz", values=())
    assert "empty" in refusal(patient(tmp_path, masks={"brain": empty})).problem
    intake = read_patient(StudySettings(), patient=patient(tmp_path, masks={"progression": empty}))
    assert not intake["intake"].masks["progression"].data.any()


def test_headers_that_lie_apart_are_reported(tmp_path):
    near, far = scan(tmp_path / "n.nii.gz"), scan(tmp_path / "f.nii.gz", shifted(GRID, 0, 0, 150))
    one = patient(tmp_path)
    one = replace(
        one, preop=replace(one.preop, images=dict(one.preop.images) | {"T1": near, "T2": far})
    )
    findings = read_patient(StudySettings(), patient=one)["findings"]
    assert [(f.code, f.subject) for f in findings] == [("headers-apart", "T2")]
