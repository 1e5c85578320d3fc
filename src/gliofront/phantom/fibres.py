"""Fibre directions from the geometry of white matter and where its large bundles run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.image.grid import Grid
from gliofront.phantom.anatomy import Anatomy, load_template
from gliofront.phantom.tracts import tract_points

FloatArray = NDArray[np.float64]

TEMPLATE_MM = 2
"""Fibres are laid on one template grid, whatever the scan's resolution."""
TRACT_MM = 4.0
"""Standard deviation of a bundle's cross-section about its line."""
BLADE_MM = 1.5
SHEET_MM = 3.0
FAN_MM = 6.0
FAN_WEIGHT = 0.15
"""Weight of the way towards the cortex against that of a bundle's axis: assumed."""
SHEET_STEEPNESS = 1e-3
"""Squared slope of white matter, 1/mm2, from which fibres keep to the sheet: assumed."""
GREY_FA = 0.1
CROSSING_FA = 0.3
BUNDLE_FA = 0.7
"""FA of grey matter, of white matter without one direction and with one: assumed, of the order
that diffusion MRI shows (cortex about 0.1, centrum semiovale 0.3-0.4, corpus callosum 0.7-0.8)."""
THIN = 0.2
"""Strength at which a lone direction counts for half; a bundle's axis has about 1: assumed."""
PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
"""Places of the six numbers of a symmetric 3 x 3 matrix: xx, yy, zz, xy, xz, yz."""


@dataclass(frozen=True, eq=False)
class Fibres:
    """The fibres of a healthy head.

    Parameters
    ----------
    direction : (X, Y, Z, 3), unit vectors in RAS+ without a meaning of the sign; any where fa is 0.
    fa : (X, Y, Z), fractional anisotropy of the tissue without tumour, 0 to 1.
    """

    direction: FloatArray
    fa: FloatArray


def lay_fibres(anatomy: Anatomy) -> Fibres:
    """Carry the template's fibres into a head and give them the FA of its tissue.

    A direction v of the template is J^-1 v in the head, where J is the slope of the template's
    coordinates (Alexander et al., IEEE Trans Med Imaging 20:1131-1139, 2001, with the finite
    strain replaced by the full local one). FA is that of grey matter, of crossing fibres or of
    one bundle, mixed by the shares of tissue and by how far one direction prevails.

    Parameters
    ----------
    anatomy : the head.
    """
    solid = anatomy.white + anatomy.grey > 0
    grid, field = template_orientation()
    voxels = grid.to_voxel(anatomy.template[solid]).T
    six = np.stack([ndimage.map_coordinates(f, voxels, order=1, mode="nearest") for f in field])
    values, vectors = np.linalg.eigh(as_matrices(np.moveaxis(six, 0, -1)))
    prevails = (values[:, 2] - values[:, 1]) / (values[:, 2] + THIN)
    slope = template_slope(anatomy)[solid]
    direction = np.zeros((*anatomy.grid.shape, 3))
    direction[..., 0] = 1
    axis = np.asarray(vectors[:, :, 2], dtype=np.float64)
    direction[solid] = carried(axis, np.asarray(np.linalg.inv(slope)))
    fa = np.zeros(anatomy.grid.shape)
    white, grey = anatomy.white[solid], anatomy.grey[solid]
    fa[solid] = grey * GREY_FA + white * (CROSSING_FA + (BUNDLE_FA - CROSSING_FA) * prevails)
    return Fibres(direction, fa)


@lru_cache(maxsize=1)
def template_orientation() -> tuple[Grid, FloatArray]:
    """Return how much runs which way in the template, (6, X, Y, Z), and its grid.

    The sum of three things: the dyads of the bundles' tangents, blurred to a bundle's width; the
    way from deep white matter to the cortex (the slope of white matter blurred by 6 mm); and,
    taken away from both, the normal of the sheets of white matter (the structure tensor of its
    share at 1.5 mm), since fibres run within gyral blades and along walls, not through them.
    """
    model = load_template(TEMPLATE_MM)
    tracts = _tract_dyads(model.grid)
    away = _slopes(model.white, FAN_MM)
    length = np.maximum(np.sqrt((away**2).sum(0)), 1e-9)
    runs = tracts + FAN_WEIGHT * dyads(away / length)
    sheets = dyads(_slopes(model.white, BLADE_MM))
    sheets = np.stack([ndimage.gaussian_filter(s, SHEET_MM / TEMPLATE_MM) for s in sheets])
    normal = as_matrices(np.moveaxis(sheets, 0, -1))
    steepness = sheets[:3].sum(0)[..., None, None] + SHEET_STEEPNESS
    within = np.eye(3) - normal / steepness
    kept = within @ as_matrices(np.moveaxis(runs, 0, -1)) @ within
    field = np.stack([kept[..., a, b] for a, b in PAIRS])
    field.flags.writeable = False
    return model.grid, field


def _tract_dyads(grid: Grid) -> FloatArray:
    """Blur the bundles' dyads so that a lone straight bundle has trace 1 on its axis."""
    places, tangents = tract_points()
    at = np.rint(grid.to_voxel(places)).astype(np.intp)
    field = np.zeros((6, *grid.shape))
    for part, dyad in zip(field, dyads(tangents.T), strict=True):
        np.add.at(part, tuple(at.T), dyad)
    scale = 2 * np.pi * TRACT_MM**2 / TEMPLATE_MM**3
    return np.stack([ndimage.gaussian_filter(f, TRACT_MM / TEMPLATE_MM) for f in field]) * scale


def _slopes(values: FloatArray, blur_mm: float) -> FloatArray:
    """Gradient of a blurred field on the template's grid, 1/mm, (3, X, Y, Z)."""
    orders = np.eye(3, dtype=int)
    sigma = blur_mm / TEMPLATE_MM
    slopes = [ndimage.gaussian_filter(values, sigma, order=list(o)) for o in orders]
    return np.stack(slopes) / TEMPLATE_MM


def dyads(vectors: FloatArray) -> FloatArray:
    """Return the six numbers of v v' of vectors (3, ...), (6, ...)."""
    return np.stack([vectors[a] * vectors[b] for a, b in PAIRS])


def as_matrices(six: FloatArray) -> FloatArray:
    """Return symmetric matrices (..., 3, 3) of their six numbers (..., 6)."""
    return np.asarray(six[..., [[0, 3, 4], [3, 1, 5], [4, 5, 2]]])


def template_slope(anatomy: Anatomy) -> FloatArray:
    """Slope of the template's coordinates with the head's, (X, Y, Z, 3, 3), row: template axis."""
    per_voxel = np.stack(np.gradient(anatomy.template, axis=(0, 1, 2)), axis=-1)
    return np.asarray(per_voxel @ np.linalg.inv(anatomy.grid.affine[:3, :3]))


def carried(direction: FloatArray, slope: FloatArray) -> FloatArray:
    """Turn directions (n, 3) by local linear maps (n, 3, 3) and bring them to unit length."""
    turned = np.einsum("nij,nj->ni", slope, direction)
    return np.asarray(turned / np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-12))
