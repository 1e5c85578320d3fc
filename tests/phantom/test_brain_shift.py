from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy import ndimage
from treated_head import Treated, places, treat

from gliofront.phantom.brain_shift import BrainShift, shift_back
from gliofront.phantom.settings import CourseSettings
from gliofront.phantom.warp import jacobian_determinant

pytestmark = pytest.mark.slow

WHOLE = CourseSettings(complete_resection=1.0, pseudo_progression=0, distant=0, none=0)


@pytest.fixture(scope="module")
def heads() -> list[Treated]:
    return [treat(index, 4.0, WHOLE) for index in range(3)]


@cache
def shifted(head: Treated, seed: int = 0, mass: bool = True) -> BrainShift:
    rng = np.random.default_rng([seed, head.index])
    return shift_back(rng, head.anatomy, head.course.cavity, head.mass if mass else None)


def unposed(shift: BrainShift) -> BrainShift:
    return replace(shift, pose=np.eye(4))


def moved(shift: BrainShift, head: Treated) -> np.ndarray:
    own = places(head.anatomy.grid)
    return unposed(shift).to_follow_up(own) - own


def test_the_inverse_undoes_the_shift(heads: list[Treated]) -> None:
    for head in heads:
        shift = shifted(head)
        points = head.anatomy.grid.to_world(np.argwhere(head.anatomy.brain))
        away = ndimage.distance_transform_edt(
            ~head.course.cavity, sampling=head.anatomy.grid.spacing
        )[head.anatomy.brain]
        after = shift.to_follow_up(points)
        miss = np.linalg.norm(shift.to_preop(after) - points, axis=1)
        assert miss[away > 5].max() < 0.3
        assert np.quantile(miss, 0.99) < 0.1
        again = shift.to_follow_up(shift.to_preop(after))
        assert np.linalg.norm(again - after, axis=1)[away > 5].max() < 0.3


def test_nothing_folds(heads: list[Treated]) -> None:
    for head in heads:
        for warp in (shifted(head).forward, shifted(head).backward):
            assert jacobian_determinant(warp).min() > 0


def test_the_skull_holds_the_brain(heads: list[Treated]) -> None:
    for head in heads:
        brain = head.anatomy.brain
        edge = brain & ~ndimage.binary_erosion(brain)
        length = np.linalg.norm(moved(shifted(head), head), axis=-1)
        assert np.quantile(length[edge], 0.95) < 1.0
        assert length[brain].max() > 2


def test_the_mass_effect_relaxes_by_about_the_drawn_share(heads: list[Treated]) -> None:
    for head in heads:
        # An empty cavity leaves the relaxation alone.
        nothing = np.zeros_like(head.course.cavity)
        shift = shift_back(np.random.default_rng(head.index), head.anatomy, nothing, head.mass)
        assert 0.4 <= shift.relaxed <= 0.9
        where = head.anatomy.brain & ~head.tumour.core
        where &= np.linalg.norm(head.mass.pull, axis=-1) > 1.5
        pull, seen = head.mass.pull[where], moved(shift, head)[where]
        share = (pull * seen).sum() / (pull * pull).sum()
        assert share == pytest.approx(shift.relaxed, abs=0.15)


def test_the_wall_of_the_cavity_moves_inwards(heads: list[Treated]) -> None:
    for head in heads:
        grid, cavity = head.anatomy.grid, head.course.cavity
        wall = ndimage.binary_dilation(cavity) & ~cavity & head.anatomy.brain
        inwards = np.stack(
            np.gradient(ndimage.gaussian_filter(cavity.astype(float), 1.5), *grid.spacing), -1
        )
        along = (moved(shifted(head), head) * inwards).sum(-1)[wall]
        assert (along > 0).mean() > 0.8


def test_without_mass_effect_only_the_cavity_moves_tissue(heads: list[Treated]) -> None:
    head = heads[0]
    length = np.linalg.norm(moved(shifted(head, mass=False), head), axis=-1)
    away = ndimage.distance_transform_edt(~head.course.cavity, sampling=head.anatomy.grid.spacing)
    near = head.anatomy.brain & (away > 0) & (away < 8)
    far = head.anatomy.brain & (away > 50)
    assert length[near].mean() > 5 * length[far].mean()


def test_same_seed_same_shift(heads: list[Treated]) -> None:
    one, same = (shifted.__wrapped__(heads[0]) for _ in range(2))
    other = shifted(heads[0], 2)
    assert np.array_equal(one.forward.displacement, same.forward.displacement)
    assert np.array_equal(one.pose, same.pose)
    assert not np.array_equal(one.pose, other.pose)


def test_the_midline_comes_back(heads: list[Treated]) -> None:
    # Of the head whose midline was pushed farthest, measured where it was pushed most.
    def sideways(head: Treated) -> np.ndarray:
        middle = head.anatomy.brain & (abs(head.anatomy.template[..., 0]) < 4)
        return np.where(middle, head.mass.pull[..., 0], 0)

    head = max(heads, key=lambda h: abs(sideways(h)).max())
    worst = np.unravel_index(abs(sideways(head)).argmax(), head.anatomy.grid.shape)
    before = head.mass.pull[worst][0]
    back = moved(shifted(head), head)[worst][0]
    assert abs(before) > 1
    assert back * before > 0
    assert abs(before - back) < abs(before)
