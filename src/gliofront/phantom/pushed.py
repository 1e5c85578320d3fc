"""Anatomy, fibres and tumour as they lie once tissue has been pushed aside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.image.grid import Grid
from gliofront.phantom.anatomy import Anatomy, falx_at, seeds_at
from gliofront.phantom.fibres import PAIRS, Fibres, as_matrices, carried
from gliofront.phantom.tumour import Tumour, enclosed, living_tissue

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def pulled(values: FloatArray, grid: Grid, pull: FloatArray) -> FloatArray:
    """Return what a field (X, Y, Z) shows once its places have moved; linear interpolation."""
    moving = pull.any(axis=-1)
    voxels = np.argwhere(moving) + pull[moving] @ np.linalg.inv(grid.affine[:3, :3]).T
    seen = np.array(values, dtype=np.float64)
    seen[moving] = ndimage.map_coordinates(values, voxels.T, order=1, mode="nearest")
    return seen


def push_anatomy(anatomy: Anatomy, pull: FloatArray) -> Anatomy:
    """Move the tissues and the template's coordinates; the skull and so the brain stay.

    Parameters
    ----------
    anatomy : the head before.
    pull : (X, Y, Z, 3), RAS+ mm, 0 at the skull.
    """
    grid, brain = anatomy.grid, anatomy.brain
    shares = np.stack([pulled(s, grid, pull) for s in (anatomy.white, anatomy.grey, anatomy.fluid)])
    shares *= brain
    total = shares.sum(0)
    shares = np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)
    places = np.stack([pulled(anatomy.template[..., a], grid, pull) for a in range(3)], axis=-1)
    depth = ndimage.distance_transform_edt(brain, sampling=grid.spacing)
    return Anatomy(
        grid,
        brain,
        white=shares[0],
        grey=shares[1],
        fluid=shares[2],
        vessels=np.where(brain, pulled(anatomy.vessels, grid, pull), 0),
        falx=falx_at(places, brain, shares[0]),
        seeds=seeds_at(places, shares[0], depth),
        template=places,
    )


def push_fibres(fibres: Fibres, grid: Grid, pull: FloatArray, onto: Anatomy) -> Fibres:
    """Move the fibres and turn them with the tissue around them.

    Parameters
    ----------
    fibres : of the head before.
    grid, pull : the displacement.
    onto : the pushed head.
    """
    solid = onto.white + onto.grey > 0
    fa = np.where(solid, pulled(fibres.fa, grid, pull), 0)
    six = [
        pulled(fibres.direction[..., a] * fibres.direction[..., b], grid, pull)[solid]
        for a, b in PAIRS
    ]
    _, vectors = np.linalg.eigh(as_matrices(np.stack(six, axis=-1)))
    per_voxel = np.stack(np.gradient(pull, axis=(0, 1, 2)), axis=-1)
    slope = np.eye(3) + per_voxel[solid] @ np.linalg.inv(grid.affine[:3, :3])
    direction = np.zeros_like(fibres.direction)
    direction[..., 0] = 1
    direction[solid] = carried(vectors[:, :, 2], np.linalg.inv(slope))
    return Fibres(direction, fa)


def push_tumour(
    tumour: Tumour, before: Anatomy, pull: FloatArray, onto: Anatomy, fibres: Fibres
) -> Tumour:
    """Move the cells and let them meet the tissue of the pushed head.

    Parameters
    ----------
    tumour, before : the tumour and the head it grew in.
    pull : (X, Y, Z, 3), RAS+ mm.
    onto, fibres : the pushed head.
    """
    grid, kinetics = before.grid, tumour.kinetics
    living = tumour.tissue.diffusivity > 0
    varied = np.where(living, tumour.tissue.proliferation / kinetics.proliferation, 1.0)
    tissue = living_tissue(onto, kinetics, pulled(varied, grid, pull), fibres)
    if tumour.tissue.grain is None:
        tissue = replace(tissue, grain=None)
    share = pulled(living.astype(np.float64), grid, pull)
    cells = pulled(tumour.density * living, grid, pull)
    density = np.divide(cells, share, out=np.zeros_like(cells), where=share > 1e-6)
    density *= tissue.diffusivity > 0
    core = enclosed(density > kinetics.visible)
    dead = pulled(tumour.necrosis.astype(np.float64), grid, pull) > 0.5
    return replace(
        tumour, tissue=tissue, density=density, core=core, necrosis=dead & core, displaced=0.0
    )
