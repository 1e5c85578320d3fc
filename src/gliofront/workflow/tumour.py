"""The step that finds the enhancing tumour: from given labels, else by our own outline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.ndimage import binary_fill_holes

from gliofront.cohort.labels import ENHANCING, NECROSIS, OEDEMA
from gliofront.cohort.patient import Patient
from gliofront.cohort.sequences import REFERENCE
from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level
from gliofront.image.grid import Grid
from gliofront.image.resample import resample_labels
from gliofront.image.volume import BoolArray, Volume
from gliofront.regions.enhancing import Outline, outline_enhancing
from gliofront.regions.labels_check import enhancing_brightens
from gliofront.regions.midplane import Plane
from gliofront.workflow.intake import Intake
from gliofront.workflow.settings import StudySettings


@dataclass(frozen=True)
class Tumour:
    """The tumour before surgery, on the working grid.

    Parameters
    ----------
    region : (X, Y, Z) enhancing tumour with all that it encloses.
    necrosis, oedema : where known.
    facts : where the outline comes from and how far it is to be trusted, for the sidecar.
    """

    region: BoolArray
    necrosis: BoolArray | None
    oedema: BoolArray | None
    facts: Mapping[str, Any] = field(default_factory=dict)


def dice(one: BoolArray, other: BoolArray) -> float:
    """Return the Dice overlap of two masks of one shape; NaN if both are empty.

    >>> round(dice(np.array([True, True]), np.array([True, False])), 3)
    0.667
    """
    both = int(np.count_nonzero(one) + np.count_nonzero(other))
    return 2 * int(np.count_nonzero(one & other)) / both if both else float("nan")


def _filled(mask: BoolArray) -> BoolArray:
    return np.asarray(binary_fill_holes(mask))


def given_tumour(intake: Intake, grid: Grid) -> Tumour | None:
    """Return the tumour that the user gave, on the working grid; None if none was given."""
    if intake.tumour is not None:
        labels = resample_labels(intake.tumour, grid)
        region = _filled(labels.mask(ENHANCING, NECROSIS))
        oedema = labels.mask(OEDEMA) & ~region if OEDEMA in labels.names.values() else None
        necrosis = region & ~labels.mask(ENHANCING)
        return Tumour(region, necrosis, oedema, {"Outline": "given labels"})
    if "enhancing" in intake.masks:
        region = _filled(resample_labels(intake.masks["enhancing"], grid).mask("enhancing"))
        return Tumour(region, None, None, {"Outline": "given mask"})
    return None


def _believed(tumour: Tumour, rough: Mapping[str, Volume], brain: BoolArray) -> list[Finding]:
    if not (tumour.region & brain).any():
        raise InputRefused(
            "tumour labels", "no enhancing tumour lies in the brain mask", "check both masks"
        )
    rim = tumour.region if tumour.necrosis is None else tumour.region & ~tumour.necrosis
    finding = enhancing_brightens(rough[REFERENCE], rim, tumour.region, brain, t1=rough.get("T1"))
    return [finding] if finding else []


def _outline_findings(outline: Outline, seeded: bool, subject: str) -> list[Finding]:
    reasons = "; ".join(outline.reasons)
    mend = "give labels of a trained segmenter (labels=FILE) or an enhancing mask (enhancing=FILE)"
    if outline.grade == "refused" and not (seeded and outline.enhancing.any()):
        problem = f"our own outline of the enhancing tumour cannot be trusted: {reasons}"
        point = "or a point in the tumour (--tumour-point X,Y,Z in RAS mm)"
        raise InputRefused(subject, problem, f"{mend}, {point}")
    if outline.grade == "good":
        text = f"enhancing tumour outlined by ourselves, confidence {outline.confidence:.2f}"
        return [Finding(Level.NOTE, "own-outline", subject, text)]
    judged = "taken for the given point alone" if outline.grade == "refused" else "doubtful"
    problem = f"our own outline of the enhancing tumour is {judged}: {reasons}"
    return [Finding(Level.WARNING, "doubtful-outline", subject, problem, f"look at it, or {mend}")]


def _own_tumour(outline: Outline, given: Tumour | None) -> Tumour:
    facts: dict[str, Any] = {
        "Outline": "own",
        "OutlineGrade": outline.grade,
        "OutlineConfidence": round(outline.confidence, 3),
        "OutlineReasons": list(outline.reasons),
    }
    if given is not None:
        facts["OutlineDiceAgainstGiven"] = round(dice(outline.enhancing, given.region), 4)
    return Tumour(outline.enhancing, outline.necrosis, None, facts)


def find_tumour(
    settings: StudySettings,
    *,
    patient: Patient,
    intake: Intake,
    grid: Grid,
    rough: Mapping[str, Volume],
    brain: BoolArray,
    midplane: Plane,
) -> dict[str, Any]:
    """Take the given tumour, or outline it.

    Returns
    -------
    ``tumour`` : Tumour.

    Raises
    ------
    InputRefused
        If the given labels lie outside the brain, or our own outline cannot be trusted and no
        point in the tumour is given.
    """
    given = given_tumour(intake, grid)
    if given is not None and settings.intake.outline == "labels":
        return {"tumour": given, "findings": _believed(given, rough, brain)}
    outline = outline_enhancing(
        rough[REFERENCE],
        brain,
        t1=rough.get("T1"),
        flair=rough.get("FLAIR"),
        plane=midplane,
        seed_point=patient.tumour_point,
        settings=settings.regions.outline,
    )
    seeded = patient.tumour_point is not None
    findings = _outline_findings(outline, seeded, f"sub-{patient.id}")
    return {"tumour": _own_tumour(outline, given), "findings": findings}
