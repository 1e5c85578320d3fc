"""A prepared patient: everything on one grid, in units that mean something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gliofront.image.grid import FloatArray, Grid
from gliofront.image.volume import BoolArray, LabelVolume, Volume


@dataclass(frozen=True)
class Prepared:
    """What the preparation of a patient makes; all arrays are on ``grid``.

    Parameters
    ----------
    native : grid of the T1C file as given; ``grid`` : the working grid, 1 mm by default.
    maps : sequence name to volume; weighted images in NAWM z, the others in their unit.
    masks : brain, enhancing (with necrosis), NAWM, peritumoural, and, where known, necrosis,
        oedema and progression (X, Y, Z).
    distance_mm : distance to the enhancing tumour, mm, 0 inside it (X, Y, Z).
    shells, tissue : rings around the enhancing tumour; CSF, grey and white matter.
    """

    native: Grid
    grid: Grid
    maps: Mapping[str, Volume]
    masks: Mapping[str, BoolArray]
    distance_mm: FloatArray
    shells: LabelVolume
    tissue: LabelVolume
