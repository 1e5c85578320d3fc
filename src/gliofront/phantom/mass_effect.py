"""Mass effect: how a tumour and the water around it push the brain aside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.image.grid import Grid
from gliofront.phantom.anatomy import Anatomy
from gliofront.phantom.fibres import Fibres
from gliofront.phantom.pushed import push_anatomy, push_fibres, push_tumour
from gliofront.phantom.resampling import inverted, onto
from gliofront.phantom.settings import MassEffectSettings
from gliofront.phantom.tumour import Tumour
from gliofront.phantom.warp import covering, exponential
from gliofront.phantom.yielding import flow

FloatArray = NDArray[np.float64]

COARSE_MM = 4.0
SKULL_MM = (1.0, 12.0)
"""Depths up to which nothing moves, and from which on tissue moves freely."""
SWELLING_MM = 10.0
"""Length over which the water around the core falls off: assumed."""
YIELDING_MM = 200.0
"""Length over which fluid gives way less and less with distance from the core: assumed."""
FALX_EASE = 0.01
"""How easily tissue crosses the falx against how easily it moves elsewhere: assumed."""
FALX_EDGE = ((-80.0, -50.0, -40.0, -20.0, 0.0, 20.0, 35.0, 50.0),
             (0.0, 5.0, 20.0, 36.0, 40.0, 36.0, 22.0, -10.0))  # fmt: skip
"""Free edge of the falx in the template: y and z, mm. Drawn by hand above the callosum: assumed."""
SEPTUM_MM = ((-2.5, 2.5), (-12.0, 20.0), (2.0, 20.0))
"""Where the septum pellucidum lies in the template: ranges of x, y, z, mm."""
SMOOTH = 1.5
"""Standard deviation in coarse voxels by which the velocity is smoothed."""
SEARCHES = 8
TIME_STEPS = 16
MOST_STRENGTH = 3.0
"""How much faster than evenly the core may grow to make up for what the skull holds back."""


@dataclass(frozen=True, eq=False)
class Displacement:
    """Where the tissue of a head went; both arrays are (X, Y, Z, 3), RAS+ mm, on one grid.

    Parameters
    ----------
    grid : of the head, before and after.
    pull : tissue seen at x in the pushed head came from x + pull in the head without tumour.
    push : tissue at y in the head without tumour lies at y + push in the pushed one.
    """

    grid: Grid
    pull: FloatArray
    push: FloatArray


def push_aside(
    rng: np.random.Generator,
    anatomy: Anatomy,
    tumour: Tumour,
    fibres: Fibres,
    settings: MassEffectSettings,
) -> tuple[Anatomy, Tumour, Fibres, Displacement]:
    """Let a grown tumour swell to its volume at the scan and pull everything onto that head.

    Parameters
    ----------
    rng : the generator; it draws the volume of water around the core.
    anatomy, tumour, fibres : the head as if the tumour had displaced nothing.
    settings : the volume of that water.

    Returns
    -------
    Anatomy, tumour and fibres of the pushed head, on the same grid, and the displacement.
    """
    swelling_ml = settings.swelling_median_ml * float(
        np.exp(settings.swelling_spread * rng.standard_normal())
    )
    moved = displacement(anatomy, tumour, swelling_ml)
    new_anatomy = push_anatomy(anatomy, moved.pull)
    new_fibres = push_fibres(fibres, anatomy.grid, moved.pull, new_anatomy)
    new_tumour = push_tumour(tumour, anatomy, moved.pull, new_anatomy, new_fibres)
    return new_anatomy, new_tumour, new_fibres, moved


def displacement(anatomy: Anatomy, tumour: Tumour, swelling_ml: float) -> Displacement:
    """Return the displacement that makes the core's volume what it is to be.

    The velocity of `yielding.flow`, sources in the core and in the water around it, sinks in
    fluid, is integrated for unit time; so the map is a diffeomorphism and the negative velocity
    gives its inverse (Arsigny et al., MICCAI 2006).

    Parameters
    ----------
    anatomy, tumour : the head as if the tumour had displaced nothing.
    swelling_ml : volume of the water around the core, mL.
    """
    grid = anatomy.grid
    coarse = covering(grid, max(COARSE_MM, float(grid.spacing.max())))
    pitch = float(coarse.spacing[0])
    core = onto(coarse, grid, tumour.core.astype(np.float64))
    by_core, by_water = _velocities(coarse, anatomy, tumour, core)
    water = by_water * (swelling_ml / grid.voxel_ml)
    strength = _strength(by_core, water, core, pitch, 1 / (1 - tumour.displaced))
    velocity = strength * by_core + water
    pull = _finer(coarse, exponential(-velocity, pitch), anatomy)
    push = _finer(coarse, exponential(velocity, pitch), anatomy)
    return Displacement(grid, pull, inverted(grid, pull, push))


def midline_shift(anatomy: Anatomy, moved: Displacement) -> float:
    """Return how far the septum pellucidum moved sideways at the most, mm.

    Parameters
    ----------
    anatomy : the head before it was pushed.
    moved : the displacement.
    """
    within = anatomy.brain.copy()
    for axis, (low, high) in enumerate(SEPTUM_MM):
        at = anatomy.template[..., axis]
        within &= (at > low) & (at < high)
    if not within.any():
        return 0.0
    slope = np.stack(np.gradient(anatomy.template[..., 0]), axis=-1)[within].mean(0)
    sideways = slope / np.linalg.norm(slope)
    return float(np.abs(moved.push[within] @ sideways).max())


def _velocities(
    coarse: Grid, anatomy: Anatomy, tumour: Tumour, core: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Velocities for a core that grows at rate 1 and for a voxel's volume of water around it."""
    grid, pitch = anatomy.grid, float(coarse.spacing[0])
    distance = ndimage.distance_transform_edt(~tumour.core, sampling=grid.spacing)
    solid = 1 - onto(coarse, grid, np.maximum(anatomy.fluid, ~anatomy.brain))
    away = onto(coarse, grid, distance)
    depth = ndimage.distance_transform_edt(anatomy.brain, sampling=grid.spacing)
    free = _ramp(onto(coarse, grid, depth))
    around = free * solid * np.exp(-away / SWELLING_MM) * (1 - core)
    around *= (grid.voxel_ml / coarse.voxel_ml) / max(float(around.sum()), 1e-12)
    fluid = onto(coarse, grid, anatomy.fluid**2) * np.exp(-away / YIELDING_MM)
    ease = _ease(coarse, anatomy)
    by_core, by_water = (
        np.stack([ndimage.gaussian_filter(v, SMOOTH) * free for v in flow(s, fluid, ease, pitch)])
        for s in (core * free, around)
    )
    return by_core, by_water


def _ease(coarse: Grid, anatomy: Anatomy) -> FloatArray:
    """How easily tissue moves: 1 in the brain, little across the falx, 0 outside."""
    grid = anatomy.grid
    places = [onto(coarse, grid, anatomy.template[..., a], blur=False) for a in range(3)]
    wall = abs(places[0]) < 0.6 * coarse.spacing[0]
    wall &= places[2] > np.interp(places[1], *FALX_EDGE)
    inside = onto(coarse, grid, anatomy.brain.astype(np.float64)) > 0.5
    return np.where(inside, np.where(wall, FALX_EASE, 1.0), 0.0)


def _ramp(depth: FloatArray) -> FloatArray:
    """Smooth step from 0 near the skull to 1 deeper in."""
    low, high = SKULL_MM
    share = np.clip((depth - low) / (high - low), 0, 1)
    return np.asarray(share**2 * (3 - 2 * share))


def _strength(
    by_core: FloatArray, water: FloatArray, core: FloatArray, pitch: float, factor: float
) -> float:
    """Find how strongly the core must grow to swell by a factor."""
    if factor <= 1:
        return 0.0
    goal = float(np.log(factor))
    strength = goal
    for _ in range(SEARCHES):
        reached = _log_swelling(strength * by_core + water, core, pitch)
        strength *= goal / max(reached, 0.1 * goal)
        strength = float(np.clip(strength, 0, MOST_STRENGTH * goal))
    return strength


def _log_swelling(velocity: FloatArray, core: FloatArray, pitch: float) -> float:
    """Logarithm of the factor by which the core's volume grows as it flows for unit time."""
    made = sum(np.gradient(v, pitch, axis=a) for a, v in enumerate(velocity))
    places = np.argwhere(core > 0.05).T.astype(np.float64)
    shares, logarithm = core[core > 0.05], np.zeros(places.shape[1])
    for _ in range(TIME_STEPS):
        logarithm += ndimage.map_coordinates(made, places, order=1) / TIME_STEPS
        moves = [ndimage.map_coordinates(v, places, order=1) for v in velocity]
        places += np.stack(moves) / (pitch * TIME_STEPS)
    return float(np.log((shares * np.exp(logarithm)).sum() / shares.sum()))


def _finer(coarse: Grid, move: FloatArray, anatomy: Anatomy) -> FloatArray:
    """Bring a displacement (3, ...) onto the head's grid by cubic splines, (X, Y, Z, 3)."""
    brain, grid = anatomy.brain, anatomy.grid
    voxels = coarse.to_voxel(grid.to_world(np.argwhere(brain))).T
    fine = np.zeros((*grid.shape, 3))
    for axis, along in enumerate(move):
        fine[brain, axis] = ndimage.map_coordinates(along, voxels, order=3, mode="nearest")
    return fine
