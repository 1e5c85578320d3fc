"""A growth model of one patient from two visible contours: enhancement and FLAIR abnormality."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gliofront.growth.contour_growth import Outgrowth, outgrowth
from gliofront.growth.front import front_place
from gliofront.growth.length_search import search_length
from gliofront.growth.medium import Head, Medium, medium_of
from gliofront.growth.settings import TwoContourSettings

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Basis = Literal["fitted", "bound", "population", "undefined"]


@dataclass(frozen=True)
class Agreement:
    """How well the density's contour meets a visible one, both inside what cells can enter.

    Parameters
    ----------
    volume_error : volume of the density's contour over that seen, less 1; NaN if not seen.
    dice : overlap of the two regions, 0 to 1; NaN if not seen.
    """

    volume_error: float = float("nan")
    dice: float = float("nan")


@dataclass(frozen=True, eq=False)
class GrowthFit:
    """Cells of one patient by the model.

    Parameters
    ----------
    density : (X, Y, Z) float32, share of the carrying capacity, 0 to 1 in the brain (0 in fluid
        and in barriers), NaN outside it; NaN everywhere if undefined.
    length_mm : infiltration length sqrt(D / rho) in white matter; NaN if undefined.
    basis : where the length comes from: "fitted" to both contours; at a "bound" of what the
        settings allow; of the "population"; or "undefined".
    reason : why it is not fitted; empty if it is.
    enhancing, flair : how well the two contours are met.
    """

    density: NDArray[np.float32]
    length_mm: float
    basis: Basis
    reason: str = ""
    enhancing: Agreement = Agreement()
    flair: Agreement = Agreement()


def fit_two_contours(
    enhancing: BoolArray,
    flair: BoolArray | None,
    head: Head,
    settings: TwoContourSettings | None = None,
) -> GrowthFit:
    """Estimate where a patient's tumour cells are; no other patient is needed.

    Cells grow by the Fisher-KPP equation from inside the enhancing tumour until the tissue above
    the density of enhancement has its volume. The infiltration length is sought at which the
    tissue above the density of FLAIR then has the volume of enhancement and FLAIR abnormality
    together. Time is not identified from one day's scan, so D and rho are not known, but their
    ratio is (Swanson, Rostomily and Alvord, Br J Cancer 98:113-119, 2008).

    Growth begins with the front of a plane tumour put back inside the enhancing mask by some
    infiltration lengths, as in the static extrapolation of Konukoglu et al.; from there on the
    equation itself is solved, so curvature, tissue, fluid and barriers shape the edge. A seed
    point instead would make balls of lobed tumours; the mask as it is, full of cells, would have
    an edge that is no front yet.

    What is assumed: one density a contour, the same in every patient; one length a patient;
    no necrosis, no mass effect, no treatment. Oedema is not tumour: most of it is vasogenic, and
    steroids shrink it, so the length is a summary of two volumes and no measurement of cells. The
    FLAIR region's shape is used only to tell white matter, if the settings say so.

    Virtual patients grow by the same equation: on them this null is favoured.

    Parameters
    ----------
    enhancing : (X, Y, Z), enhancing tumour with necrosis.
    flair : (X, Y, Z), the FLAIR abnormality, with the tumour or without; None if there is no
        FLAIR, and the length of the settings is used.
    head : brain, tissues, barriers and fibres, on the same grid.
    settings : the densities of the contours, bounds and the working voxel size.

    Raises
    ------
    InputRefused
        If a mask is not on the grid of the head.

    References
    ----------
    Konukoglu et al., IEEE Trans Med Imaging 29:77-95, 2010; Unkelbach et al., Phys Med Biol
    59:747-770 and 771-789, 2014; Swan et al., Bull Math Biol 80:1259-1291, 2018.
    """
    settings = settings or TwoContourSettings()
    head.check("enhancing tumour", enhancing)
    head.check("FLAIR abnormality", flair)
    if not (enhancing & head.brain).any():
        return _undefined(head, "there is no enhancing tumour in the brain")
    medium = medium_of(head, enhancing, flair, settings)
    tumour = outgrowth(medium, enhancing, settings)
    if tumour.volume <= 0:
        return _undefined(head, "the enhancing tumour lies where no cells can live")
    if flair is None:
        length = settings.default_length_mm
        density = _on_voxels(tumour.at(length), medium)
        reason = f"there is no FLAIR: {length:g} mm, a population's length, is used"
        seen = _agreement(density, enhancing, medium, settings.enhancing_density)
        return GrowthFit(_in_brain(density, head, medium), length, "population", reason, seen)
    return _fitted(head, tumour, enhancing, enhancing | flair)


def _fitted(head: Head, tumour: Outgrowth, enhancing: BoolArray, both: BoolArray) -> GrowthFit:
    """Seek the length at which the contour of FLAIR has the volume of both regions together."""
    medium, settings = tumour.medium, tumour.settings
    wanted = medium.volume(both)
    if wanted <= tumour.volume:
        return _undefined(head, "there is no FLAIR abnormality beyond the enhancing tumour")
    grown = cache(tumour.at)

    def volume_at(length: float) -> float:
        return float(medium.share[grown(length) >= settings.flair_density].sum())

    bounds = settings.shortest_mm, settings.longest_mm
    guess = _plane_guess(tumour, wanted)
    length = search_length(volume_at, wanted, guess, bounds, settings.length_tolerance)
    density = _on_voxels(grown(length), medium)
    at_bound = min(abs(np.log(length / np.array(bounds)))) < 1e-9
    return GrowthFit(
        _in_brain(density, head, medium),
        length,
        "bound" if at_bound else "fitted",
        f"the FLAIR volume asks for a length beyond {length:g} mm, a bound" if at_bound else "",
        _agreement(density, enhancing, medium, settings.enhancing_density),
        _agreement(density, both, medium, settings.flair_density),
    )


def _plane_guess(tumour: Outgrowth, wanted: float) -> float:
    """Guess the length in mm from balls of the two volumes and the width of a plane front."""
    block_mm3 = float(np.prod(tumour.medium.blocks.spacing))
    radii = np.cbrt(np.array([tumour.volume, wanted]) * block_mm3 * 3 / (4 * np.pi))
    settings = tumour.settings
    width = front_place(settings.flair_density) - front_place(settings.enhancing_density)
    return float((radii[1] - radii[0]) / width)


def _undefined(head: Head, reason: str) -> GrowthFit:
    """Return a fit without values and say why."""
    nothing = np.full(head.brain.shape, np.nan, dtype=np.float32)
    return GrowthFit(nothing, float("nan"), "undefined", reason)


def _on_voxels(density: FloatArray, medium: Medium) -> FloatArray:
    """Bring densities of blocks to the voxels of their box; 0 where no cells can live."""
    voxels = medium.blocks.to_voxels(density, medium.share > 0)
    return np.asarray(np.clip(voxels, 0, 1) * medium.passable)


def _in_brain(density: FloatArray, head: Head, medium: Medium) -> NDArray[np.float32]:
    """Put the box's densities into the whole grid, NaN outside the brain."""
    whole = np.full(head.brain.shape, np.nan, dtype=np.float32)
    whole[medium.blocks.box] = density
    whole[~head.brain] = np.nan
    return whole


def _agreement(density: FloatArray, seen: BoolArray, medium: Medium, threshold: float) -> Agreement:
    """Compare the region above a density with one that was seen, among passable voxels."""
    inside = seen[medium.blocks.box] & medium.passable
    reached = density >= threshold
    volume, wanted = int(np.count_nonzero(reached)), int(np.count_nonzero(inside))
    shared = int(np.count_nonzero(reached & inside))
    return Agreement(volume / wanted - 1, 2 * shared / (volume + wanted))
