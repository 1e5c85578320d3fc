"""How far an alignment can be trusted, from the images alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gliofront.alignment.settings import AlignmentSettings
from gliofront.alignment.similarity import (
    Comparison,
    compare,
    mutual_information,
    normalised_mutual_information,
)
from gliofront.alignment.transforms import Matrix, rigid_matrix
from gliofront.foundation.findings import Finding, Level
from gliofront.image.volume import BoolArray, Volume

_SHIFT_MM = 8.0
_TURN_DEGREES = 8.0
_LEVEL_MM = 2.0


@dataclass(frozen=True)
class Quality:
    """How well two images agree at a pose.

    Parameters
    ----------
    sharpness : 1 minus the mean mutual information at twelve displaced poses over that at the
        pose: near 1 at a high and narrow optimum, near or below 0 where there is none. On real
        gliomas 0.54 to 0.72; 0.2 to 0.46 when 5 mm off; below 0.4 for another patient's brain.
    nmi : normalised mutual information in the brain, 1 (unrelated) to 2.
    overlap : share of the brain that the moving image covers.
    """

    sharpness: float
    nmi: float
    overlap: float


def _displacements(comparison: Comparison) -> list[Matrix]:
    """Return shifts by 8 mm and turns by 8 degrees along and about each axis, both ways."""
    still = np.zeros(3)
    units = [sign * axis for axis in np.eye(3) for sign in (-1.0, 1.0)]
    shifts = [rigid_matrix(still, _SHIFT_MM * unit) for unit in units]
    turns = [rigid_matrix(_TURN_DEGREES * unit, still, comparison.centre) for unit in units]
    return shifts + turns


def measure_quality(
    fixed: Volume, moving: Volume, pull: Matrix, mask: BoolArray, settings: AlignmentSettings
) -> Quality:
    """Measure how well two images agree at a pose, inside the brain only.

    Parameters
    ----------
    pull : (4, 4) from the fixed image's world to the moving image's, RAS mm.
    mask : the brain on the fixed grid; without a margin, so that the outline of a stripped
        brain, which agrees for any two brains, does not count.

    Returns
    -------
    Quality
        All NaN but the overlap where the moving image covers none of the brain.

    Raises
    ------
    InputRefused
        If the mask is empty, or an image is constant there.
    """
    comparison = compare(
        fixed,
        moving,
        mask,
        level_mm=_LEVEL_MM,
        samples=settings.samples,
        bins=settings.bins,
        near=pull,
        seed=settings.seed,
    )
    joint, overlap = comparison.histogram(pull)
    here = mutual_information(joint)
    if here <= 0.0:
        return Quality(float("nan"), float("nan"), overlap)
    moved = [comparison.histogram(pull @ away)[0] for away in _displacements(comparison)]
    there = float(np.mean([mutual_information(joint) for joint in moved]))
    return Quality(1.0 - there / here, normalised_mutual_information(joint), overlap)


def quality_finding(quality: float, subject: str, settings: AlignmentSettings) -> Finding | None:
    """Warn where the sharpness of an alignment is below the level of the settings, or undefined."""
    if quality >= settings.quality_warning:
        return None
    seen = "undefined" if np.isnan(quality) else f"{quality:.2f}"
    return Finding(
        Level.WARNING,
        "doubtful-alignment",
        subject,
        f"its alignment onto the T1C image is doubtful: sharpness {seen}, "
        f"expected at least {settings.quality_warning:.2f}",
        "look at the two images on each other; check that they show the same patient and brain",
    )
