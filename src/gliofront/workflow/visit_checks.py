"""What speaks against two visits of a patient, or against the alignment of the two."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from pydantic import Field

from gliofront.alignment.longitudinal import LongitudinalAlignment
from gliofront.alignment.mirror import mirror_finding
from gliofront.alignment.quality import quality_finding
from gliofront.alignment.settings import AlignmentSettings
from gliofront.alignment.transforms import Matrix, inverse
from gliofront.foundation.findings import Finding, Level
from gliofront.foundation.settings import Settings
from gliofront.image.grid import Grid
from gliofront.image.resample import resample_labels
from gliofront.image.volume import BoolArray, LabelVolume, Volume
from gliofront.regions.fluid import fluid_like
from gliofront.regions.morphology import dilate
from gliofront.regions.treated_settings import TreatedSettings

RIM_MM = 4.0
"""Two brain masks of one head may differ by this much at the surface: assumed."""


class VisitChecks(Settings):
    """From where on a pair of visits is reported; all but the first assumed."""

    least_covered: float = Field(
        default=0.8,
        ge=0.0,
        le=1.0,
        description="Share of the brain before surgery that the follow-up has to cover.",
    )
    most_inverse_mm: float = Field(
        default=1.0, gt=0.0, le=10.0, description="By how much there and back may miss, mm."
    )
    swapped_fluid: float = Field(
        default=0.12,
        gt=0.0,
        le=1.0,
        description="Share of the lesions of both visits that is like fluid before surgery, "
        "from which on the two visits may be exchanged.",
    )
    swapped_left: float = Field(
        default=0.35,
        ge=0.0,
        le=1.0,
        description="If at follow-up no more than this part of that share is like fluid.",
    )


class Head(Protocol):
    """What the checks look at."""

    @property
    def t1c(self) -> Volume:
        """The bias-corrected T1C."""

    @property
    def brain(self) -> BoolArray:
        """The brain on its grid, (X, Y, Z)."""

    @property
    def grid(self) -> Grid:
        """The grid of both."""


def moved(mask: BoolArray, source: Grid, target: Grid, pull: Matrix) -> BoolArray:
    """Return a region on another grid.

    Parameters
    ----------
    pull : (4, 4) from the target's world to the source's, RAS mm.
    """
    labels = LabelVolume.from_mask(source, mask, "it")
    return resample_labels(labels, target, pull=pull).mask("it")


def covered_share(before: Head, after: Head, pull: Matrix) -> float:
    """Return the share of the brain before surgery that the follow-up shows, 0 to 1."""
    seen = dilate(after.brain, RIM_MM, after.grid.spacing)
    there = moved(seen, after.grid, before.grid, pull)
    return float(np.mean(there[before.brain]))


def pair_findings(
    before: Head,
    after: Head,
    pull: Matrix,
    quality: float,
    subject: str,
    how: AlignmentSettings,
    checks: VisitChecks,
) -> list[Finding]:
    """Tell of two scans that are not of one patient, one side or one field of view.

    Parameters
    ----------
    pull : (4, 4), the rigid alignment, pre-operative world to that of the follow-up, RAS mm.
    quality : its sharpness.
    subject : what the findings call the follow-up.
    """
    findings = [
        quality_finding(quality, subject, how),
        mirror_finding(before.t1c, after.t1c, pull, before.brain, subject, how),
        _coverage_finding(covered_share(before, after, pull), subject, checks),
    ]
    return [finding for finding in findings if finding]


def _coverage_finding(share: float, subject: str, checks: VisitChecks) -> Finding | None:
    if share >= checks.least_covered:
        return None
    return Finding(
        Level.WARNING,
        "brain-out-of-view",
        subject,
        f"it covers {share:.0%} of the brain before surgery; progression beyond is not seen",
        "give a follow-up scan of the whole brain, or leave the rest out of what you conclude",
    )


def nothing_finding(cavity: BoolArray, lesion: BoolArray, subject: str) -> Finding | None:
    """Tell of a follow-up on which nothing of the tumour or its treatment is known."""
    if cavity.any() or lesion.any():
        return None
    return Finding(
        Level.WARNING,
        "nothing-at-follow-up",
        subject,
        "neither a cavity nor enhancement is known at follow-up: the tumour cannot be put onto "
        "what is left of it, and there is no progression to show",
        "look at the scan; if there is one, give a mask of the cavity or of the enhancement; check "
        "that the two scans are not exchanged",
    )


def order_finding(
    before: Head,
    after: Head,
    pull: Matrix,
    tumour: BoolArray,
    lesion: BoolArray,
    subject: str,
    checks: VisitChecks,
    treated: TreatedSettings,
) -> Finding | None:
    """Tell of two visits that look exchanged: what is a cavity later was one before.

    Parameters
    ----------
    pull : as for `pair_findings`.
    tumour, lesion : before surgery and at follow-up, each (X, Y, Z) on the grid of its visit.
    subject : what the finding calls the scan before surgery.
    """
    here = tumour | moved(lesion, after.grid, before.grid, pull)
    there = lesion | moved(tumour, before.grid, after.grid, inverse(pull))
    first = _share(fluid_like(before.t1c, before.brain, treated), here & before.brain)
    second = _share(fluid_like(after.t1c, after.brain, treated), there & after.brain)
    if not (first >= checks.swapped_fluid and second <= checks.swapped_left * first):
        return None
    return Finding(
        Level.WARNING,
        "timepoints-swapped",
        subject,
        f"where either scan shows a lesion, {first:.0%} is dark as fluid in the scan given as "
        f"before surgery and {second:.0%} in the follow-up: this looks like a cavity before the "
        "operation",
        "compare the dates of the two scans; the one before surgery comes first",
    )


def _share(fluid: BoolArray, region: BoolArray) -> float:
    return float(np.mean(fluid[region])) if region.any() else float("nan")


def field_findings(
    found: LongitudinalAlignment, subject: str, checks: VisitChecks
) -> list[Finding]:
    """Tell of a movement that no tissue makes, or that there and back misses."""
    findings = []
    mend = "look at the picture of both visits; check lesion and cavity, or try another preset"
    if found.folded:
        problem = (
            f"the alignment folds tissue at {found.folded} points of its grid in the brain "
            f"(smallest Jacobian {found.smallest_jacobian:.2f})"
        )
        findings.append(Finding(Level.WARNING, "folded", subject, problem, mend))
    if not found.inverse_mm <= checks.most_inverse_mm:
        problem = f"there and back misses by up to {found.inverse_mm:.2f} mm in the brain"
        findings.append(Finding(Level.WARNING, "inverse-miss", subject, problem, mend))
    return findings
