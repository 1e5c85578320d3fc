"""Heads of real anatomy in two contrasts, in known poses on many grids."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import nibabel as nib
import numpy as np
from nilearn.datasets import load_mni152_brain_mask, load_mni152_template
from scipy.ndimage import map_coordinates

from gliofront.alignment.transforms import displacement_mm, inverse, rigid_matrix
from gliofront.image.grid import Grid
from gliofront.image.resample import resample_volume
from gliofront.image.volume import Volume

CENTRE = (0.0, -18.0, 5.0)
REAL = Path(os.environ.get("GLIOFRONT_TEST_DATA", Path(__file__).parents[2].parent / "shared/data"))


@cache
def t1c_head() -> tuple[Volume, np.ndarray]:
    """Return a T1-weighted brain of 2 mm with a bright lesion on the left, and its mask.

    The template is its own mirror image, which no patient is: it is bent by some mm.
    """
    image = load_mni152_template(resolution=2)
    grid = Grid(image.affine, image.shape)
    mask = load_mni152_brain_mask(resolution=2).get_fdata()
    data, brain = bent(image.get_fdata(), grid), bent(mask, grid) > 0.5
    data[lesion(grid)] = 1.3
    return Volume(grid, data, "T1C", "arbitrary"), brain


def bent(data: np.ndarray, grid: Grid) -> np.ndarray:
    """Return the data after smooth shifts of up to 4 mm, other ones left than right."""
    voxels = np.stack(np.indices(grid.shape)).astype(float)
    x, y, z = np.moveaxis(grid.to_world(np.moveaxis(voxels, 0, -1)), -1, 0)
    voxels[1] += 2 * np.sin((x + z) / 17)
    voxels[2] += 2 * np.sin((x - y) / 15)
    return map_coordinates(data, voxels, order=1, output=np.float32)


def lesion(grid: Grid) -> np.ndarray:
    points = grid.to_world(np.stack(np.indices(grid.shape), -1))
    return np.linalg.norm(points - (-35.0, 5.0, 25.0), axis=-1) < 16


def t2_of(t1c: Volume) -> Volume:
    """Return the same head with white matter dark, fluid bright and the lesion bright."""
    brain = t1c.data > 0.05
    data = np.where(brain, 1.3 - np.minimum(t1c.data, 1.0), 0.0)
    data[lesion(t1c.grid)] = 1.1
    return Volume(t1c.grid, data, "T2", "arbitrary")


def tilted_grid(
    spacing: tuple[float, float, float], shape: tuple[int, int, int], turn: tuple
) -> Grid:
    """Return a grid about the middle of the head whose axes are turned by a rotation vector."""
    affine = rigid_matrix(turn, (0, 0, 0)) @ np.diag([*spacing, 1.0])
    affine[:3, 3] = CENTRE - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return Grid(affine, shape)


def seen(volume: Volume, grid: Grid, motion: np.ndarray, noise: float = 0.03) -> Volume:
    """Return the volume on a grid after a motion (4, 4) of the head, with noise."""
    moved = resample_volume(volume, grid, pull=inverse(motion), fill=0.0)
    rng = np.random.default_rng(7)
    return moved.with_data(moved.data + noise * rng.standard_normal(grid.shape))


def errors_mm(pull: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return by how much a pull matrix misses the true motion at points of the brain, mm."""
    volume, brain = t1c_head()
    points = volume.grid.to_world(np.argwhere(brain)[::23])
    return displacement_mm(inverse(truth) @ pull, points)


def real(name: str, quantity: str) -> Volume:
    """Read a real image below the folder of test data."""
    image = nib.load(REAL / name)
    data = np.asarray(image.dataobj, dtype=np.float32)
    return Volume(Grid(image.affine, image.shape), data, quantity, "arbitrary")
