"""Finding the pose of greatest mutual information."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from gliofront.alignment.similarity import Comparison, mutual_information
from gliofront.alignment.transforms import Matrix, rigid_matrix


def score(comparison: Comparison, pull: Matrix, least_overlap: float) -> float:
    """Return the mutual information (nats) at a pose, less where too few points are compared.

    Below the least overlap (share of the points) it is scaled down in proportion, or two images
    that touch at one corner could fit well.
    """
    joint, overlap = comparison.histogram(pull)
    if overlap == 0.0:
        return 0.0
    return mutual_information(joint) * min(1.0, overlap / least_overlap)


def climb(
    comparison: Comparison,
    start: Matrix,
    *,
    step: float,
    least_overlap: float,
    tolerance: float = 1e-4,
    after: Matrix | None = None,
    reach: float | None = None,
) -> tuple[Matrix, float]:
    """Improve a pose by Powell's method over three angles and three shifts.

    Parameters
    ----------
    start : (4, 4) pull matrix.
    step : first step of the search, in mm and in degrees alike (a degree moves the surface of
        the brain by somewhat more than a millimetre).
    tolerance : relative gain of a round of line searches at which the search ends.
    after : (4, 4) a fixed motion applied to points before the pose, such as a reflection.
    reach : greatest angle in degrees and greatest shift in mm from the start; None is no limit.

    Returns
    -------
    pull : (4, 4), without ``after``; score : nats, at it.
    """
    before = np.eye(4) if after is None else after
    centre = before[:3, :3] @ comparison.centre + before[:3, 3]

    def pose(parameters: np.ndarray) -> Matrix:
        return start @ rigid_matrix(parameters[:3], parameters[3:], centre)

    def cost(parameters: np.ndarray) -> float:
        return -score(comparison, pose(parameters) @ before, least_overlap)

    found = minimize(
        cost,
        np.zeros(6),
        method="Powell",
        bounds=None if reach is None else [(-reach, reach)] * 6,
        options={"direc": np.eye(6) * step, "xtol": 0.02, "ftol": tolerance, "maxiter": 20},
    )
    return pose(found.x), -float(found.fun)
