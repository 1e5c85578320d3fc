"""Peritumoural voxels: those that the model is taught on and asked about."""

from __future__ import annotations

from gliofront.image.grid import FloatArray
from gliofront.image.volume import BoolArray


def peritumoural(
    distance_mm: FloatArray, brain: BoolArray, csf: BoolArray, outermost_mm: float = 20.0
) -> BoolArray:
    """Return the voxels in the brain, outside the tumour, within a distance, not in CSF.

    Parameters
    ----------
    distance_mm : (X, Y, Z), distance from the enhancing tumour with necrosis, 0 inside it.
    brain, csf : (X, Y, Z) bool.
    outermost_mm : outer edge of the outermost shell, included.
    """
    return brain & ~csf & (distance_mm > 0) & (distance_mm <= outermost_mm)
