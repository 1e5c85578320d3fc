from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from treated_head import Treated, dice, look_up, places, treat

from gliofront.phantom.follow_up import FollowUp
from gliofront.phantom.settings import CourseSettings

pytestmark = pytest.mark.slow

LOCAL = CourseSettings(pseudo_progression=0, distant=0, none=0)
PSEUDO = CourseSettings(pseudo_progression=1, distant=0, none=0)
NONE = CourseSettings(pseudo_progression=0, distant=0, none=1)
THIN = LOCAL.model_copy(update={"slice_mm": 2.0})

Pair = tuple[Treated, FollowUp]


@pytest.fixture(scope="module")
def local() -> list[Pair]:
    """Three patients with local progression, scanned with thick slices."""
    heads = [treat(index, 3.0, LOCAL) for index in (0, 3, 5)]
    return [(head, head.scanned()) for head in heads]


@pytest.fixture(scope="module")
def thin(local: list[Pair]) -> list[Pair]:
    """The same with thin slices."""
    return [(head, head.scanned(THIN)) for head, _ in local]


def pulled_back(head: Treated, scan: FollowUp, mask: np.ndarray) -> np.ndarray:
    """Bring a region of the scan onto the pre-operative grid by the true transform."""
    there = places(head.anatomy.grid) + scan.pull
    return look_up(scan.scan.grid, mask.astype(float), there) > 0.5


def test_brains_overlap_under_the_true_transform(local: list[Pair]) -> None:
    for head, scan in local:
        assert dice(pulled_back(head, scan, scan.brain.mask("brain")), head.anatomy.brain) > 0.97


def test_progression_overlaps_under_the_true_transform(thin: list[Pair]) -> None:
    for head, scan in thin:
        seen = pulled_back(head, scan, scan.enhancing.mask("enhancing")) & ~head.tumour.core
        assert dice(seen, head.course.progression) > 0.85


def test_progression_is_found_again_in_thick_slices(local: list[Pair]) -> None:
    # A region thinner than half a slice is lost in it, truth or not; large ones are not.
    for head, scan in local:
        if head.course.progression.sum() * head.anatomy.grid.voxel_ml < 10:
            continue
        seen = pulled_back(head, scan, scan.enhancing.mask("enhancing")) & ~head.tumour.core
        assert dice(seen, head.course.progression) > 0.85


def test_the_cavity_is_where_the_tumour_was_and_smaller(local: list[Pair]) -> None:
    for head, scan in local:
        core_ml = head.tumour.core.sum() * head.anatomy.grid.voxel_ml
        assert 0.15 * core_ml < scan.cavity.volume_ml("cavity") < 0.95 * core_ml
        seen = pulled_back(head, scan, scan.cavity.mask("cavity"))
        assert dice(seen, head.course.cavity) > 0.85


def test_pull_and_push_are_each_other_s_inverse(local: list[Pair], thin: list[Pair]) -> None:
    # Each is looked up between its own voxels; 5 mm slices hold push too coarsely for the second.
    for head, scan in local:
        brain = scan.brain.mask("brain")
        away = ndimage.distance_transform_edt(
            ~scan.cavity.mask("cavity"), sampling=scan.scan.grid.spacing
        )[brain]
        start = places(scan.scan.grid)[brain]
        there = start + scan.push[brain]
        back = there + look_up(head.anatomy.grid, scan.pull, there)
        miss = np.linalg.norm(back - start, axis=1)
        assert miss[away > 10].max() < 0.3
    for head, scan in thin:
        brain = head.anatomy.brain
        away = ndimage.distance_transform_edt(
            ~head.course.cavity, sampling=head.anatomy.grid.spacing
        )[brain]
        start = places(head.anatomy.grid)[brain]
        there = start + scan.pull[brain]
        back = there + look_up(scan.scan.grid, scan.push, there)
        miss = np.linalg.norm(back - start, axis=1)
        assert miss[away > 10].max() < 0.3


def test_landmarks_land_within_a_voxel(local: list[Pair]) -> None:
    for head, scan in local:
        before, after = scan.landmarks[:, 0], scan.landmarks[:, 1]
        by_pull = before + look_up(head.anatomy.grid, scan.pull, before)
        by_push = after + look_up(scan.scan.grid, scan.push, after)
        assert np.abs(by_pull - after).max() < scan.scan.grid.spacing.min()
        assert np.linalg.norm(by_push - before, axis=1).max() < scan.scan.grid.spacing.min()


def test_landmarks_are_twenty_near_and_away_on_recognisable_tissue(local: list[Pair]) -> None:
    for head, scan in local:
        grid = head.anatomy.grid
        before = scan.landmarks[:, 0]
        assert scan.landmarks.shape == (20, 2, 3)
        distance = ndimage.distance_transform_edt(~head.tumour.core, sampling=grid.spacing)
        near = look_up(grid, distance, before)
        assert (near <= 30).sum() >= 10
        assert (near > 30).sum() >= 5
        between = np.linalg.norm(before[:, None] - before[None], axis=-1)
        assert between[~np.eye(20, dtype=bool)].min() >= 12
        # A corner has more than one tissue about it.
        image = head.anatomy.white + 0.6 * head.anatomy.grey
        rough = ndimage.gaussian_gradient_magnitude(image, 1.0)
        assert np.median(look_up(grid, rough, before)) > 1.5 * np.median(rough[head.anatomy.brain])
        gone = head.tumour.core | head.course.enhancing
        assert not (look_up(grid, gone.astype(float), before) > 0.5).any()


def test_the_scan_is_another_one(local: list[Pair]) -> None:
    for head, scan in local:
        grid = scan.scan.grid
        assert grid.axis_codes in ("LAS", "LPS")
        assert grid.spacing.tolist() == pytest.approx([1.5, 1.5, 5.0])
        assert (scan.scan.data[~scan.brain.mask("brain")] == 0).all()
        assert scan.days == head.course.scan_days
        assert scan.pull.shape == (*head.anatomy.grid.shape, 3)
        assert scan.push.shape == (*grid.shape, 3)
        centre = head.anatomy.grid.to_world(np.argwhere(head.anatomy.brain)).mean(0)
        shift = look_up(head.anatomy.grid, scan.pull, centre[None])[0]
        assert 1 < np.linalg.norm(shift) < 60


def test_cavity_is_dark_and_new_enhancement_bright(local: list[Pair]) -> None:
    for _, scan in local:
        image = scan.scan.data
        brain = scan.brain.mask("brain")
        inner = ndimage.binary_erosion(scan.cavity.mask("cavity"), iterations=2)
        bright = ndimage.binary_erosion(scan.enhancing.mask("enhancing"))
        middle = np.median(image[brain])
        assert np.median(image[inner]) < 0.6 * middle
        assert np.median(image[bright]) > 1.2 * middle


def test_left_stays_left(local: list[Pair]) -> None:
    for head, scan in local:
        grid = scan.scan.grid
        cavity = grid.to_world(np.argwhere(scan.cavity.mask("cavity"))).mean(0)
        brain = grid.to_world(np.argwhere(scan.brain.mask("brain"))).mean(0)
        before = head.anatomy.template[head.course.cavity][:, 0].mean()
        assert (cavity - brain)[0] * before > 0


def test_pseudo_progression_shows_as_enhancement_without_visible_cells() -> None:
    head = treat(1, 4.0, PSEUDO)
    scan = head.scanned()
    assert scan.enhancing.data.any()
    assert scan.days < head.course.days
    cells = look_up(head.anatomy.grid, head.course.cells, places(scan.scan.grid) + scan.push)
    enhancing = scan.enhancing.mask("enhancing")
    assert cells[enhancing].max() <= head.tumour.kinetics.visible
    bright = np.quantile(scan.scan.data[enhancing], 0.75)
    assert bright > 1.15 * np.median(scan.scan.data[scan.brain.mask("brain")])


def test_no_progression_shows_a_cavity_and_no_label() -> None:
    scan = treat(2, 4.0, NONE).scanned()
    assert scan.cavity.data.any()
    assert not scan.enhancing.data.any()


def test_same_seed_same_scan(local: list[Pair]) -> None:
    head, scan = local[0]
    again = head.scanned()
    assert np.array_equal(again.scan.data, scan.scan.data)
    assert np.array_equal(again.push, scan.push)
    assert np.array_equal(again.landmarks, scan.landmarks)
