"""From tissue state to concentrations of metabolites, voxel by voxel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gliofront.phantom.tissue_metabolites import (
    FLUID_METABOLITES,
    GREY_METABOLITES,
    METABOLITE_VARIATION,
    METABOLITES,
    NECROSIS_METABOLITES,
    OEDEMA_METABOLITES,
    TUMOUR_METABOLITES,
    WHITE_METABOLITES,
    TissueMetabolites,
)
from gliofront.phantom.tissue_signals import (
    GREY,
    NECROSIS,
    OEDEMA,
    SOLID_TUMOUR,
    WHITE,
    TissueSignal,
)

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]

_ROWS: Mapping[TissueSignal, TissueMetabolites] = {
    WHITE: WHITE_METABOLITES,
    GREY: GREY_METABOLITES,
    OEDEMA: OEDEMA_METABOLITES,
    SOLID_TUMOUR: TUMOUR_METABOLITES,
    NECROSIS: NECROSIS_METABOLITES,
}


def metabolite_maps(
    rng: np.random.Generator,
    shares: Sequence[tuple[TissueSignal, FloatArray]],
    density: FloatArray,
    tissue: FloatArray,
    fluid: FloatArray,
) -> Mapping[str, Float32Array]:
    """Mix the concentrations of the table by what each voxel is made of.

    Cells outside the enhancing region take a voxel from its own contents to the tumour's as their
    density rises: half of the capacity, half the way (assumed; a mixture can be no other).

    Parameters
    ----------
    rng : the generator, for differences between patients.
    shares : shares of the solid part that are each tissue, (X, Y, Z) each.
    density : of cells, share of the capacity.
    tissue, fluid : shares of the voxel that are solid and fluid.

    Returns
    -------
    Name in `METABOLITES` to mmol/L of the whole voxel, (X, Y, Z).
    """
    spread = rng.standard_normal((2, len(METABOLITES)))
    found = {}
    for name, own_draw, grown_draw in zip(METABOLITES, *spread, strict=True):
        wide = METABOLITE_VARIATION.lipids if name == "Lip" else METABOLITE_VARIATION.tumour
        own, grown = np.exp(METABOLITE_VARIATION.healthy * own_draw), np.exp(wide * grown_draw)
        tumour = grown * TUMOUR_METABOLITES.amounts[name]
        solid = np.zeros_like(density)
        for kind, share in shares:
            amount = _ROWS[kind].amounts[name]
            if kind in (SOLID_TUMOUR, NECROSIS):
                solid += share * (grown * amount)
            else:
                solid += share * (own * amount + density * (tumour - own * amount))
        mixed = tissue * solid + fluid * FLUID_METABOLITES.amounts[name]
        found[name] = np.asarray(mixed, dtype=np.float32)
    return found
