"""Candidates for the enhancing tumour: compact bright bodies, measured and ranked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from gliofront.image.volume import BoolArray
from gliofront.regions.enhancing_evidence import Evidence
from gliofront.regions.morphology import Box, depth_in, dilate, grown_box, hysteresis, opened, parts
from gliofront.regions.necrosis import fill_necrosis
from gliofront.regions.settings import OutlineSettings

MOST_CANDIDATES = 25
EDGE_MM = 4.0
ONE_SIDED_Z = 0.5  # beyond the mirrored side by this, enhancement is on one side only


@dataclass(frozen=True, eq=False)
class Candidate:
    """A body that may be the tumour, and what speaks for it.

    Parameters
    ----------
    body : (X, Y, Z) bool, enhancing rim with what it encloses.
    volume_ml : volume of the body.
    contrast : median strength of its bright part, z.
    compactness : radius of the largest ball inside over the radius of a ball of its volume, 0-1.
    asymmetric : share of its bright voxels that beat the mirrored side; NaN without a midplane.
    in_lesion : share of its surroundings (5 mm) with abnormal FLAIR; NaN without FLAIR.
    at_edge : share within 4 mm of the brain's edge.
    score : product of the above, mL; larger is better.
    """

    body: BoolArray
    volume_ml: float
    contrast: float
    compactness: float
    asymmetric: float
    in_lesion: float
    at_edge: float
    score: float


def bright_voxels(evidence: Evidence, settings: OutlineSettings, scale: float = 1.0) -> BoolArray:
    """Return enhancing voxels off the brain's edge: hysteresis between the low and high limit."""
    allowed = evidence.strength > settings.low_z * scale
    allowed &= evidence.brain & (evidence.depth_mm > settings.edge_mm)
    return hysteresis(allowed & (evidence.strength > settings.high_z * scale), allowed)


def find_candidates(
    evidence: Evidence, cavities: BoolArray, settings: OutlineSettings, scale: float = 1.0
) -> list[Candidate]:
    """Return the candidates, best first.

    Bright voxels near abnormal FLAIR (anywhere, if there is none) are closed and filled, so that
    a thin rim becomes a solid body, and walled cavities are added; then an opening takes away
    vessels and dura, which stay thin.

    Parameters
    ----------
    cavities : (X, Y, Z) bool, dark bodies with an enhancing wall.
    scale : factor on both thresholds.
    """
    grid = evidence.grid
    bright = bright_voxels(evidence, settings, scale)
    if evidence.lesion is not None:
        bright &= dilate(evidence.lesion, settings.search_mm, grid.spacing)
    filled = bright | cavities | _filled(bright, evidence, settings)
    solid = opened(filled, settings.opening_mm, grid.spacing)
    least = int(np.ceil(settings.minimum_ml / grid.voxel_ml))
    bodies = parts(solid, least)[:MOST_CANDIDATES]
    found = [measure(body, bright & body, evidence) for body in bodies]
    return sorted(found, key=lambda c: -c.score)


def _filled(bright: BoolArray, evidence: Evidence, settings: OutlineSettings) -> BoolArray:
    return fill_necrosis(
        bright,
        evidence.brain,
        evidence.grid.spacing,
        closing_mm=settings.closing_mm / 2,
        largest_ml=settings.largest_hole_ml,
    )


def measure(body: BoolArray, bright: BoolArray, evidence: Evidence) -> Candidate:
    """Measure a body and its bright part."""
    grid = evidence.grid
    volume = np.count_nonzero(body) * grid.voxel_ml
    box = grown_box(body, 8.0, grid.spacing)
    strength = evidence.strength[bright] if bright.any() else evidence.strength[body]
    asymmetric = float("nan")
    if evidence.has_midplane and bright.any():
        asymmetric = float(np.mean(evidence.asymmetry[bright] > ONE_SIDED_Z))
    in_lesion = _share_in_lesion(body[box], evidence, box)
    at_edge = float(np.mean(evidence.depth_mm[body] < EDGE_MM))
    compactness = _compactness(body[box], volume, evidence)
    contrast = float(np.median(strength))
    score = volume ** (2 / 3) * compactness * (1 - 0.8 * at_edge) * min(contrast, 8.0) / 4
    score *= 1.0 if np.isnan(asymmetric) else 0.1 + asymmetric
    score *= 1.0 if np.isnan(in_lesion) else 0.1 + in_lesion
    return Candidate(
        body, volume, contrast, compactness, asymmetric, in_lesion, at_edge, float(score)
    )


def _compactness(body: BoolArray, volume_ml: float, evidence: Evidence) -> float:
    radius = float((3 * volume_ml * 1000 / (4 * np.pi)) ** (1 / 3))
    return min(float(depth_in(body, evidence.grid.spacing).max()) / max(radius, 1e-9), 1.0)


def _share_in_lesion(body: BoolArray, evidence: Evidence, box: Box) -> float:
    """Return the share of the tissue within 5 mm of the body that is abnormal on FLAIR."""
    if not evidence.has_flair:
        return float("nan")
    if evidence.lesion is None:
        return 0.0
    around = dilate(body, 5.0, evidence.grid.spacing) & evidence.brain[box] & ~body
    return float(np.mean(evidence.lesion[box][around])) if around.any() else 0.0


def nearest_to(
    candidates: list[Candidate], point: tuple[int, int, int], evidence: Evidence, reach_mm: float
) -> list[Candidate]:
    """Return the candidates within reach of a voxel, nearest first."""
    marker = np.ones(evidence.grid.shape, dtype=bool)
    marker[point] = False
    away = ndimage.distance_transform_edt(marker, sampling=tuple(evidence.grid.spacing))
    pairs = [(float(away[c.body].min()), c) for c in candidates]
    near = sorted((p for p in pairs if p[0] <= reach_mm), key=lambda p: (p[0], -p[1].score))
    return [c for _, c in near]
