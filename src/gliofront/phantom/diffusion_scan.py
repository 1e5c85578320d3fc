"""A raw diffusion series: motion between its images, distortion, noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.phantom.diffusion_signal import DIRECTIONS, attenuation, spread_directions
from gliofront.phantom.raw_protocols import DiffusionProtocol
from gliofront.phantom.rigid import random_motion
from gliofront.phantom.sampling import (
    WHITE_STORED,
    moved_signal,
    noisy_numbers,
    raw_grid,
)
from gliofront.phantom.scanner import receive_field
from gliofront.phantom.settings import RawSettings
from gliofront.phantom.sites import Protocol, Site, spin_signal, weighted_image
from gliofront.phantom.susceptibility import sources_of, susceptibility_field
from gliofront.phantom.tissue_maps import TissueMaps
from gliofront.phantom.tissue_signals import WHITE

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

_Shown = tuple[FloatArray, FloatArray]

PHASE_AXIS = 1
"""Images are encoded by phase from front to back."""


@dataclass(frozen=True, eq=False)
class RawDiffusionScan:
    """A diffusion series as a scanner gives it, and what disturbed it.

    Parameters
    ----------
    series : (X, Y, Z, N) in whole numbers; the first image is without weighting.
    grid : where its voxels lie.
    b_values : (N,) s/mm2.
    directions : (N, 3) unit vectors in world RAS+, zeros without weighting; stated as the scanner
        played them, not turned with the head.
    phase_axis : voxel axis of the phase encoding.
    distortion_mm : (X, Y, Z) the image shows at x + distortion, along that axis, what lies at x.
    moves : (N, 4, 4) where the head lay for each image, from where it lay for the first.
    reverse_b0 : (X, Y, Z) without weighting, distorted the other way; None where not taken.
    """

    series: Float32Array
    grid: Grid
    b_values: FloatArray
    directions: FloatArray
    phase_axis: int
    distortion_mm: FloatArray
    moves: FloatArray
    reverse_b0: Float32Array | None = None


def acquire_diffusion(
    rng: np.random.Generator,
    maps: TissueMaps,
    t1c: Grid,
    brain: BoolArray,
    site: Site,
    pull: FloatArray,
    settings: RawSettings | None = None,
) -> RawDiffusionScan:
    """Take a diffusion series of a head that has moved since the T1C scan.

    Parameters
    ----------
    rng : the generator.
    maps, brain : the tissue and the inside of the skull on t1c's grid, (X, Y, Z); there is no
        signal outside the brain, but noise.
    site : the scanner.
    pull : (4, 4), T1C world to the series' world, RAS+ mm; rigid.

    Raises
    ------
    InputRefused
        If the site takes no diffusion series.
    """
    how, settings = site.diffusion, settings or RawSettings()
    if how is None:
        problem = "it takes no diffusion series"
        raise InputRefused(f"site {site.name}", problem, "ask site.diffusion first")
    grid = raw_grid(t1c, how.voxels_mm, site.flipped)
    most_mm = settings.distortion * how.distortion_mm
    field = susceptibility_field(rng, grid, PHASE_AXIS, most_mm)
    receive = receive_field(rng, grid, site.bias)
    moves = _moves(rng, grid, settings)
    directions = np.concatenate([np.zeros((1, 3)), spread_directions()])
    weighting = Protocol(how.tr_ms, how.te_ms, 0, how.voxels_mm, how.snr, 1.0)
    plain = np.where(brain, weighted_image(maps, weighting, agent=True), 0.0)
    white = float(spin_signal(WHITE.water, 1000 / WHITE.t1_ms, 1000 / WHITE.t2_ms, weighting))
    sigma = settings.noise * white / how.snr

    def image(direction: FloatArray, move: FloatArray, shown: _Shown) -> Float32Array:
        signal = _weighted(plain, maps, brain, how, (move @ pull)[:3, :3].T @ direction)
        seen = moved_signal(t1c, signal, grid, move @ pull, shown[0], PHASE_AXIS)
        return noisy_numbers(rng, seen * shown[1] * receive, WHITE_STORED / white, sigma)

    step = float(grid.spacing[PHASE_AXIS])
    shown = sources_of(field, PHASE_AXIS, step)
    series = np.stack([image(g, m, shown) for g, m in zip(directions, moves, strict=True)], axis=-1)
    reverse = None
    if how.reverse:
        reverse = image(directions[0], moves[0], sources_of(-field, PHASE_AXIS, step))
    b_values = np.concatenate([[0.0], np.full(DIRECTIONS, how.b_value)])
    return RawDiffusionScan(series, grid, b_values, directions, PHASE_AXIS, field, moves, reverse)


def _moves(rng: np.random.Generator, grid: Grid, settings: RawSettings) -> FloatArray:
    """Draw where the head lies for each image, (N, 4, 4); for the first, where it is."""
    centre = grid.corners().mean(0)
    drawn = [
        random_motion(rng, centre, settings.volume_shift_mm, settings.volume_turn_degrees)
        for _ in range(DIRECTIONS)
    ]
    return np.stack([np.eye(4), *drawn])


def _weighted(
    plain: FloatArray,
    maps: TissueMaps,
    brain: BoolArray,
    how: DiffusionProtocol,
    direction: FloatArray,
) -> FloatArray:
    """Weight the image by diffusion along a direction of the head's world, (X, Y, Z)."""
    if not direction.any():
        return plain
    signal = np.zeros_like(plain)
    signal[brain] = plain[brain] * attenuation(maps.tensor[brain], how.b_value, direction)
    return signal
