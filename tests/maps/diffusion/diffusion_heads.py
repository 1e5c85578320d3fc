"""Simulated diffusion-weighted images of a real anatomy, with known tensors and motion."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from nilearn.datasets import (
    load_mni152_brain_mask,
    load_mni152_gm_template,
    load_mni152_wm_template,
)
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.spatial.transform import Rotation

from gliofront.image.grid import Grid
from gliofront.image.resample import resample_volume
from gliofront.image.series import Series
from gliofront.image.volume import Volume
from gliofront.maps.diffusion.gradients import Gradients


def directions(count: int = 12, seed: int = 0) -> np.ndarray:
    """Return unit vectors spread by repulsion over the half sphere, (count, 3)."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(count, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    for _ in range(500):
        both = np.concatenate([points, -points])
        away = points[:, None] - both[None]
        far = np.linalg.norm(away, axis=-1)
        push = np.where(far[..., None] > 1e-9, away / np.maximum(far, 1e-9)[..., None] ** 3, 0)
        points = points + 0.02 * push.sum(1)
        points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points


def table(count: int = 12, b: float = 1000.0, b0s: int = 1) -> Gradients:
    vectors = np.concatenate([np.zeros((b0s, 3)), directions(count)])
    return Gradients(np.r_[np.zeros(b0s), np.full(count, b)], vectors)


@dataclass(frozen=True)
class Head:
    """A head's truth: grid, brain, S0 (X, Y, Z) and tensors (X, Y, Z, 3, 3) in the world."""

    grid: Grid
    brain: np.ndarray
    s0: np.ndarray
    tensors: np.ndarray

    def signal(self, b: float, direction: np.ndarray) -> np.ndarray:
        along = np.einsum("i,...ij,j->...", direction, self.tensors, direction, optimize=True)
        return self.s0 * np.exp(-b * along)

    def images(self, gradients: Gradients, moves: np.ndarray | None = None) -> Series:
        """Return the noiseless series; move n (4, 4) carries the head in world mm at image n.

        The head turns, the gradients stand.
        """
        made = []
        for n, (b, g) in enumerate(zip(gradients.b_values, gradients.directions, strict=True)):
            move = np.eye(4) if moves is None else moves[n]
            turn = Rotation.from_matrix(move[:3, :3]).as_matrix() if moves is not None else move
            still = Volume(self.grid, self.signal(b, turn[:3, :3].T @ g), "DWI", "a")
            moved = still
            if moves is not None:
                moved = resample_volume(
                    still, self.grid, pull=np.linalg.inv(move), order=3, fill=0.0
                )
            made.append(np.maximum(moved.data, 0))
        return Series(self.grid, np.stack(made, -1), "DWI")


def noisy(series: Series, sigma: float, seed: int = 0) -> Series:
    """Add Rician noise."""
    rng = np.random.default_rng(seed)
    real = series.data + rng.normal(0, sigma, series.data.shape)
    return series.with_data(np.hypot(real, rng.normal(0, sigma, series.data.shape)))


def tensor(eigenvalues: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """Return axially symmetric tensors (..., 3, 3): eigenvalues (along, across), axis (..., 3)."""
    along, across = eigenvalues
    outer = axis[..., :, None] * axis[..., None, :]
    return across * np.eye(3) + (along - across) * outer


@cache
def head(spacing: tuple[float, float, float] = (3.0, 3.0, 3.0), scalp: bool = True) -> Head:
    """Return a brain of white matter, grey matter and fluid, in the world of MNI152."""
    brain_image = load_mni152_brain_mask(resolution=2)
    grid0 = Grid(brain_image.affine, brain_image.shape)
    size = np.array(grid0.shape) * grid0.spacing
    pad = np.array([40.0, 40.0, 10.0])
    shape = tuple(int(n) for n in np.ceil((size + pad) / spacing))
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = grid0.to_world((np.array(grid0.shape) - 1) / 2) - affine[:3, :3] @ (
        (np.array(shape) - 1) / 2
    )
    grid = Grid(affine, shape)
    return on_grid(grid, scalp)


def on_grid(grid: Grid, scalp: bool = True) -> Head:
    def at(load) -> np.ndarray:
        image = load(resolution=2)
        source = Volume(Grid(image.affine, image.shape), image.get_fdata(), "p", "p")
        return resample_volume(source, grid, fill=0.0).data.astype(np.float64)

    inside, white, grey = map(
        at, (load_mni152_brain_mask, load_mni152_wm_template, load_mni152_gm_template)
    )
    inside = np.clip(inside, 0, 1)
    white, grey = np.clip(white, 0, 1) * inside, np.clip(grey, 0, 1) * inside
    total = np.maximum(white + grey, 1)
    white, grey = white / total, grey / total
    fluid = np.clip(inside - white - grey, 0, 1)
    axis = fibres(grid)
    tensors = (
        white[..., None, None] * tensor((1.5e-3, 0.4e-3), axis)
        + grey[..., None, None] * 0.8e-3 * np.eye(3)
        + fluid[..., None, None] * 3.0e-3 * np.eye(3)
    ) / np.maximum(white + grey + fluid, 1e-6)[..., None, None]
    s0 = 600 * white + 800 * grey + 1800 * fluid
    if scalp:
        around = gaussian_filter(inside, 5 / grid.spacing)
        ring = (around > 0.02) & (around < 0.12)
        s0 = np.where(ring & (inside < 0.1), 200.0, s0)
        tensors[ring & (inside < 0.1)] = 0.2e-3 * np.eye(3)
    return Head(grid, inside > 0.5, s0, tensors)


def fibres(grid: Grid) -> np.ndarray:
    """Return smooth unit directions of the world (X, Y, Z, 3), from seeded low-frequency fields."""
    points = grid.to_world(np.moveaxis(np.indices(grid.shape), 0, -1))
    rng = np.random.default_rng(7)
    coarse = gaussian_filter(rng.normal(size=(3, 24, 24, 24)), (0, 2, 2, 2))
    where = np.moveaxis((points + 120.0) / 10.0, -1, 0)
    axis = np.stack([map_coordinates(c, where, order=1, mode="nearest") for c in coarse], -1)
    return axis / np.maximum(np.linalg.norm(axis, axis=-1, keepdims=True), 1e-9)


def moves(count: int, degrees: float, mm: float, centre: np.ndarray, seed: int = 1) -> np.ndarray:
    """Return rigid motions about a centre, the first none, (count, 4, 4)."""
    rng = np.random.default_rng(seed)
    made = np.tile(np.eye(4), (count, 1, 1))
    for n in range(1, count):
        vector, shift = rng.normal(size=3), rng.normal(size=3)
        turn = Rotation.from_rotvec(degrees * vector / np.linalg.norm(vector), degrees=True)
        made[n, :3, :3] = turn.as_matrix()
        made[n, :3, 3] = centre - made[n, :3, :3] @ centre + mm * shift / np.linalg.norm(shift)
    return made


def distort(image: np.ndarray, field_mm: np.ndarray, axis: int, spacing: float) -> np.ndarray:
    """Show at x + field what lies at x, piled up where the field is squeezed."""
    lines = np.moveaxis(image, axis, -1)
    shift = np.moveaxis(field_mm, axis, -1) / spacing
    size = lines.shape[-1]
    index = np.arange(size, dtype=float)
    pile = lines / (1 + np.gradient(shift, axis=-1))
    out = np.zeros_like(lines)
    for place in np.ndindex(lines.shape[:-1]):
        source = np.interp(index, index + shift[place], index)
        out[place] = np.interp(source, index, pile[place])
    return np.moveaxis(out, -1, axis)


def susceptibility(grid: Grid, largest_mm: float = 8.0) -> np.ndarray:
    """Return a field (X, Y, Z), mm: strong above the sinuses, weak and of the other sign beside."""
    x, y, z = np.moveaxis(grid.to_world(np.moveaxis(np.indices(grid.shape), 0, -1)), -1, 0)

    def bump(centre: tuple[float, float, float], width: float) -> np.ndarray:
        away = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2
        return np.exp(-away / (2 * width**2))

    front = bump((0, 45, -20), 22)
    ears = bump((-50, -15, -25), 18) + bump((50, -15, -25), 18)
    return largest_mm * (front - 0.5 * ears + 0.15 * bump((0, -40, 40), 30))
