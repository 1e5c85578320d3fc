"""How the contents of a closed skull give way to a swelling: flow from sources to fluid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import linalg

from gliofront.growth.stencil import exchange_matrix

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

TOLERANCE = 1e-8
MOST_ITERATIONS = 5000


def flow(source: FloatArray, yielding: FloatArray, ease: FloatArray, pitch_mm: float) -> FloatArray:
    """Return the velocity of matter that is made at sources and taken up where it yields.

    v = k grad p with div v = source - sink and no flow through the skull. The sink balances the
    source; tissue between them keeps its volume. This is Darcy's law, the simplest smooth field
    that obeys the Monro-Kellie doctrine (what swells in a closed skull drives fluid out); it is
    no model of elasticity.

    Parameters
    ----------
    source : volume made in unit time as a share of the volume, (X, Y, Z), at least 0.
    yielding : weight with which a place takes volume up, (X, Y, Z), at least 0.
    ease : k, (X, Y, Z), 0 outside the skull, small where a membrane stands.
    pitch_mm : size of the cubic voxels.

    Returns
    -------
    (3, X, Y, Z), mm in unit time, 0 outside the skull.
    """
    inside = ease > 0
    taken = np.where(inside, yielding, 0)
    made = np.where(inside, source, 0)
    if not taken.any() or not made.any():
        return np.zeros((3, *source.shape))
    surplus = made - taken * (made.sum() / taken.sum())
    pressure = np.zeros(source.shape)
    pressure[inside] = _pressure(inside, ease[inside], surplus[inside] * pitch_mm**2)
    return np.stack([_velocity(pressure, ease, axis) for axis in range(3)]) / pitch_mm


def _pressure(inside: BoolArray, ease: FloatArray, surplus: FloatArray) -> FloatArray:
    """Solve for the pressure, which is free up to a constant; conjugate gradients."""
    count = len(ease)
    offsets = np.repeat(np.eye(3, dtype=np.intp)[None], count, axis=0)
    between = exchange_matrix(inside, ease, offsets, np.ones((count, 3)))
    leaving = np.asarray(between.sum(axis=1)).ravel()
    alone = leaving == 0
    matrix = sparse.csr_matrix(sparse.diags(leaving + alone) - between)
    inverse = sparse.diags(1 / (leaving + alone))
    load = np.where(alone, 0, surplus)
    found, _ = linalg.cg(matrix, load, rtol=TOLERANCE, maxiter=MOST_ITERATIONS, M=inverse)
    return np.asarray(found)


def _velocity(pressure: FloatArray, ease: FloatArray, axis: int) -> FloatArray:
    """Mean of the flows through the two faces of each voxel along an axis."""
    near, far = np.delete(ease, -1, axis), np.delete(ease, 0, axis)
    both = near + far
    face = np.divide(2 * near * far, both, out=np.zeros_like(both), where=both > 0)
    through = -face * np.diff(pressure, axis=axis)
    widths = [(0, 0)] * 3
    widths[axis] = (1, 1)
    through = np.pad(through, widths)
    return np.asarray((np.delete(through, 0, axis) + np.delete(through, -1, axis)) / 2)
