"""How far air in the head pulls an echo-planar image along its phase encoding."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.image.grid import Grid

FloatArray = NDArray[np.float64]

SOURCES: tuple[tuple[tuple[float, float, float], float, float], ...] = (
    ((0, 45, -22), 20, 1.0),
    ((-48, -18, -28), 16, -0.6),
    ((48, -18, -28), 16, -0.6),
    ((0, -40, 40), 35, 0.1),
)
"""Place in template-like RAS+ mm, width in mm and strength of each: the frontal and sphenoid
sinuses push one way, the ear canals the other, the rest of the head hardly (Jezzard and Balaban,
Magn Reson Med 34:65-73, 1995, for where; shapes and sizes are assumed)."""
SPREAD = 0.2
_STEEPEST = 0.5
_ROUNDS = 12


def susceptibility_field(
    rng: np.random.Generator, grid: Grid, axis: int, most_mm: float
) -> FloatArray:
    """Draw a displacement along a voxel axis, mm, (X, Y, Z), on the grid of the series.

    An image shows at x + field what lies at x. The strength of each source varies by a fifth;
    the field is weakened where it would fold the image.

    Parameters
    ----------
    rng : the generator.
    grid : of the series, in the world of the scan; the head lies about as the template does.
    axis : voxel axis of the phase encoding.
    most_mm : greatest displacement in an average head.
    """
    i, j, k = np.ogrid[: grid.shape[0], : grid.shape[1], : grid.shape[2]]
    places = [a * i + b * j + c * k + d for a, b, c, d in grid.affine[:3]]
    field = np.zeros(grid.shape)
    for centre, width, strength in SOURCES:
        away = sum((p - c) ** 2 for p, c in zip(places, centre, strict=True))
        drawn = strength * np.exp(SPREAD * rng.standard_normal())
        field += most_mm * drawn * np.exp(-away / (2 * width**2))
    steepest = float(np.abs(np.gradient(field, axis=axis)).max()) / float(grid.spacing[axis])
    return field * min(1.0, _STEEPEST / max(steepest, 1e-9))


def sources_of(field: FloatArray, axis: int, spacing_mm: float) -> tuple[FloatArray, FloatArray]:
    """Return what a distorted image shows: the index that each voxel's signal came from, and how
    much the signal is piled up there, (X, Y, Z) each.

    Solves x + f(x) = y along each line; the pile is 1 / (1 + df/dx).

    >>> index, pile = sources_of(np.full((4, 1, 1), 2.0), 0, 2.0)
    >>> index.ravel().tolist(), pile.ravel().tolist()
    ([-1.0, 0.0, 1.0, 2.0], [1.0, 1.0, 1.0, 1.0])
    """
    lines = np.moveaxis(field, axis, -1) / spacing_mm
    flat = lines.reshape(-1, lines.shape[-1])
    rows = np.broadcast_to(np.arange(len(flat))[:, None], flat.shape)
    shown = np.arange(flat.shape[1], dtype=float)
    index = np.broadcast_to(shown, flat.shape).copy()
    for _ in range(_ROUNDS):
        shift = ndimage.map_coordinates(flat, [rows, index], order=1, mode="nearest")
        index = shown - shift
    slope = np.gradient(flat, axis=1)
    slope = ndimage.map_coordinates(slope, [rows, index], order=1, mode="nearest")
    back = [np.moveaxis(a.reshape(lines.shape), -1, axis) for a in (index, 1 / (1 + slope))]
    return back[0], back[1]
