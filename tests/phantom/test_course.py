from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from gliofront.phantom.anatomy import Anatomy, make_anatomy
from gliofront.phantom.course import Course, follow
from gliofront.phantom.patient import VirtualPatient
from gliofront.phantom.pseudo_progression import HIGH_DOSE
from gliofront.phantom.radiotherapy import dose_share, survival
from gliofront.phantom.settings import CourseSettings, PhantomSettings
from gliofront.phantom.surgery import resect
from gliofront.phantom.tumour import Tumour, grow_tumour

SETTINGS = PhantomSettings(resolution_mm=4.0)
LOCAL = CourseSettings(pseudo_progression=0.0, distant=0.0, none=0.0)
PSEUDO = CourseSettings(pseudo_progression=1.0, distant=0.0, none=0.0)
DISTANT = CourseSettings(pseudo_progression=0.0, distant=1.0, none=0.0)
NONE = CourseSettings(pseudo_progression=0.0, distant=0.0, none=1.0)


@pytest.fixture(scope="module")
def case() -> tuple[Anatomy, Tumour]:
    anatomy = make_anatomy(np.random.default_rng(0), 4.0, SETTINGS.anatomy)
    return anatomy, grow_tumour(np.random.default_rng(1), anatomy, SETTINGS.tumour)


def courses(case: tuple[Anatomy, Tumour], settings: CourseSettings, count: int) -> list[Course]:
    return [follow(np.random.default_rng([9, i]), *case, settings) for i in range(count)]


def away_from(anatomy: Anatomy, core: np.ndarray) -> np.ndarray:
    return ndimage.distance_transform_edt(~core, sampling=anatomy.grid.spacing)


def test_progression_lies_outside_the_former_core_in_the_brain(
    coarse: list[VirtualPatient],
) -> None:
    for patient in coarse:
        progression = patient.progression.mask("progression")
        assert not (progression & patient.tumour.mask("enhancing", "necrosis")).any()
        assert not (progression & ~patient.brain.mask("brain")).any()


def test_most_patients_progress(coarse: list[VirtualPatient]) -> None:
    assert sum(p.progression.mask("progression").any() for p in coarse) >= 9


def test_local_progression_is_mostly_near_the_core(case: tuple[Anatomy, Tumour]) -> None:
    anatomy, tumour = case
    distance = away_from(anatomy, tumour.core)
    near = []
    for course in courses(case, LOCAL, 8):
        assert course.kind == "progression"
        near.append((distance[course.progression] <= 20).mean())
        assert np.array_equal(course.enhancing & ~tumour.core, course.progression)
        assert course.scan_days == course.days
    # 78 % of recurrences lie within 20 mm in Wallner et al., Int J Radiat Oncol Biol Phys 1989.
    assert np.mean(near) > 0.65


def test_complete_resection_leaves_nothing_and_partial_some(case: tuple[Anatomy, Tumour]) -> None:
    anatomy, tumour = case
    assert not resect(np.random.default_rng(0), anatomy, tumour, complete=True).any()
    left = resect(np.random.default_rng(0), anatomy, tumour, complete=False)
    assert (left <= tumour.core).all()
    assert 0.02 < left.sum() / tumour.core.sum() < 0.26


def test_treatment_kills_near_the_core_and_spares_cells_far_away(
    case: tuple[Anatomy, Tumour],
) -> None:
    anatomy, tumour = case
    alive = survival(np.random.default_rng(0), anatomy, tumour.core)
    distance = away_from(anatomy, tumour.core)
    assert alive.min() > 0
    assert alive.max() <= 1
    assert np.median(alive[distance < 15]) < 0.5
    assert np.median(alive[distance > 35]) > 0.95


def test_the_same_tumour_can_take_another_course(case: tuple[Anatomy, Tumour]) -> None:
    anatomy, tumour = case
    seen = [follow(np.random.default_rng(seed), anatomy, tumour, LOCAL) for seed in (1, 1, 2)]
    assert np.array_equal(seen[0].cells, seen[1].cells)
    assert seen[0].days == seen[1].days
    one, other = seen[0].progression, seen[2].progression
    assert (one & other).sum() * 2 / (one.sum() + other.sum()) < 0.9


def test_progression_is_called_at_two_to_sixty_millilitres(case: tuple[Anatomy, Tumour]) -> None:
    volumes = [c.progression.sum() * case[0].grid.voxel_ml for c in courses(case, LOCAL, 12)]
    # Growth goes by steps, so it ends a little beyond the volume asked for.
    assert min(volumes) > 1
    assert max(volumes) < 70
    assert max(volumes) > 2 * min(volumes)


def test_no_progression_within_a_short_follow_up(case: tuple[Anatomy, Tumour]) -> None:
    anatomy, tumour = case
    short = CourseSettings(longest_days=1.0, complete_resection=1.0)
    course = follow(np.random.default_rng(1), anatomy, tumour, short)
    assert course.kind == "none"
    assert not course.progression.any()
    assert course.days == pytest.approx(1)


def test_none_means_that_nothing_new_is_seen(case: tuple[Anatomy, Tumour]) -> None:
    for course in courses(case, NONE, 4):
        assert course.kind == "none"
        assert not course.enhancing.any()
        assert course.cells.max() < case[1].kinetics.visible
        assert 450 <= course.days <= 1500


def test_distant_progression_lies_beyond_the_shells(case: tuple[Anatomy, Tumour]) -> None:
    anatomy, tumour = case
    distance = away_from(anatomy, tumour.core)
    for course in courses(case, DISTANT, 4):
        assert course.kind == "distant"
        assert course.distant
        assert course.progression.any()
        assert (distance[course.progression] > 20).mean() > 0.8


def test_pseudo_progression_is_enhancement_without_tumour(case: tuple[Anatomy, Tumour]) -> None:
    anatomy, tumour = case
    dose = dose_share(anatomy, tumour.core)
    for course in courses(case, PSEUDO, 4):
        assert course.kind == "pseudo-progression"
        assert course.pseudo.any()
        assert np.array_equal(course.enhancing, course.pseudo)
        assert course.cells[course.pseudo].max() <= tumour.kinetics.visible
        assert dose[course.pseudo].min() >= HIGH_DOSE
        assert not (course.pseudo & tumour.core).any()


def test_pseudo_progression_draws_no_cells_to_it(case: tuple[Anatomy, Tumour]) -> None:
    anatomy, tumour = case
    dose = dose_share(anatomy, tumour.core)
    distance = away_from(anatomy, tumour.core)
    inside, beside = 0.0, 0.0
    for course in courses(case, PSEUDO, 24):
        # Compared at equal distance from the core, on which both depend.
        for low in (0, 4.1, 8.1):
            ring = (dose >= HIGH_DOSE) & (distance > low) & (distance <= low + 4)
            ring &= course.cells > 0
            here, there = course.cells[ring & course.pseudo], course.cells[ring & ~course.pseudo]
            if here.size and there.size:
                inside += here.sum()
                beside += there.mean() * here.size
    assert 0.7 < inside / beside < 1.4


def test_true_progression_follows_pseudo_progression(case: tuple[Anatomy, Tumour]) -> None:
    for course in courses(case, PSEUDO, 4):
        assert course.progression.any()
        assert 0 < course.scan_days < course.days
        assert not np.array_equal(course.progression, course.pseudo)
