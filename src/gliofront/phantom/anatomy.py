"""The healthy head of a virtual patient: warped MNI152 tissue maps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from nilearn import datasets
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.image.grid import Grid
from gliofront.phantom.rigid import random_motion
from gliofront.phantom.settings import AnatomySettings
from gliofront.phantom.vessels import vessel_density
from gliofront.phantom.warp import random_warp

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SHARPNESS = 2.0
"""Power that sharpens the template's average tissue maps towards those of one person."""
BORDER_MM = 8.0
SHALLOWEST_SEED_MM = 8.0
MIDLINE_MM = 10.0
FALX_MM = 1.6


@dataclass(frozen=True, eq=False)
class Anatomy:
    """A healthy head on the patient's grid; every array is (X, Y, Z).

    Parameters
    ----------
    grid : the grid of the contrast-enhanced T1 scan, axes RAS.
    brain : inside of the skull: grey and white matter and fluid.
    white, grey, fluid : share of the voxel, 0 to 1; they sum to 1 in the brain, to 0 outside.
    vessels : share of the voxel that is enhancing vessel, sinus or choroid plexus, 0 to 1.
    falx : barrier to cells between the hemispheres.
    seeds : white matter where a tumour may start (cerebrum, away from midline and cortex).
    template : position in the template, RAS+ mm, (X, Y, Z, 3); x < 0 is left.
    """

    grid: Grid
    brain: BoolArray
    white: FloatArray
    grey: FloatArray
    fluid: FloatArray
    vessels: FloatArray
    falx: BoolArray
    seeds: BoolArray
    template: FloatArray


@dataclass(frozen=True, eq=False)
class Template:
    """The template's tissue maps, (X, Y, Z) each, white and grey 0 to 1, on one grid."""

    grid: Grid
    brain: FloatArray
    white: FloatArray
    grey: FloatArray


@lru_cache(maxsize=2)
def load_template(resolution_mm: int) -> Template:
    """Return the MNI152 tissue maps that ship with nilearn (ICBM 2009a; nothing is downloaded).

    Fonov et al., NeuroImage 54:313-327, 2011. Left is left: world x grows to the right.
    """
    white = datasets.load_mni152_wm_template(resolution=resolution_mm)
    grey = datasets.load_mni152_gm_template(resolution=resolution_mm)
    brain = datasets.load_mni152_brain_mask(resolution=resolution_mm)
    arrays = [np.asarray(image.dataobj, dtype=np.float64) for image in (brain, white, grey)]
    grid = Grid(white.affine, (white.shape[0], white.shape[1], white.shape[2]))
    return Template(grid, *(np.clip(a, 0, 1) for a in arrays))


def make_anatomy(
    rng: np.random.Generator, resolution_mm: float, settings: AnatomySettings
) -> Anatomy:
    """Draw a head: pose, warp, tissue and vessels, on a grid cropped to the brain.

    Parameters
    ----------
    rng : the generator.
    resolution_mm : voxel size.
    settings : warp and pose.
    """
    model = load_template(int(resolution_mm))
    whole = _head_grid(model.grid, resolution_mm)
    pose = random_motion(rng, whole.corners().mean(0), 2.0, settings.tilt_degrees)
    warp = random_warp(rng, whole, settings.warp_mm, settings.warp_scale_mm)
    voxels = np.stack(np.meshgrid(*map(np.arange, whole.shape), indexing="ij"), axis=-1)
    places = warp.displace(whole.to_world(voxels) @ pose[:3, :3].T + pose[:3, 3])
    inside = _sample(model.grid, model.brain, places) > 0.5
    grid, box = _cropped(whole, inside)
    places, brain = places[box], inside[box]
    white, grey, fluid = _tissue(model, places, brain)
    depth = ndimage.distance_transform_edt(brain, sampling=grid.spacing)
    vessels = vessel_density(rng, grid, places, np.where(brain, fluid, 0), depth)
    return Anatomy(
        grid,
        brain,
        white,
        grey,
        fluid,
        np.where(brain, vessels, 0),
        falx_at(places, brain, white),
        seeds_at(places, white, depth),
        places,
    )


def _head_grid(template: Grid, spacing_mm: float) -> Grid:
    """Cover the template's field of view, and a border for a tilted head, at another spacing."""
    low, high = template.corners().min(0) - BORDER_MM, template.corners().max(0) + BORDER_MM
    counts = np.ceil((high - low) / spacing_mm).astype(int) + 1
    affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    affine[:3, 3] = low
    return Grid(affine, (int(counts[0]), int(counts[1]), int(counts[2])))


def _sample(grid: Grid, values: FloatArray, places: FloatArray) -> FloatArray:
    voxels = np.moveaxis(grid.to_voxel(places), -1, 0)
    return np.asarray(ndimage.map_coordinates(values, voxels, order=1, mode="constant"))


def _cropped(grid: Grid, inside: BoolArray) -> tuple[Grid, tuple[slice, ...]]:
    """Cut a grid to the brain and a border."""
    border = int(np.ceil(BORDER_MM / grid.spacing[0]))
    found = ndimage.find_objects(inside.astype(np.uint8))[0]
    box = tuple(
        slice(max(0, s.start - border), min(n, s.stop + border))
        for s, n in zip(found, grid.shape, strict=True)
    )
    affine = grid.affine.copy()
    affine[:3, 3] = grid.to_world([s.start for s in box])
    shape = [s.stop - s.start for s in box]
    return Grid(affine, (shape[0], shape[1], shape[2])), box


def _tissue(
    model: Template, places: FloatArray, brain: BoolArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Warp the tissue maps and sharpen them; fluid is what is neither grey nor white."""
    white, grey = (_sample(model.grid, m, places) for m in (model.white, model.grey))
    fluid = np.clip(1 - white - grey, 0, 1)
    shares = np.stack([white, grey, fluid]) ** SHARPNESS * brain
    total = shares.sum(0)
    shares = np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)
    return shares[0], shares[1], shares[2]


def falx_at(places: FloatArray, brain: BoolArray, white: FloatArray) -> BoolArray:
    """Return the barrier between the hemispheres at places in the template, (X, Y, Z)."""
    return brain & (abs(places[..., 0]) < FALX_MM) & (places[..., 2] > 0) & (white < 0.4)


def seeds_at(places: FloatArray, white: FloatArray, depth: FloatArray) -> BoolArray:
    """Return the deep cerebral white matter in which a tumour may start, (X, Y, Z)."""
    x, y, z = np.moveaxis(places, -1, 0)
    cerebellum_or_stem = (z < -25) | ((y < -40) & (z < -8)) | ((abs(x) < 18) & (z < -2))
    deep = (depth > SHALLOWEST_SEED_MM) & (abs(x) > MIDLINE_MM)
    return np.asarray((white > 0.8) & deep & ~cerebellum_or_stem)
