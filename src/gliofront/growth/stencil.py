"""Diffusion tensors as exchange between voxels: non-negative, symmetric, never through a wall."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]

MOST_ROUNDS = 200
OBTUSE = 1e-9
"""Scalar products above this share of the trace still call for a change of base."""

FAINT = 1e-9
"""Weights below this share of a voxel's sum are rounding, not exchange."""


def selling(tensors: FloatArray) -> tuple[IntArray, FloatArray]:
    """Write tensors as sums of non-negative weights times dyads of short whole-number offsets.

    D = sum of w e e', exact for every positive definite D. Selling's reduction of ternary forms,
    as Fehrenbach and Mirebeau (J Math Imaging Vis 49:123-147, 2014) use it for diffusion: the
    scheme it gives has no negative exchange at any anisotropy. An isotropic D gives the usual
    six neighbours.

    Parameters
    ----------
    tensors : (n, 3, 3), symmetric positive definite.

    Returns
    -------
    Offsets (n, 6, 3), whole numbers, and weights (n, 6), at least 0.

    >>> offsets, weights = selling(np.array([[[2.0, 1, 0], [1, 1, 0], [0, 0, 1]]]))
    >>> np.einsum("nk,nki,nkj->nij", weights, offsets, offsets)[0].tolist()
    [[2.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    start = np.vstack([np.eye(3), -np.ones(3)])
    base = np.repeat(start[None], len(tensors), axis=0)
    limit = OBTUSE * np.trace(tensors, axis1=1, axis2=2)
    todo = np.arange(len(tensors))
    for _ in range(MOST_ROUNDS):
        todo = todo[_reduce_once(base, tensors, limit, todo)]
        if not todo.size:
            break
    offsets, weights = [], []
    for i, j in combinations(range(4), 2):
        k, m = (n for n in range(4) if n not in (i, j))
        offsets.append(np.cross(base[:, k], base[:, m]))
        weights.append(-np.einsum("ni,nij,nj->n", base[:, i], tensors, base[:, j]))
    whole = np.rint(np.stack(offsets, axis=1)).astype(np.intp)
    return whole, np.maximum(np.stack(weights, axis=1), 0)


def _reduce_once(
    base: FloatArray, tensors: FloatArray, limit: FloatArray, todo: IntArray
) -> BoolArray:
    """Make each pair of base vectors obtuse in turn; tell for which of todo one was not."""
    changed = np.zeros(len(todo), dtype=bool)
    for i, j in combinations(range(4), 2):
        k, m = (n for n in range(4) if n not in (i, j))
        product_ = np.einsum("ni,nij,nj->n", base[todo, i], tensors[todo], base[todo, j])
        acute = product_ > limit[todo]
        at = todo[acute]
        turned = base[at, i].copy()
        base[at, i] = -turned
        base[at, k] += turned
        base[at, m] += turned
        changed |= acute
    return changed


def exchange_matrix(
    solid: BoolArray, diffusivity: FloatArray, offsets: IntArray, weights: FloatArray
) -> sparse.csr_matrix:
    """Return the rates at which neighbours exchange cells, (n, n), symmetric, without diagonal.

    The rate between x and y = x + e is the harmonic mean of their diffusivities (steps between
    tissues) times the arithmetic mean of their weights of e (turning fibres), so that the scheme
    is second order where both are smooth. There is none where a wall lies between.

    Parameters
    ----------
    solid : (X, Y, Z) bool, n voxels that cells can enter; outside there is no flux.
    diffusivity : (n,), mm2/day, positive, in the order of `solid`.
    offsets, weights : as from `selling` for tensors in units of voxels, (n, k, 3) and (n, k).
    """
    reach = int(np.abs(offsets).max(initial=1))
    padded = np.pad(solid, reach)
    number = np.full(padded.shape, -1, dtype=np.intp)
    number[padded] = np.arange(len(diffusivity))
    place = np.flatnonzero(padded)
    strides = np.array([padded.shape[1] * padded.shape[2], padded.shape[2], 1])
    rows, columns, rates = [], [], []
    for offset, voxels, weight in _by_offset(offsets, weights):
        for e in (offset, -offset):
            free = _open_way(padded.ravel(), place[voxels], e, strides)
            here = voxels[free]
            there = number.ravel()[place[here] + e @ strides]
            near, far = diffusivity[here], diffusivity[there]
            rows.append(here)
            columns.append(there)
            rates.append(weight[free] * near * far / (near + far))
    shape = (len(diffusivity),) * 2
    pairs = (np.concatenate(rows), np.concatenate(columns))
    half = sparse.csr_matrix((np.concatenate(rates), pairs), shape=shape)
    return sparse.csr_matrix(half + half.T)


def _by_offset(
    offsets: IntArray, weights: FloatArray
) -> list[tuple[IntArray, IntArray, FloatArray]]:
    """Group by offset, e and -e being one: the offset, its voxels and their weights."""
    size = 2 * int(np.abs(offsets).max(initial=1)) + 1
    code = offsets @ np.array([size * size, size, 1])
    counts = weights > FAINT * weights.sum(axis=1, keepdims=True)
    code = np.where(counts, np.abs(code), 0)
    groups = []
    for value in np.unique(code[code > 0]):
        voxels, column = np.nonzero(code == value)
        groups.append((offsets[voxels[0], column[0]], voxels, weights[voxels, column]))
    return groups


def _open_way(solid: BoolArray, start: IntArray, offset: IntArray, strides: IntArray) -> BoolArray:
    """Tell from which starts steps through faces alone, none backwards, lead to the offset.

    Without this a long or diagonal offset would carry cells through a thin falx.
    """
    sign = np.sign(offset)
    free: dict[tuple[int, ...], BoolArray] = {(0, 0, 0): np.ones(len(start), dtype=bool)}
    for point in product(*(range(abs(n) + 1) for n in offset)):
        if not any(point):
            continue
        before = [
            free[tuple(p - (a == axis) for a, p in enumerate(point))]
            for axis in range(3)
            if point[axis]
        ]
        inside = solid[start + (np.array(point) * sign) @ strides]
        free[point] = np.logical_or.reduce(before) & inside
    return free[tuple(int(n) for n in np.abs(offset))]
