from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from gliofront.phantom.anatomy import Anatomy, make_anatomy
from gliofront.phantom.course import follow, resect, survival
from gliofront.phantom.patient import VirtualPatient
from gliofront.phantom.settings import CourseSettings, PhantomSettings
from gliofront.phantom.tumour import Tumour, grow_tumour

SETTINGS = PhantomSettings(resolution_mm=4.0)


@pytest.fixture(scope="module")
def case() -> tuple[Anatomy, Tumour]:
    anatomy = make_anatomy(np.random.default_rng(0), 4.0, SETTINGS.anatomy)
    return anatomy, grow_tumour(np.random.default_rng(1), anatomy, SETTINGS.tumour)


def test_progression_lies_outside_the_former_core_in_the_brain(
    coarse: list[VirtualPatient],
) -> None:
    for patient in coarse:
        progression = patient.progression.mask("progression")
        assert not (progression & patient.tumour.mask("enhancing", "necrosis")).any()
        assert not (progression & ~patient.brain.mask("brain")).any()


def test_most_patients_progress_and_mostly_near_the_core(coarse: list[VirtualPatient]) -> None:
    near, progressed = [], 0
    for patient in coarse:
        progression = patient.progression.mask("progression")
        progressed += bool(progression.any())
        core = patient.tumour.mask("enhancing", "necrosis")
        distance = ndimage.distance_transform_edt(~core, sampling=patient.grid.spacing)
        near += distance[progression].tolist()
    assert progressed >= 10
    assert np.mean(np.array(near) <= 30) > 0.8


def test_complete_resection_leaves_nothing_and_partial_some(case: tuple[Anatomy, Tumour]) -> None:
    anatomy, tumour = case
    assert not resect(np.random.default_rng(0), anatomy, tumour, 1.0).any()
    left = resect(np.random.default_rng(0), anatomy, tumour, 0.0)
    assert (left <= tumour.core).all()
    assert 0.02 < left.sum() / tumour.core.sum() < 0.26


def test_treatment_kills_near_the_core_and_spares_cells_far_away(
    case: tuple[Anatomy, Tumour],
) -> None:
    anatomy, tumour = case
    alive = survival(np.random.default_rng(0), anatomy, tumour.core)
    distance = ndimage.distance_transform_edt(~tumour.core, sampling=anatomy.grid.spacing)
    assert alive.min() > 0
    assert alive.max() <= 1
    assert np.median(alive[distance < 15]) < 0.5
    assert np.median(alive[distance > 35]) > 0.95


def test_the_same_tumour_can_take_another_course(case: tuple[Anatomy, Tumour]) -> None:
    anatomy, tumour = case
    courses = [
        follow(np.random.default_rng(seed), anatomy, tumour, CourseSettings()).progression
        for seed in (1, 1, 2)
    ]
    assert np.array_equal(courses[0], courses[1])
    shared = (courses[0] & courses[2]).sum() * 2 / (courses[0].sum() + courses[2].sum())
    assert shared < 0.9


def test_no_progression_within_a_short_follow_up(case: tuple[Anatomy, Tumour]) -> None:
    anatomy, tumour = case
    short = CourseSettings(longest_days=1.0, complete_resection=1.0, distant=0.0)
    course = follow(np.random.default_rng(1), anatomy, tumour, short)
    assert not course.progression.any()
    assert course.days == pytest.approx(1)
