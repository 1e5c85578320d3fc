"""The diffusion gradients of a series: b-values, and directions in the world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import FloatArray

_FEWEST = 6  # unknowns of a diffusion tensor
_SAME_DEGREES = 2.0  # directions nearer than this are one: repeated, or turned by head motion
_SINGULAR = 1e3  # condition number above which the directions leave a part of the tensor open


@dataclass(frozen=True, eq=False)
class Gradients:
    """Diffusion weighting of each image of a series.

    Parameters
    ----------
    b_values : (N,) s/mm2.
    directions : (N, 3) unit vectors in world RAS+; zeros where there is no weighting (b0).
    """

    b_values: FloatArray
    directions: FloatArray

    def __post_init__(self) -> None:
        """Check the shapes and freeze."""
        b_values = np.array(self.b_values, dtype=np.float64)
        directions = np.array(self.directions, dtype=np.float64)
        if b_values.ndim != 1 or directions.shape != (len(b_values), 3):
            problem = f"{b_values.shape} b-values and {directions.shape} directions"
            raise InputRefused("gradients", problem, "give one direction a b-value")
        b_values.flags.writeable = directions.flags.writeable = False
        object.__setattr__(self, "b_values", b_values)
        object.__setattr__(self, "directions", directions)

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.b_values)

    @property
    def is_b0(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Images without diffusion weighting, (N,) bool."""
        return np.asarray(~self.directions.any(axis=1))

    def rotate(self, rotations: ArrayLike) -> Gradients:
        """Return the gradients with direction n turned by rotation n, (N, 3, 3)."""
        turned = np.einsum("nij,nj->ni", np.asarray(rotations, np.float64), self.directions)
        return Gradients(self.b_values, turned)

    def select(self, keep: ArrayLike) -> Gradients:
        """Return the gradients of some images, by index or (N,) bool."""
        return Gradients(self.b_values[np.asarray(keep)], self.directions[np.asarray(keep)])

    def condition_number(self) -> float:
        """Return how unevenly the directions determine a tensor; inf where they do not.

        The ratio of the extreme singular values of the rows (x2, y2, z2, 2xy, 2xz, 2yz)
        (Skare et al., J Magn Reson 147:340, 2000): 1.58 for evenly spread directions.
        """
        x, y, z = self.directions[~self.is_b0].T
        rows = np.stack([x * x, y * y, z * z, 2 * x * y, 2 * x * z, 2 * y * z], axis=1)
        return float(np.linalg.cond(rows)) if len(rows) >= _FEWEST else float("inf")


def distinct_directions(directions: FloatArray) -> int:
    """Count the directions (N, 3) that differ by more than 2 degrees; g and -g are one.

    >>> distinct_directions(np.array([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0]]))
    2
    """
    kept: list[FloatArray] = []
    least = np.cos(np.radians(_SAME_DEGREES))
    for direction in directions:
        if all(abs(float(direction @ other)) < least for other in kept):
            kept.append(direction)
    return len(kept)


def check_tensor(gradients: Gradients, subject: str) -> None:
    """Refuse gradients that a diffusion tensor cannot be fitted to.

    Raises
    ------
    InputRefused
        If there is no b0, or the directions are fewer than six or do not determine a tensor.
    """
    if not gradients.is_b0.any():
        problem = "there is no image without diffusion weighting (b0)"
        raise InputRefused(subject, problem, "give the series with its b0, or raise b0_threshold")
    mend = "give a series of six or more directions, or a ready ADC map"
    count = distinct_directions(gradients.directions[~gradients.is_b0])
    if count < _FEWEST:
        problem = f"{count} distinct gradient directions; a tensor needs {_FEWEST}"
        raise InputRefused(subject, problem, mend)
    if gradients.condition_number() > _SINGULAR:
        problem = "the gradient directions lie on one cone or plane and leave the tensor open"
        raise InputRefused(subject, problem, mend)
