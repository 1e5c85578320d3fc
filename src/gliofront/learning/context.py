"""What is known of a voxel beside its features: for nulls and plans, no columns of a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused

OEDEMA_UNKNOWN = -1


@dataclass(frozen=True, eq=False)
class VoxelContext:
    """Where voxels lie, and what needs no training to be said of them.

    Parameters
    ----------
    path_mm : (n,) float32, distance to the enhancing tumour along paths in brain tissue, which
        fluid holds back; inf where no path leads, NaN if unknown.
    oedema : (n,) int8, 1 in the FLAIR abnormality, 0 outside, -1 if it is not known.
    growth : (n,) float32, density of tumour cells by the growth model, 0 to 1; NaN if unknown.
    offset_mm : (n, 3) float32, from the tumour's centre: away from the midplane, forward, up; NaN
        if unknown.

    Raises
    ------
    InputRefused
        If lengths differ or a value is out of its range.
    """

    path_mm: NDArray[np.float32]
    oedema: NDArray[np.int8]
    growth: NDArray[np.float32]
    offset_mm: NDArray[np.float32]

    def __post_init__(self) -> None:
        """Fix the types and check that everything belongs together."""
        object.__setattr__(self, "oedema", np.asarray(self.oedema, dtype=np.int8))
        for name in ("path_mm", "growth", "offset_mm"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float32))
        n = len(self.path_mm)
        shapes = {(n,)} == {self.path_mm.shape, self.oedema.shape, self.growth.shape}
        whole = shapes and self.offset_mm.shape == (n, 3)
        density = self.growth[~np.isnan(self.growth)]
        ranges = (
            whole
            and np.isin(self.oedema, (OEDEMA_UNKNOWN, 0, 1)).all()
            and ((density >= 0) & (density <= 1)).all()
            and not (self.path_mm < 0).any()
        )
        if not ranges:
            problem = "distances, oedema, growth and offsets do not belong together"
            raise InputRefused("surroundings of voxels", problem, "compute the features again")

    @classmethod
    def unknown(cls, voxels: int) -> Self:
        """Return the surroundings of voxels of which nothing is known."""
        nothing = np.full(voxels, np.nan)
        return cls(nothing, np.full(voxels, OEDEMA_UNKNOWN), nothing, np.full((voxels, 3), np.nan))

    def __len__(self) -> int:
        """Return the number of voxels."""
        return len(self.path_mm)
