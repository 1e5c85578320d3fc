from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gliofront.growth.stencil import exchange_matrix, selling


def tensors(rng: np.random.Generator, count: int, ratio: float) -> np.ndarray:
    axis = rng.standard_normal((count, 3))
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    return np.eye(3) + (ratio - 1) * axis[:, :, None] * axis[:, None, :]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), ratio=st.floats(1, 50))
def test_weights_are_no_less_than_none_and_sum_to_the_tensor(seed: int, ratio: float) -> None:
    wanted = tensors(np.random.default_rng(seed), 50, ratio)
    offsets, weights = selling(wanted)
    made = np.einsum("nk,nki,nkj->nij", weights, offsets, offsets)
    assert weights.min() >= 0
    assert np.abs(made - wanted).max() < 1e-7 * ratio


def test_no_direction_means_the_six_neighbours() -> None:
    offsets, weights = selling(np.eye(3)[None])
    used = offsets[weights > 1e-12]
    assert np.array_equal(np.abs(used).sum(axis=1), [1, 1, 1])


def test_offsets_stay_short_at_the_anisotropies_used() -> None:
    offsets, weights = selling(tensors(np.random.default_rng(0), 5000, 12.0))
    reach = np.abs(offsets[weights > 1e-9]).max()
    assert reach <= 4


def test_an_open_medium_exchanges_what_the_tensor_says() -> None:
    wanted = np.repeat(tensors(np.random.default_rng(3), 1, 8.0), 15**3, axis=0)
    solid = np.ones((15, 15, 15), dtype=bool)
    rates = exchange_matrix(solid, np.full(15**3, 2.0), *selling(wanted))
    centre = int(np.ravel_multi_index((7, 7, 7), solid.shape))
    row = rates[[centre]].tocoo()
    away = np.stack(np.unravel_index(row.col, solid.shape), axis=1) - 7
    second = np.einsum("n,ni,nj->ij", row.data, away, away)
    assert np.allclose(second, 2 * 2.0 * wanted[0], atol=1e-6)
    assert np.abs(row.data @ away).max() < 1e-9


@pytest.mark.parametrize("slant", [0, 1])
def test_no_exchange_reaches_through_a_wall_of_one_voxel(slant: int) -> None:
    solid = np.ones((16, 16, 5), dtype=bool)
    x, y, _ = np.indices(solid.shape)
    wall = x - slant * y == (0 if slant else 8)
    solid &= ~wall
    side = (x - slant * y > (0 if slant else 8))[solid]
    count = int(solid.sum())
    across = np.array([1.0, -1.0 if slant else 0.3, 0.2])
    across /= np.linalg.norm(across)
    shape = np.eye(3) + 11 * np.outer(across, across)
    rates = exchange_matrix(solid, np.ones(count), *selling(np.repeat(shape[None], count, 0)))
    assert rates[side][:, ~side].nnz == 0
    assert rates[side][:, side].nnz > 0


def test_rates_are_symmetric_and_not_negative_in_a_random_medium() -> None:
    rng = np.random.default_rng(5)
    solid = rng.random((9, 8, 10)) > 0.3
    count = int(solid.sum())
    rates = exchange_matrix(solid, rng.uniform(0.1, 2, count), *selling(tensors(rng, count, 9.0)))
    assert (rates != rates.T).nnz == 0
    assert rates.data.min() > 0
    assert not rates.diagonal().any()
