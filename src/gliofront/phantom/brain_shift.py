"""Where tissue lies after surgery: relaxed mass effect, shrunken cavity, another pose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from gliofront.image.grid import Grid
from gliofront.phantom.anatomy import Anatomy
from gliofront.phantom.mass_effect import Displacement
from gliofront.phantom.rigid import random_motion
from gliofront.phantom.warp import Warp, covering, exponential, jacobian_determinant

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

RELAXED = (0.4, 0.9)
"""Share of the mass effect that is gone at follow-up: assumed."""
CAVITY_LEFT = (0.3, 0.8)
"""Share of the removed volume that the cavity keeps: assumed."""
PITCH_MM = 4.0
SOFT_MM = 4.0
"""Width over which the wall of the cavity begins to give way."""
FIXED_MM = 15.0
"""Depth under the skull over which the collapse sets in; tissue at the skull stays."""
STRONGEST = 1.5
"""Most that the collapse may shrink the cavity, as a logarithm."""
POSE_SHIFT_MM, POSE_DEGREES = 12.0, 5.0


@dataclass(frozen=True, eq=False)
class BrainShift:
    """A diffeomorphism from the pre-operative head to the head at follow-up.

    Parameters
    ----------
    forward, backward : movement of tissue, and its inverse, before the pose.
    pose : (4, 4), rigid, from the pre-operative world to the follow-up scanner's, RAS+ mm.
    relaxed : share of the mass effect that is gone, 0 to 1.
    """

    forward: Warp
    backward: Warp
    pose: FloatArray
    relaxed: float

    def to_follow_up(self, points: FloatArray) -> FloatArray:
        """Move pre-operative places (..., 3), RAS+ mm, to the follow-up scanner's world."""
        moved = self.forward.displace(points)
        return np.asarray(moved @ self.pose[:3, :3].T + self.pose[:3, 3])

    def unposed(self, points: FloatArray) -> FloatArray:
        """Undo the pose alone, (..., 3), RAS+ mm; at the skull this is all."""
        return np.asarray((points - self.pose[:3, 3]) @ self.pose[:3, :3])

    def to_preop(self, points: FloatArray) -> FloatArray:
        """Move places of the follow-up scanner's world (..., 3) to the pre-operative one.

        Where the integrated inverse misses, by some tenths of a millimetre beside the cavity, it
        is asked again with the miss taken off.
        """
        still = self.unposed(points)
        miss = self.forward.displace(self.backward.displace(still)) - still
        return self.backward.displace(still - miss)


def shift_back(
    rng: np.random.Generator, anatomy: Anatomy, cavity: BoolArray, mass: Displacement | None
) -> BrainShift:
    """Draw how far the mass effect relaxes and the cavity shrinks, and the new pose.

    Both movements are one stationary velocity (Arsigny et al., MICCAI 2006), so the inverse is
    exact up to interpolation and nothing folds. The mass effect's velocity is the mean of pull
    and opposite push, its logarithm up to third order. The collapse is a potential flow into the
    cavity that ends at the skull; its strength is set so that the drawn share of the volume is
    left, where the skull lets it be.

    Parameters
    ----------
    rng : the generator.
    anatomy : the head before surgery.
    cavity : what was removed, (X, Y, Z).
    mass : the tumour's mass effect; None for none.
    """
    relaxed = float(rng.uniform(*RELAXED))
    wanted = float(rng.uniform(*CAVITY_LEFT))
    centre = anatomy.grid.corners().mean(0)
    pose = random_motion(rng, centre, POSE_SHIFT_MM, POSE_DEGREES)
    grid = covering(anatomy.grid, PITCH_MM)
    velocity = np.zeros((3, *grid.shape))
    if mass is not None:
        gone = np.moveaxis(mass.pull - mass.push, -1, 0) / 2
        velocity += relaxed * np.stack([_sampled(anatomy.grid, g, grid) for g in gone])
    velocity = _collapsing(anatomy, cavity, grid, velocity, wanted)
    forward, backward = (_finer(grid, exponential(s * velocity, PITCH_MM)) for s in (1, -1))
    return BrainShift(forward, backward, pose, relaxed)


def _finer(grid: Grid, move: FloatArray) -> Warp:
    """Bring a displacement (3, X, Y, Z) to knots half as far apart by cubic splines.

    Between knots it is read linearly; creases at the coarse ones would be too sharp to invert.
    """
    shape = [2 * n - 1 for n in grid.shape]
    factors = [n / before for n, before in zip(shape, grid.shape, strict=True)]
    affine = grid.affine @ np.diag([0.5, 0.5, 0.5, 1.0])
    moves = np.stack([ndimage.zoom(m, factors, order=3, mode="nearest") for m in move])
    return Warp(Grid(affine, (shape[0], shape[1], shape[2])), moves)


def _sampled(source: Grid, values: FloatArray, grid: Grid) -> FloatArray:
    places = grid.to_world(np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), -1))
    voxels = np.moveaxis(source.to_voxel(places), -1, 0)
    return np.asarray(ndimage.map_coordinates(values, voxels, order=1, mode="nearest"))


def _collapsing(
    anatomy: Anatomy, cavity: BoolArray, grid: Grid, velocity: FloatArray, wanted: float
) -> FloatArray:
    """Add the collapse of the cavity to wanted times its volume, (3, X, Y, Z), mm."""
    if not cavity.any():
        return velocity
    sigma = SOFT_MM / 2 / anatomy.grid.spacing
    share = _sampled(anatomy.grid, ndimage.gaussian_filter(cavity.astype(np.float64), sigma), grid)
    depth = ndimage.distance_transform_edt(anatomy.brain, sampling=anatomy.grid.spacing)
    free = np.clip(_sampled(anatomy.grid, depth, grid) / FIXED_MM, 0, 1)
    flow = _flow_into(share) * free**2 * (3 - 2 * free)
    strength = 0.0
    for _ in range(3):
        kept = jacobian_determinant(Warp(grid, exponential(velocity + strength * flow, PITCH_MM)))
        left = float((share * kept).sum() / share.sum())
        strength = float(np.clip(strength + np.log(left / wanted), 0, STRONGEST))
    return velocity + strength * flow


def _flow_into(share: FloatArray) -> FloatArray:
    """Return the potential flow of divergence -share, (3, X, Y, Z), mm in unit time.

    Solved in Fourier space on twice the field of view, so that its repeats are far.
    """
    shape = [fft.next_fast_len(2 * n, real=True) for n in share.shape]
    sinks = fft.rfftn(share, shape)
    axes = [fft.fftfreq(n, PITCH_MM) for n in shape[:2]] + [fft.rfftfreq(shape[2], PITCH_MM)]
    q = [2 * np.pi * a for a in np.meshgrid(*axes, indexing="ij", sparse=True)]
    square = q[0] ** 2 + q[1] ** 2 + q[2] ** 2
    square[0, 0, 0] = np.inf
    inside = tuple(slice(n) for n in share.shape)
    return np.stack([fft.irfftn(1j * a * sinks / square, shape)[inside] for a in q])
