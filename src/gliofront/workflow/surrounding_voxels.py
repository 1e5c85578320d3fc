"""What is known of peritumoural voxels beside their features, from a prepared patient."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gliofront.cohort.sequences import REFERENCE
from gliofront.evaluation.nulls import lateral_offsets
from gliofront.foundation.findings import Finding, Level
from gliofront.growth.medium import Head, TissueShares
from gliofront.growth.settings import TwoContourSettings
from gliofront.growth.two_contours import GrowthFit, fit_two_contours
from gliofront.learning.context import OEDEMA_UNKNOWN, VoxelContext
from gliofront.regions.geodesic import geodesic_distance
from gliofront.regions.midplane import find_midplane
from gliofront.workflow.prepared import Prepared


def context_of(
    prepared: Prepared, voxels: NDArray[np.int32], growth: TwoContourSettings, patient: str
) -> tuple[VoxelContext, list[Finding]]:
    """Return distances along tissue, oedema, modelled growth and offsets of voxels (n, 3).

    Parameters
    ----------
    growth : of the growth model.
    patient : whom the findings name.
    """
    at = tuple(voxels.T)
    oedema = prepared.masks.get("oedema")
    known = np.full(len(voxels), OEDEMA_UNKNOWN) if oedema is None else oedema[at].astype(int)
    fit = _growth(prepared, growth)
    context = VoxelContext(
        path_mm=_path_mm(prepared)[at].astype(np.float32),
        oedema=known,
        growth=np.clip(fit.density[at], 0, 1),
        offset_mm=_offsets(prepared, voxels).astype(np.float32),
    )
    if fit.basis == "fitted":
        return context, []
    note = Finding(Level.NOTE, "growth-not-fitted", f"sub-{patient}", fit.reason)
    return context, [note]


def _path_mm(prepared: Prepared) -> NDArray[np.float64]:
    """Return the distance along brain that is no fluid, as far as the shells reach, mm."""
    allowed = prepared.masks["brain"] & ~prepared.tissue.mask("csf")
    grid, tumour = prepared.grid, prepared.masks["enhancing"]
    # A path round a corner is longer than the straight line, and no shell is wider.
    farthest = 2 * float(prepared.distance_mm[prepared.masks["peritumoural"]].max())
    return geodesic_distance(tumour, allowed, grid.spacing, limit_mm=farthest)


def _growth(prepared: Prepared, settings: TwoContourSettings) -> GrowthFit:
    head = Head(
        prepared.masks["brain"],
        np.asarray(prepared.grid.spacing),
        TissueShares.of_labels(prepared.tissue),
    )
    return fit_two_contours(
        prepared.masks["enhancing"], prepared.masks.get("oedema"), head, settings
    )


def _offsets(prepared: Prepared, voxels: NDArray[np.int32]) -> NDArray[np.float64]:
    grid = prepared.grid
    plane = find_midplane(prepared.maps[REFERENCE], prepared.masks["brain"])
    centre = grid.to_world(np.argwhere(prepared.masks["enhancing"])).mean(axis=0)
    return lateral_offsets(grid.to_world(voxels), centre, plane)
