"""Motion told apart from what a bolus can feign."""

from __future__ import annotations

import numpy as np

from gliofront.image.grid import FloatArray
from gliofront.maps.perfusion.bolus import Bolus
from gliofront.maps.perfusion.rigid import parameters_of, rigid_matrix

_ARM = np.array([60.0, 60.0, 60.0, 1.0, 1.0, 1.0])  # mm a radian moves the edge of a brain by
_JITTER_MM = 0.02  # steps of motion below it are noise
_REWEIGHTS = 30
_NEAR_MM = 0.3  # bias of the first estimate
_NEAR_COST_MM = 0.1  # mm of variation that leaving it by so much must save


def bolus_courses(bolus: Bolus, mean: FloatArray) -> FloatArray:
    """Return the time courses that the bolus can give a voxel, (N, K)."""
    fall = 1 - mean / mean[bolus.baseline].mean()
    return np.stack([np.ones_like(fall), fall, np.gradient(fall), fall**2], axis=1)


def calmest(motions: FloatArray, first: FloatArray, courses: FloatArray) -> FloatArray:
    """Add what a bolus can feign to the motions so that they vary least in time, (N, 4, 4).

    A head lies still or jumps; it does not follow the contrast agent. Of all motions that fit
    the frames equally, those with the least total variation are taken (reweighted least squares),
    as far as they stay near the first estimate, which the bolus biases by a few tenths of mm.
    The more the head jitters, the less its variation says, and the more the first counts.
    """
    table, start = (
        np.stack([parameters_of(one) for one in many]) * _ARM for many in (motions, first)
    )
    shapes = courses[:, 1:]
    calm = np.empty_like(table)
    for column in range(table.shape[1]):
        jumps, off = np.diff(table[:, column]), table[:, column] - start[:, column]
        cost = _NEAR_COST_MM + 2 * float(np.median(np.abs(jumps)))
        near = np.sqrt(2 * cost / len(table)) / _NEAR_MM
        weight = np.ones_like(jumps)
        for _ in range(_REWEIGHTS):
            root = np.sqrt(weight)
            design = np.concatenate([root[:, None] * np.diff(shapes, axis=0), near * shapes])
            wanted = np.concatenate([root * jumps, near * off])
            amount = np.linalg.lstsq(design, -wanted, rcond=None)[0]
            weight = 1 / np.maximum(np.abs(jumps + np.diff(shapes, axis=0) @ amount), _JITTER_MM)
        calm[:, column] = table[:, column] + shapes @ amount
    return np.stack([rigid_matrix(row) for row in calm / _ARM])
