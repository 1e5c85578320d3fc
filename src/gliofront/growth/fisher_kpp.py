"""Fisher-KPP growth: du/dt = div(D grad u) + rho u (1 - u), no flux where D is 0."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from gliofront.growth.stencil import exchange_matrix, selling

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]

FAINTEST = 1e-6
"""Densities below this do not enlarge the region that is computed."""
MARGIN = 10
RIM = 3
"""Voxels computed beyond those densities, and how near to their edge cells may come."""


@dataclass(frozen=True, eq=False)
class Grain:
    """Which way cells move more easily, and how much.

    Parameters
    ----------
    direction : (X, Y, Z, 3), unit vectors along the grid's axes (RAS+ on a RAS grid).
    ratio : (X, Y, Z), diffusivity along the direction over that across it, at least 1.
    """

    direction: FloatArray
    ratio: FloatArray


@dataclass(frozen=True, eq=False)
class Tissue:
    """What cells meet.

    Parameters
    ----------
    diffusivity : (X, Y, Z), mean over all directions, mm2/day; 0 in fluid and outside the brain.
    proliferation : (X, Y, Z), 1/day.
    spacing : voxel size, mm, (3,).
    grain : isotropic if not given.
    """

    diffusivity: FloatArray
    proliferation: FloatArray
    spacing: FloatArray
    grain: Grain | None = None


def exchange_rates(tissue: Tissue) -> sparse.csr_matrix:
    """Return the rates of exchange between the n voxels of positive diffusivity, (n, n), 1/day."""
    solid = tissue.diffusivity > 0
    count = int(np.count_nonzero(solid))
    if tissue.grain is None:
        offsets = np.repeat(np.eye(3, dtype=np.intp)[None], count, axis=0)
        weights = np.repeat(tissue.spacing[None] ** -2.0, count, axis=0)
        return exchange_matrix(solid, tissue.diffusivity[solid], offsets, weights)
    tensors = _shapes(tissue.grain, solid) / np.outer(tissue.spacing, tissue.spacing)
    return exchange_matrix(solid, tissue.diffusivity[solid], *selling(tensors))


def _shapes(grain: Grain, solid: BoolArray) -> FloatArray:
    """Tensors of trace 3 with the grain's direction and ratio, (n, 3, 3)."""
    axis, ratio = grain.direction[solid].astype(np.float64), grain.ratio[solid]
    dyad = axis[:, :, None] * axis[:, None, :]
    tensors = np.eye(3) + (ratio - 1)[:, None, None] * dyad
    return np.asarray(tensors * (3 / (ratio + 2))[:, None, None])


def stable_step(exchange: sparse.csr_matrix, proliferation: FloatArray) -> float:
    """Return a step in days for which diffusion keeps 0 <= u <= 1.

    What leaves a voxel in a step is at most nine tenths of it, and rho dt <= 0.2 so that
    diffusion and growth, taken one after the other, stay in step.
    """
    leaving = float(exchange.sum(axis=1).max()) if exchange.shape[0] else 0.0
    rate = float(proliferation.max(initial=0))
    return min(0.9 / max(leaving, 1e-12), 0.2 / max(rate, 1e-12))


def step(density: FloatArray, moves: sparse.csr_matrix, gain: FloatArray) -> FloatArray:
    """Advance densities (n,): explicit diffusion, then exact growth.

    moves is I + dt A with non-negative entries and rows and columns of sum 1. gain is
    exp(rho dt): the logistic equation takes u to u gain / (1 + u (gain - 1)). An explicit growth
    step would slow the front by several per cent.
    """
    moved = np.minimum(moves @ density, 1)
    return np.asarray(moved * gain / (1 + moved * (gain - 1)))


def grow(
    density: FloatArray,
    tissue: Tissue,
    longest_days: float,
    enough: Callable[[FloatArray], bool] | None = None,
    exchange: sparse.csr_matrix | None = None,
) -> tuple[FloatArray, float]:
    """Let cells grow until enough says so or time is over.

    Only voxels that cells can have reached are computed. Where the diffusivity is 0 the density
    stays as it is.

    Parameters
    ----------
    density : (X, Y, Z), share of the carrying capacity, 0 to 1.
    tissue : where and how fast they move and divide.
    longest_days : time at which growth ends at the latest.
    enough : asked with the density after every step.
    exchange : as from `exchange_rates` of the tissue, if it is known already.

    Returns
    -------
    Density (X, Y, Z) and the days passed.

    References
    ----------
    Murray, Mathematical Biology I, 3rd ed., 2002, chapter 13 (fronts move at 2 sqrt(D rho));
    Swanson, Alvord and Murray, Cell Prolif 33:317-329, 2000 (gliomas in grey and white matter).
    """
    density = np.array(density, dtype=np.float64)
    solid = tissue.diffusivity > 0
    exchange = exchange_rates(tissue) if exchange is None else exchange
    rates = tissue.proliferation[solid]
    days, passed = stable_step(exchange, rates), 0.0
    while passed < longest_days and (density * solid).any():
        region, rim = _reached(density, solid)
        chosen = region[solid]
        near, gains, edge = exchange[chosen][:, chosen], rates[chosen], rim[region]
        part, now = density[region], 0.0
        while passed < longest_days and not (part[edge] > FAINTEST).any():
            if now != min(days, longest_days - passed):
                now = min(days, longest_days - passed)
                moves, gain = _moves(near, now), np.exp(gains * now)
            part = step(part, moves, gain)
            passed += now
            density[region] = part
            if enough is not None and enough(density):
                return density, passed
    return density, passed


def _moves(exchange: sparse.csr_matrix, days: float) -> sparse.csr_matrix:
    """Return I + dt A: where the cells of a step come from, (n, n)."""
    leaving = np.asarray(exchange.sum(axis=1)).ravel()
    return sparse.csr_matrix(exchange * days + sparse.diags(1 - days * leaving))


def _reached(density: FloatArray, solid: BoolArray) -> tuple[BoolArray, BoolArray]:
    """Solid voxels near cells, and those of them next to solid voxels left out."""
    present = ((density > FAINTEST) & solid).astype(np.uint8)
    if not present.any():
        return solid, np.zeros_like(solid)
    region = (ndimage.maximum_filter(present, 2 * MARGIN + 1) > 0) & solid
    left_out = (solid & ~region).astype(np.uint8)
    rim = (ndimage.maximum_filter(left_out, 2 * RIM + 1) > 0) & region
    return region, rim
