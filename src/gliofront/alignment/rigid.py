"""Rigid alignment of an image onto another of any contrast.

Mutual information of the two images over points in and around the brain is maximised from coarse
to fine by a search without derivatives (Maes et al., IEEE TMI 16:187, 1997; Powell's method).
Everything is held in memory and gives the same bytes on any number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass

from gliofront.alignment.quality import measure_quality
from gliofront.alignment.search import climb
from gliofront.alignment.settings import AlignmentSettings
from gliofront.alignment.similarity import compare
from gliofront.alignment.starts import Start, starts
from gliofront.alignment.surroundings import widened
from gliofront.alignment.transforms import Matrix
from gliofront.foundation.errors import InputRefused
from gliofront.image.volume import BoolArray, Volume

# Enough to tell the right hollow of the landscape from the others; the finer levels do the rest.
_FEW = 4000
_FEW_BINS = 24
_ROUGHLY = 1e-2
_NEARLY = 0.98


@dataclass(frozen=True, eq=False)
class RigidAlignment:
    """A rigid alignment.

    Parameters
    ----------
    pull : (4, 4) from the fixed image's world to the moving image's, RAS mm.
    quality : sharpness of the optimum, up to 1; see `quality.Quality`.
    nmi : normalised mutual information in the brain, 1 (unrelated) to 2.
    start : where the search began.
    """

    pull: Matrix
    quality: float
    nmi: float
    start: str


def _best_start(
    fixed: Volume, moving: Volume, mask: BoolArray, settings: AlignmentSettings
) -> Start:
    """Climb from every start with few points at the coarsest level; return the most trusted.

    That is the first whose score is nearly the highest, so a header that is right is said to be.
    """
    level = settings.levels_mm[0]
    around = widened(mask, fixed.grid, settings.start_context_mm)
    coarse = compare(
        fixed, moving, around, level_mm=level, samples=_FEW, bins=_FEW_BINS, seed=settings.seed
    )
    begun = starts(fixed, moving, mask)
    climbed = [
        climb(
            coarse,
            start.pull,
            step=level,
            least_overlap=settings.least_overlap,
            tolerance=_ROUGHLY,
        )
        for start in begun
    ]
    enough = _NEARLY * max(score for _, score in climbed)
    return next(
        Start(pull, start.name)
        for start, (pull, score) in zip(begun, climbed, strict=True)
        if score >= enough
    )


def _check_mask(fixed: Volume, mask: BoolArray) -> None:
    if mask.shape != fixed.grid.shape:
        problem = f"a mask of shape {mask.shape} for {fixed.grid.describe()}"
        raise InputRefused(fixed.quantity, problem, "give the mask on the grid of the image")
    if not mask.any():
        raise InputRefused(fixed.quantity, "its brain mask is empty", "give another mask")


def register_rigid(
    fixed: Volume,
    moving: Volume,
    *,
    fixed_mask: BoolArray,
    settings: AlignmentSettings | None = None,
) -> RigidAlignment:
    """Find the rigid motion that puts the moving image onto the fixed one.

    Parameters
    ----------
    fixed, moving : of any contrast, on any grids, with or without skull; NaN where undefined.
    fixed_mask : (X, Y, Z) the brain on the fixed grid.

    Returns
    -------
    RigidAlignment
        ``resample_volume(moving, grid, pull=result.pull)`` puts the moving image onto the fixed
        image's world.

    Raises
    ------
    InputRefused
        If the mask is empty or on another grid, or an image is constant in and around it.
    """
    settings = settings or AlignmentSettings()
    _check_mask(fixed, fixed_mask)
    start = _best_start(fixed, moving, fixed_mask, settings)
    around = widened(fixed_mask, fixed.grid, settings.context_mm)
    pull = start.pull
    for level in settings.levels_mm[1:]:
        fine = compare(
            fixed,
            moving,
            around,
            level_mm=level,
            samples=settings.samples,
            bins=settings.bins,
            near=pull,
            seed=settings.seed,
        )
        pull, _ = climb(fine, pull, step=level, least_overlap=settings.least_overlap)
    quality = measure_quality(fixed, moving, pull, fixed_mask, settings)
    return RigidAlignment(pull, quality.sharpness, quality.nmi, start.name)
