"""From candidates to an outline: which are kept, and how far each is grown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gliofront.image.volume import BoolArray
from gliofront.regions.enhancing_candidates import (
    ONE_SIDED_Z,
    Candidate,
    bright_voxels,
    find_candidates,
    nearest_to,
)
from gliofront.regions.enhancing_evidence import Evidence
from gliofront.regions.morphology import dilate, grown_box, hysteresis, opened
from gliofront.regions.necrosis import fill_necrosis
from gliofront.regions.settings import OutlineSettings

GROW_MM = 4.0
SHARE_OF_BEST = 0.15
VARIATION = 0.15
CAPTURE_MM = 5.0
SMALLEST_MM = 1.2  # what is thinner than twice this has no place in an outline


@dataclass(frozen=True, eq=False)
class Case:
    """The evidence of one brain, and how candidates are taken from it at a scale of thresholds."""

    evidence: Evidence
    cavities: BoolArray
    settings: OutlineSettings
    point: tuple[int, int, int] | None

    def candidates(self, scale: float = 1.0) -> list[Candidate]:
        """Return the candidates, best first; with a seed point those in reach, nearest first."""
        found = find_candidates(self.evidence, self.cavities, self.settings, scale)
        if self.point is None:
            return found
        return nearest_to(found, self.point, self.evidence, self.settings.seed_reach_mm)

    def kept(self, candidates: list[Candidate]) -> list[Candidate]:
        """Return the first candidate and, without a seed point, those that belong to its lesion."""
        best, *others = candidates
        return [best, *(c for c in others if self.point is None and _belongs(c, best))]

    def grown(self, kept: list[Candidate], scale: float = 1.0) -> tuple[BoolArray, BoolArray]:
        """Return rim and necrosis: each body grown to half of its contrast, then filled."""
        evidence, settings = self.evidence, self.settings
        spacing = evidence.grid.spacing
        rim = np.logical_or.reduce([_half_contrast(c, evidence, settings, scale) for c in kept])
        bodies = np.logical_or.reduce([c.body for c in kept])
        dark = fill_necrosis(
            rim,
            evidence.brain,
            spacing,
            closing_mm=settings.closing_mm,
            largest_ml=settings.largest_hole_ml,
        )
        dark |= self.cavities & bodies & ~rim
        whole = hysteresis(bodies, opened(rim | dark, SMALLEST_MM, spacing))
        return rim & whole, dark & whole

    def captured(self, whole: BoolArray) -> float:
        """Return the share of one-sided enhancement near the lesion that the outline holds.

        NaN without a midplane or abnormal FLAIR: then vessels cannot be told from what is missed.
        """
        evidence, settings = self.evidence, self.settings
        if not evidence.has_midplane or evidence.lesion is None:
            return float("nan")
        near = dilate(evidence.lesion, CAPTURE_MM, evidence.grid.spacing)
        bright = bright_voxels(evidence, settings) & near & (evidence.asymmetry > ONE_SIDED_Z)
        if not bright.any():
            return 1.0
        return float(np.mean(dilate(whole, 2.0, evidence.grid.spacing)[bright]))

    def stability(self) -> float:
        """Return the Dice overlap of the outlines at 15 % lower and 15 % higher thresholds."""
        masks = []
        for scale in (1 - VARIATION, 1 + VARIATION):
            candidates = self.candidates(scale)
            if not candidates:
                return 0.0
            rim, dark = self.grown(self.kept(candidates), scale)
            masks.append(rim | dark)
        total = sum(np.count_nonzero(mask) for mask in masks)
        return 2 * np.count_nonzero(masks[0] & masks[1]) / total if total else 0.0


def _belongs(candidate: Candidate, best: Candidate) -> bool:
    """Tell whether a body is as well supported by FLAIR and asymmetry as the best one is."""
    if np.isnan(candidate.in_lesion) or np.isnan(candidate.asymmetric):
        return False
    supported = candidate.in_lesion > 0.4 and candidate.asymmetric > 0.5
    return supported and candidate.score > SHARE_OF_BEST * best.score


def _half_contrast(
    candidate: Candidate, evidence: Evidence, settings: OutlineSettings, scale: float
) -> BoolArray:
    """Return voxels near a body above half way from its surroundings to its bright part."""
    spacing = evidence.grid.spacing
    box = grown_box(candidate.body, 12.0, spacing)
    body, strength = candidate.body[box], evidence.strength[box]
    brain = evidence.brain[box]
    around = dilate(body, 9.0, spacing) & ~dilate(body, 3.0, spacing) & brain
    bright = body & (strength > settings.low_z * scale)
    peak = float(np.percentile(strength[bright if bright.any() else body], 75))
    ground = float(np.median(strength[around])) if around.any() else 0.0
    limit = np.clip((peak + ground) / 2, settings.low_z / 2, settings.high_z) * scale
    allowed = (strength > limit) & brain & dilate(body, GROW_MM, spacing)
    grown = np.zeros(candidate.body.shape, dtype=bool)
    grown[box] = hysteresis(body, allowed)
    return grown
