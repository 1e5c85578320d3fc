from __future__ import annotations

import socket

import numpy as np
import pytest

from gliofront.phantom.anatomy import load_template, make_anatomy
from gliofront.phantom.settings import AnatomySettings


def test_the_template_is_read_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    load_template.cache_clear()
    assert load_template(4).grid.axis_codes == "RAS"


def test_tissue_shares_sum_to_one_in_the_brain() -> None:
    anatomy = make_anatomy(np.random.default_rng(0), 4.0, AnatomySettings())
    total = anatomy.white + anatomy.grey + anatomy.fluid
    assert np.allclose(total[anatomy.brain], 1)
    assert not total[~anatomy.brain].any()
    assert not anatomy.vessels[~anatomy.brain].any()


def test_a_head_has_the_size_of_a_head_and_a_border() -> None:
    for seed in range(5):
        anatomy = make_anatomy(np.random.default_rng(seed), 4.0, AnatomySettings())
        assert 1500 < anatomy.brain.sum() * anatomy.grid.voxel_ml < 2300
        for axis in range(3):
            ends = np.take(anatomy.brain, [0, -1], axis)
            assert not ends.any()


def test_left_is_left() -> None:
    anatomy = make_anatomy(np.random.default_rng(0), 4.0, AnatomySettings(tilt_degrees=0))
    voxels = np.argwhere(anatomy.brain)
    world = anatomy.grid.to_world(voxels)
    template = anatomy.template[anatomy.brain]
    assert np.abs(world - template).max() < 20
    assert np.corrcoef(world[:, 0], template[:, 0])[0, 1] > 0.98


def test_seeds_lie_in_cerebral_white_matter_of_both_sides() -> None:
    anatomy = make_anatomy(np.random.default_rng(3), 4.0, AnatomySettings())
    assert (anatomy.white[anatomy.seeds] > 0.8).all()
    x, _, z = anatomy.template[anatomy.seeds].T
    assert (np.abs(x) > 9).all()
    assert z.min() > -26
    assert (x < 0).mean() == pytest.approx(0.5, abs=0.15)


def test_two_heads_differ_and_one_seed_repeats() -> None:
    first, again, other = (
        make_anatomy(np.random.default_rng(s), 4.0, AnatomySettings()) for s in (1, 1, 2)
    )
    assert np.array_equal(first.white, again.white)
    assert first.white.shape != other.white.shape or not np.array_equal(first.white, other.white)
