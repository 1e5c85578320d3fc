"""Where a search for a pose may begin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.alignment.coarsen import coarsen
from gliofront.alignment.transforms import Matrix, rigid_matrix
from gliofront.image.volume import BoolArray, Volume

# Rotation vectors in degrees. One climb covers some 20 degrees, so together they cover a head
# that lies anyhow in its scanner with a header that knows nothing of it.
_TURNS = (
    ("", (0.0, 0.0, 0.0)),
    (", nodding", (20.0, 0.0, 0.0)),
    (", nodding", (-20.0, 0.0, 0.0)),
    (", tilted", (0.0, 20.0, 0.0)),
    (", tilted", (0.0, -20.0, 0.0)),
    (", turned", (0.0, 0.0, 20.0)),
    (", turned", (0.0, 0.0, -20.0)),
)


@dataclass(frozen=True, eq=False)
class Start:
    """A pull matrix (4, 4) to begin from, and where it comes from."""

    pull: Matrix
    name: str


def two_class_threshold(values: NDArray[np.float32]) -> float:
    """Return the threshold that parts values into two classes best.

    Otsu, IEEE Trans SMC 9:62 (1979), on 128 bins from the smallest value to the 99.5th
    percentile. A single value is its own threshold.

    >>> 1 < two_class_threshold(np.array([0, 1, 0, 1, 9, 9, 10], dtype=np.float32)) < 9
    True
    """
    low, high = float(values.min()), float(np.percentile(values, 99.5))
    if not high > low:
        return low
    counts, edges = np.histogram(np.clip(values.astype(np.float64), low, high), 128, (low, high))
    middles = (edges[:-1] + edges[1:]) / 2
    weight = np.cumsum(counts)
    moment = np.cumsum(counts * middles)
    rest = weight[-1] - weight
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = moment / weight - (moment[-1] - moment) / rest
        between = np.nan_to_num(weight * rest * gap**2)
    return float(edges[1:][between.argmax()])


def foreground_centre(volume: Volume) -> NDArray[np.float64]:
    """Return the mean position of the bright class of an image, RAS mm (3,)."""
    coarse = coarsen(volume, 4.0)
    data = np.nan_to_num(coarse.data, nan=float(np.nanmin(coarse.data)))
    bright = data > two_class_threshold(data.ravel())
    return coarse.grid.to_world(np.argwhere(bright).mean(axis=0))


def starts(fixed: Volume, moving: Volume, mask: BoolArray) -> list[Start]:
    """Return poses to try: as the headers say, and with the centres of mass on each other.

    Each is tried upright and turned by 20 degrees about each axis. The centre of the fixed image
    is that of its bright class when the image reaches beyond the mask (a head on a head), and
    that of the mask as well (a brain on a brain). They are in the order of trust: the first of
    several that lead to the same place names it.
    """
    brain = fixed.grid.to_world(np.argwhere(mask).mean(axis=0))
    target = foreground_centre(moving)
    shifts = {
        "header": np.zeros(3),
        "centre of mass": target - foreground_centre(fixed),
        "centre of brain": target - brain,
    }
    return [
        Start(rigid_matrix(turn, shift, brain), name + how)
        for name, shift in shifts.items()
        for how, turn in _TURNS
    ]
