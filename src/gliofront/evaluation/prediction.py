"""What a predictor says of a patient's voxels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Prediction:
    """What one predictor says of voxels, (n,), and from where on it calls progression.

    Parameters
    ----------
    probability : finite; of a null perhaps only a score, of which more means progression.
    threshold : from the training.
    """

    probability: NDArray[np.float64]
    threshold: float
