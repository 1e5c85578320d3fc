from __future__ import annotations

import numpy as np
import pytest

from gliofront.phantom.anatomy import Anatomy, load_template, make_anatomy
from gliofront.phantom.fibres import Fibres, lay_fibres
from gliofront.phantom.settings import AnatomySettings
from gliofront.phantom.tracts import BUNDLES, tract_points


@pytest.fixture(scope="module")
def plain() -> Anatomy:
    """The template itself as a head, on its own, symmetric grid."""
    model = load_template(2)
    white, grey = model.white, model.grey
    brain = model.brain > 0.5
    total = np.maximum(white + grey, 1)
    white, grey = white / total * brain, grey / total * brain
    voxels = np.stack(np.indices(model.grid.shape), axis=-1)
    nothing = np.zeros(model.grid.shape, dtype=bool)
    return Anatomy(
        model.grid, brain, white, grey, brain * (1 - white - grey), nothing * 0.0, nothing,
        nothing, model.grid.to_world(voxels),
    )  # fmt: skip


@pytest.fixture(scope="module")
def fibres(plain: Anatomy) -> Fibres:
    return lay_fibres(plain)


def around(head: Anatomy, place: tuple[float, float, float], reach: float = 5.0) -> np.ndarray:
    near = np.linalg.norm(head.template - np.array(place), axis=-1) < reach
    return np.asarray(near & (head.white > 0.8))


@pytest.mark.parametrize(
    ("place", "axis"),
    [
        ((0, 4, 24), 0), ((0, -26, 22), 0), ((0, 28, 6), 0),  # corpus callosum
        ((24, -17, 16), 2), ((-24, -17, 16), 2),  # internal capsule to corona radiata
        ((8, -12, 37), 1), ((-8, -12, 37), 1),  # cingulum
        ((36, -16, 32), 1), ((-36, -16, 32), 1),  # superior longitudinal
        ((34, -48, 2), 1), ((-34, -48, 2), 1),  # inferior fronto-occipital, optic radiation
    ],
)  # fmt: skip
def test_large_bundles_run_the_way_they_do(
    plain: Anatomy, fibres: Fibres, place: tuple[float, float, float], axis: int
) -> None:
    there = around(plain, place)
    assert there.sum() > 5
    assert np.median(np.abs(fibres.direction[there][:, axis])) > 0.8


def test_directions_are_of_unit_length_and_fa_is_that_of_tissue(
    plain: Anatomy, fibres: Fibres
) -> None:
    assert np.allclose(np.linalg.norm(fibres.direction, axis=-1), 1)
    assert fibres.fa.min() >= 0
    assert fibres.fa.max() < 0.75
    assert not fibres.fa[~plain.brain].any()
    assert np.median(fibres.fa[plain.grey > 0.9]) == pytest.approx(0.1, abs=0.03)
    assert 0.35 < np.median(fibres.fa[plain.white > 0.9]) < 0.55
    assert np.median(fibres.fa[around(plain, (0, 4, 24))]) > 0.6


def test_both_sides_are_mirror_images(plain: Anatomy, fibres: Fibres) -> None:
    assert np.allclose(plain.white, plain.white[::-1], atol=1e-12)
    assert np.abs(fibres.fa - fibres.fa[::-1]).max() < 1e-6
    clear = fibres.fa > 0.35
    turned = fibres.direction[::-1] * np.array([-1.0, 1, 1])
    agree = np.abs((fibres.direction * turned).sum(-1))[clear]
    assert agree.min() > 1 - 1e-6


def test_fibres_stay_within_gyral_blades(plain: Anatomy, fibres: Fibres) -> None:
    slopes = np.stack(np.gradient(plain.white), axis=-1)
    steep = np.linalg.norm(slopes, axis=-1)
    wall = (
        (plain.white > 0.4) & (plain.white < 0.6) & (steep > np.quantile(steep[plain.brain], 0.9))
    )
    through = np.abs((fibres.direction * slopes).sum(-1)[wall] / steep[wall])
    assert np.median(through) < 0.35  # 0.5 if directions had nothing to do with walls


def test_neighbours_agree(plain: Anatomy, fibres: Fibres) -> None:
    deep = fibres.fa > 0.45
    both = deep[1:] & deep[:-1]
    agree = np.abs((fibres.direction[1:] * fibres.direction[:-1]).sum(-1))[both]
    assert np.mean(agree > 0.9) > 0.9


def test_a_tilted_head_carries_its_fibres_with_it() -> None:
    straight = make_anatomy(
        np.random.default_rng(0), 4.0, AnatomySettings(warp_mm=0, tilt_degrees=0)
    )
    tilted = make_anatomy(
        np.random.default_rng(0), 4.0, AnatomySettings(warp_mm=0, tilt_degrees=15)
    )
    slope = np.stack(np.gradient(tilted.template, 4.0, axis=(0, 1, 2)), axis=-1)
    turn = np.linalg.inv(slope[tilted.brain].mean(0))
    assert np.degrees(np.arccos((np.trace(turn) - 1) / 2)) > 5
    for place in ((0, 4, 24), (24, -17, 16)):
        means = []
        for head in (straight, tilted):
            axes = lay_fibres(head).direction[around(head, place, 6.0)]
            means.append(np.linalg.eigh(axes.T @ axes)[1][:, 2])
        assert abs(means[1] @ turn @ means[0]) > np.cos(np.radians(6))


def test_same_head_same_fibres() -> None:
    head = make_anatomy(np.random.default_rng(5), 4.0, AnatomySettings())
    one, again = lay_fibres(head), lay_fibres(head)
    assert np.array_equal(one.direction, again.direction)
    assert np.array_equal(one.fa, again.fa)


def test_bundles_lie_in_the_head_and_on_both_sides() -> None:
    places, _ = tract_points()
    assert len(places) > 40 * len(BUNDLES)
    assert np.abs(places[:, 0]).max() < 60
    assert places[:, 0].mean() == pytest.approx(0)
    assert load_template(2).grid.to_voxel(places).min() > 0
