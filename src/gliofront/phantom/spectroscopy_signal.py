"""Spectra of boxes of tissue, from concentrations, water and what leaks in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.image.grid import Grid
from gliofront.maps.spectroscopy.acquisition import Acquisition
from gliofront.maps.spectroscopy.macromolecules import macromolecules
from gliofront.maps.spectroscopy.simulate_basis import simulate_basis
from gliofront.phantom.tissue_maps import TissueMaps
from gliofront.phantom.tissue_metabolites import (
    METABOLITES,
    OTHER_RELAXATION,
    PARTS,
    RELAXATION,
)
from gliofront.phantom.tissue_signals import FLUID

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
ComplexArray = NDArray[np.complex128]

PURE_WATER_MM = 55500.0
SCALP_MM = (6.0, 12.0)
"""Where the scalp's fat lies outside the brain: assumed."""
BLEED_MM = 6.0
"""How far a box's signal spreads (standard deviation): assumed, order of half a box."""


@dataclass(frozen=True, eq=False)
class Boxes:
    """What the boxes of a grid hold, (X, Y, Z) each, means over the whole box.

    Parameters
    ----------
    metabolites : name to mmol/L.
    solid, fluid : water, share of pure water. t1_s, t2_ms : of the solid part's.
    scalp : share that is the scalp's fat, spread as the signal is.
    """

    metabolites: Mapping[str, FloatArray]
    solid: FloatArray
    fluid: FloatArray
    t1_s: FloatArray
    t2_ms: FloatArray
    scalp: FloatArray


def box_means(
    values: Mapping[str, NDArray[np.floating]], t1c: Grid, boxes: Grid, pull: FloatArray
) -> dict[str, FloatArray]:
    """Return means of maps on the T1C grid over the boxes of another grid, 0 beyond the maps.

    Parameters
    ----------
    values : name to map, (X, Y, Z) on t1c.
    pull : (4, 4), T1C world to the boxes' world, RAS+ mm.
    """
    through = np.linalg.inv(boxes.affine) @ pull @ t1c.affine
    i, j, k = np.ogrid[: t1c.shape[0], : t1c.shape[1], : t1c.shape[2]]
    index = [np.rint(a * i + b * j + c * k + d).astype(int) for a, b, c, d in through[:3]]
    inside = np.ones(t1c.shape, dtype=bool)
    for at, size in zip(index, boxes.shape, strict=True):
        inside &= (at >= 0) & (at < size)
    number = np.ravel_multi_index([at[inside] for at in index], boxes.shape)
    size = int(np.prod(boxes.shape))
    count = np.maximum(np.bincount(number, minlength=size), 1)
    return {
        name: (np.bincount(number, map_[inside], size) / count).reshape(boxes.shape)
        for name, map_ in values.items()
    }


def fill_boxes(
    maps: TissueMaps, t1c: Grid, brain: BoolArray, boxes: Grid, pull: FloatArray
) -> Boxes:
    """Average the tissue over the boxes."""
    solid = maps.water * (1 - maps.fluid) * (1 - maps.vessels) * brain
    shares = {
        "solid": solid,
        "fluid": maps.fluid * (1 - maps.vessels) * brain,
        "r1": solid * maps.r1,
        "r2": solid * maps.r2,
        "scalp": _scalp(brain, t1c),
    }
    means = box_means({**maps.metabolites, **shares}, t1c, boxes, pull)
    present = np.maximum(means["solid"], 1e-9)
    r1, r2 = (np.maximum(means[name] / present, 1e-3) for name in ("r1", "r2"))
    return Boxes(
        {name: means[name] for name in METABOLITES},
        means["solid"],
        means["fluid"],
        1 / r1,
        1000 / r2,
        means["scalp"],
    )


def _scalp(brain: BoolArray, t1c: Grid) -> FloatArray:
    away = ndimage.distance_transform_edt(~brain, sampling=t1c.spacing)
    ring = (away > SCALP_MM[0]) & (away < SCALP_MM[1])
    return np.asarray(ndimage.gaussian_filter(ring.astype(float), BLEED_MM / t1c.spacing))


def left(
    acquisition: Acquisition, t1_s: FloatArray | float, t2_ms: FloatArray | float
) -> FloatArray:
    """Return the share of a signal that relaxation leaves, shaped as the times."""
    recovered = 1 - np.exp(-acquisition.tr_s / np.asarray(t1_s))
    return np.asarray(recovered * np.exp(-acquisition.te_ms / np.asarray(t2_ms)))


@lru_cache(maxsize=4)
def pattern_signals(acquisition: Acquisition) -> tuple[ComplexArray, ...]:
    """Return the signal of 1 mmol/L of each of `METABOLITES`, relaxed and decaying by its T2."""
    patterns = [PARTS.get(name, {name: 1.0}) for name in METABOLITES]
    named = [part for pattern in patterns for part in pattern]
    broad = [name for name in named if name.startswith(("MM", "Lip"))]
    sharp = [name for name in named if name not in broad]
    basis = simulate_basis(acquisition, sharp).joined(macromolecules(acquisition, broad))
    rows = dict(zip(basis.names, basis.fids, strict=True))
    found = []
    for name, pattern in zip(METABOLITES, patterns, strict=True):
        t1_s, t2_ms = RELAXATION.get(name, OTHER_RELAXATION)
        # The patterns' own widths are the least that such lines have; T2 adds to them too.
        decay = np.exp(-1000 * acquisition.time_s / t2_ms)
        total = sum(weight * rows[part] for part, weight in pattern.items())
        found.append(np.asarray(left(acquisition, t1_s, t2_ms) * total * decay))
    return tuple(found)


def metabolite_signals(boxes: Boxes, acquisition: Acquisition, scalp: float) -> ComplexArray:
    """Return the signals of the boxes without water, noise, shift or line width, (X, Y, Z, points).

    Parameters
    ----------
    scalp : lipids of a box full of scalp, in patterns of `PARTS`.
    """
    signals = dict(zip(METABOLITES, pattern_signals(acquisition), strict=True))
    total = scalp * boxes.scalp[..., None] * signals["Lip"]
    for name, amount in boxes.metabolites.items():
        total = total + amount[..., None] * signals[name]
    return np.asarray(total)


def water_amount(boxes: Boxes, acquisition: Acquisition) -> FloatArray:
    """Return the first point of the boxes' water signal, (X, Y, Z): two protons a molecule."""
    solid = boxes.solid * left(acquisition, boxes.t1_s, boxes.t2_ms)
    fluid = boxes.fluid * left(acquisition, FLUID.t1_ms / 1000, FLUID.t2_ms)
    return np.asarray(2 * PURE_WATER_MM * (solid + fluid))


def line_shape(width_hz: FloatArray, shift_hz: FloatArray, time_s: FloatArray) -> ComplexArray:
    """Return what an uneven field does to a signal: Gaussian lines, moved, (..., points)."""
    wide = math.pi * width_hz[..., None] * time_s
    turn = 2j * math.pi * shift_hz[..., None] * time_s
    return np.asarray(np.exp(turn - wide**2 / (4 * math.log(2))))


def residual_water(
    rng: np.random.Generator, amount: FloatArray, acquisition: Acquisition
) -> ComplexArray:
    """Return what water suppression leaves: three lines about 4.65 ppm of any phase, (..., points).

    Parameters
    ----------
    amount : (...) size of what is left.
    """
    total = np.zeros((*amount.shape, acquisition.points), dtype=np.complex128)
    for _ in range(3):
        hertz = 4.0 * rng.standard_normal(amount.shape)
        rate = math.pi * rng.uniform(5, 15, amount.shape)
        start = amount * np.exp(2j * math.pi * rng.random(amount.shape)) / math.sqrt(3)
        total += start[..., None] * np.exp(
            (2j * math.pi * hertz - rate)[..., None] * acquisition.time_s
        )
    return total
