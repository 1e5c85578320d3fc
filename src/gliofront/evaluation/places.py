"""Where the scored voxels of a patient lie, for plans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Places:
    """Where voxels lie.

    Parameters
    ----------
    voxel : (n, 3) indices on the isotropic working grid.
    distance_mm, path_mm : (n,) to the enhancing tumour, straight and along tissue; a path may be
        inf, and is the straight distance where it is not known.
    voxel_ml : volume of a voxel, mL.
    """

    voxel: NDArray[np.int32]
    distance_mm: NDArray[np.float32]
    path_mm: NDArray[np.float32]
    voxel_ml: float

    @property
    def spacing(self) -> NDArray[np.float64]:
        """Voxel size, mm, (3,); the working grid is isotropic.

        >>> nothing = np.zeros(0, np.float32)
        >>> Places(np.zeros((0, 3), np.int32), nothing, nothing, 0.008).spacing.round(6).tolist()
        [2.0, 2.0, 2.0]
        """
        return np.full(3, np.cbrt(self.voxel_ml * 1000))
