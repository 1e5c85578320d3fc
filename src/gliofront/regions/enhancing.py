"""Semi-automatic outline of the enhancing tumour with necrosis, which judges itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.volume import BoolArray, Volume
from gliofront.regions.enhancing_candidates import Candidate, measure
from gliofront.regions.enhancing_evidence import Evidence, gather
from gliofront.regions.enhancing_growth import Case
from gliofront.regions.midplane import Plane
from gliofront.regions.morphology import Box, bounding_box, parts, sub_grid
from gliofront.regions.necrosis import ringed_cavities
from gliofront.regions.outline_quality import Grade, Signs, judge
from gliofront.regions.rough_white import rough_white, rough_white_units
from gliofront.regions.settings import OutlineSettings


@dataclass(frozen=True, eq=False)
class Outline:
    """An outline of the enhancing tumour.

    Parameters
    ----------
    enhancing : (X, Y, Z) bool, enhancing tumour with necrosis.
    necrosis : (X, Y, Z) bool, the part of it that does not enhance.
    confidence : 0 to 1.
    grade : good, doubtful (to be looked at) or refused (not to be used).
    reasons : what speaks against it.
    signs : the evidence it was judged by; None where nothing was found.
    """

    enhancing: BoolArray
    necrosis: BoolArray
    confidence: float
    grade: Grade
    reasons: tuple[str, ...]
    signs: Signs | None = None


def outline_enhancing(
    t1c: Volume,
    brain: BoolArray,
    *,
    t1: Volume | None = None,
    flair: Volume | None = None,
    plane: Plane | None = None,
    seed_point: ArrayLike | None = None,
    settings: OutlineSettings | None = None,
) -> Outline:
    """Outline the enhancing tumour with necrosis.

    Compact bright bodies near abnormal FLAIR, brighter than the mirrored side, are ranked; the
    best, and those of the same lesion, are grown to half of their local contrast and what they
    enclose is taken as necrosis. With a seed point the body nearest to it is taken.

    Parameters
    ----------
    t1c, t1, flair : images on one grid, any unit; bias-corrected.
    brain : (X, Y, Z) bool.
    plane : the midplane; without it symmetric structures cannot be ruled out.
    seed_point : (3,) RAS mm, in or near the tumour.

    Returns
    -------
    Outline with grade "refused" and empty masks where there is no candidate at all.

    Raises
    ------
    InputRefused
        If the seed point lies outside the brain, or T1C is constant.
    """
    settings = settings or OutlineSettings()
    box = bounding_box(brain, 2)
    white = rough_white(t1c, brain)
    t1c_z = _cropped(rough_white_units(t1c, white), box)
    flair_z = None if flair is None else _cropped(rough_white_units(flair, white), box)
    t1_box = None if t1 is None else _cropped(t1, box)
    evidence = gather(t1c_z, brain[box], t1_box, flair_z, plane, settings)
    point = None if seed_point is None else _seed_voxel(seed_point, evidence)
    case = Case(evidence, ringed_cavities(evidence, settings), settings, point)
    candidates = case.candidates()
    if not candidates:
        nothing = np.zeros(brain.shape, dtype=bool)
        return Outline(nothing, nothing, 0.0, "refused", ("no compact enhancing body was found",))
    kept = case.kept(candidates)
    rim, necrosis = case.grown(kept)
    signs = _signs(rim, necrosis, candidates, kept, case)
    confidence, grade, reasons = judge(signs)
    return Outline(
        _placed(rim | necrosis, box, brain.shape),
        _placed(necrosis, box, brain.shape),
        confidence,
        grade,
        reasons,
        signs,
    )


def _cropped(volume: Volume, box: Box) -> Volume:
    return Volume(sub_grid(volume.grid, box), volume.data[box], volume.quantity, volume.unit)


def _placed(mask: BoolArray, box: Box, shape: tuple[int, ...]) -> BoolArray:
    whole = np.zeros(shape, dtype=bool)
    whole[box] = mask
    return whole


def _seed_voxel(seed_point: ArrayLike, evidence: Evidence) -> tuple[int, int, int]:
    """Return the voxel of a seed point; refuse one outside the brain."""
    grid: Grid = evidence.grid
    voxel = np.round(grid.to_voxel(np.asarray(seed_point, dtype=float))).astype(int)
    inside = bool((voxel >= 0).all() and (voxel < grid.shape).all())
    i, j, k = (int(v) for v in voxel)
    if not inside or not evidence.brain[i, j, k]:
        where = np.round(np.asarray(seed_point, dtype=float), 1).tolist()
        raise InputRefused("seed point", f"{where} lies outside the brain", "give it in RAS mm")
    return i, j, k


def _signs(
    rim: BoolArray,
    necrosis: BoolArray,
    candidates: list[Candidate],
    kept: list[Candidate],
    case: Case,
) -> Signs:
    """Return what the outline shows of itself."""
    whole = rim | necrosis
    overall = measure(whole, rim, case.evidence)
    largest = max(parts(whole), key=np.count_nonzero, default=whole)
    rest = [c.score for c in candidates if all(c is not k for k in kept)]
    gap = 1 - max([0.0, *rest]) / kept[0].score if kept[0].score > 0 else 0.0
    return Signs(
        volume_ml=overall.volume_ml,
        contrast=overall.contrast,
        in_lesion=overall.in_lesion,
        asymmetric=overall.asymmetric,
        compactness=measure(largest, rim & largest, case.evidence).compactness,
        at_edge=overall.at_edge,
        gap=max(gap, 0.0) if case.point is None else 1.0,
        captured=case.captured(whole),
        stability=case.stability(),
    )
