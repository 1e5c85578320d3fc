"""Real anatomy, with shading, a skull or nothing around it."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import nibabel as nib
import numpy as np
from nilearn.datasets import load_mni152_brain_mask, load_mni152_template
from scipy.ndimage import distance_transform_edt

from gliofront.image.grid import Grid
from gliofront.image.volume import Volume

REAL = Path(os.environ.get("GLIOFRONT_TEST_DATA", Path(__file__).parents[2].parent / "shared/data"))


@cache
def template() -> tuple[Volume, np.ndarray]:
    """Return a T1-weighted brain of 2 mm with 0 around it, and its mask."""
    image = load_mni152_template(resolution=2)
    grid = Grid(image.affine, image.shape)
    brain = load_mni152_brain_mask(resolution=2).get_fdata() > 0
    data = np.where(brain, 100 * np.maximum(image.get_fdata(), 0.05), 0)
    return Volume(grid, data, "T1", "arbitrary"), brain


def head() -> Volume:
    """Return the brain in a dark skull and a bright scalp, in front of air that is exactly 0."""
    volume, brain = template()
    pad = ((8, 8), (8, 8), (30, 8))
    inside = np.pad(brain, pad)
    far = distance_transform_edt(~inside, volume.grid.spacing)
    data = np.pad(volume.data, pad)
    data[(far > 0) & (far <= 7)] = 5
    data[(far > 7) & (far <= 14)] = 140
    return Volume(Grid(volume.grid.affine, data.shape), data, "T1", "arbitrary")


def shading(grid: Grid) -> np.ndarray:
    """Return a smooth positive field, about 0.5 to 1.6."""
    x, y, z = np.meshgrid(*(np.linspace(-1, 1, n) for n in grid.shape), indexing="ij")
    return np.exp(0.3 * x + 0.25 * y * z - 0.3 * z**2 + 0.2 * x * y)


def real(name: str, quantity: str) -> Volume:
    """Read a real image below the folder of test data."""
    image = nib.load(REAL / name)
    data = np.asarray(image.dataobj, dtype=np.float32)
    return Volume(Grid(image.affine, image.shape), data, quantity, "arbitrary")
