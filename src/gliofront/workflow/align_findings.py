"""What speaks against a pair of visits, or against the alignment of the two."""

from __future__ import annotations

import numpy as np

from gliofront.alignment.longitudinal import LongitudinalAlignment
from gliofront.alignment.mirror import mirror_finding
from gliofront.alignment.quality import quality_finding
from gliofront.alignment.transforms import Matrix, inverse
from gliofront.foundation.findings import Finding, Level
from gliofront.image.grid import Grid
from gliofront.image.resample import resample_labels
from gliofront.image.volume import BoolArray, LabelVolume
from gliofront.regions.fluid import fluid_like
from gliofront.regions.morphology import dilate
from gliofront.workflow.align_regions import PairRegions
from gliofront.workflow.align_settings import PairSettings
from gliofront.workflow.align_visit import ReadyVisit

_RIM_MM = 4.0
"""Two brain masks of one head may differ by this much at the surface: assumed."""


def moved(mask: BoolArray, source: Grid, target: Grid, pull: Matrix) -> BoolArray:
    """Return a region on another grid.

    Parameters
    ----------
    pull : (4, 4) from the target's world to the source's, RAS mm.
    """
    labels = LabelVolume.from_mask(source, mask, "it")
    return resample_labels(labels, target, pull=pull).mask("it")


def covered_share(before: ReadyVisit, after: ReadyVisit, pull: Matrix) -> float:
    """Return the share of the brain before surgery that the follow-up shows, 0 to 1."""
    seen = dilate(after.brain, _RIM_MM, after.grid.spacing)
    there = moved(seen, after.grid, before.grid, pull)
    return float(np.mean(there[before.brain]))


def pair_findings(
    before: ReadyVisit, after: ReadyVisit, pull: Matrix, quality: float, settings: PairSettings
) -> list[Finding]:
    """Tell of two scans that are not of one patient, one side or one field of view.

    Parameters
    ----------
    pull : (4, 4), the rigid alignment, pre-operative world to that of the follow-up, RAS mm.
    quality : its sharpness.
    """
    subject, how = str(after.read.files.t1c), settings.rigid
    findings = [
        quality_finding(quality, subject, how),
        mirror_finding(before.t1c, after.t1c, pull, before.brain, subject, how),
        _coverage_finding(covered_share(before, after, pull), subject, settings),
    ]
    return [finding for finding in findings if finding]


def _coverage_finding(share: float, subject: str, settings: PairSettings) -> Finding | None:
    if share >= settings.checks.least_covered:
        return None
    return Finding(
        Level.WARNING,
        "brain-out-of-view",
        subject,
        f"it covers {share:.0%} of the brain before surgery; progression beyond is not seen",
        "give a follow-up scan of the whole brain, or leave the rest out of what you conclude",
    )


def region_findings(
    before: ReadyVisit,
    after: ReadyVisit,
    pull: Matrix,
    regions: PairRegions,
    settings: PairSettings,
) -> list[Finding]:
    """Tell of visits that do not follow from each other; ``pull`` as for `pair_findings`."""
    findings: list[Finding] = []
    if not (regions.cavity.mask.any() or regions.lesion.mask.any()):
        findings.append(_nothing_after(str(after.read.files.t1c)))
    first, second = fluid_shares(before, after, pull, regions, settings)
    limits = settings.checks
    if first >= limits.swapped_fluid and second <= limits.swapped_left * first:
        findings.append(_swapped(first, second, str(before.read.files.t1c)))
    return findings


def fluid_shares(
    before: ReadyVisit,
    after: ReadyVisit,
    pull: Matrix,
    regions: PairRegions,
    settings: PairSettings,
) -> tuple[float, float]:
    """Return which shares of the lesions of both visits are like fluid before and after, 0 to 1."""
    tumour, lesion = regions.tumour.mask, regions.lesion.mask
    here = tumour | moved(lesion, after.grid, before.grid, pull)
    there = lesion | moved(tumour, before.grid, after.grid, inverse(pull))
    return (
        _share(fluid_like(before.t1c, before.brain, settings.treated), here & before.brain),
        _share(fluid_like(after.t1c, after.brain, settings.treated), there & after.brain),
    )


def _share(fluid: BoolArray, region: BoolArray) -> float:
    return float(np.mean(fluid[region])) if region.any() else float("nan")


def _nothing_after(subject: str) -> Finding:
    return Finding(
        Level.WARNING,
        "nothing-at-follow-up",
        subject,
        "neither a cavity nor enhancement is known at follow-up: the tumour cannot be put onto "
        "what is left of it, and there is no progression to show",
        "look at the scan; if there is one, give --cavity-post FILE or --lesion-post FILE; check "
        "that the two scans are not exchanged",
    )


def _swapped(first: float, second: float, subject: str) -> Finding:
    return Finding(
        Level.WARNING,
        "timepoints-swapped",
        subject,
        f"where either scan shows a lesion, {first:.0%} is dark as fluid in the scan given as "
        f"before surgery and {second:.0%} in the follow-up: this looks like a cavity before the "
        "operation",
        "compare the dates of the two scans; the one before surgery comes first",
    )


def field_findings(
    found: LongitudinalAlignment, subject: str, settings: PairSettings
) -> list[Finding]:
    """Tell of a movement that no tissue makes, or that there and back misses."""
    findings = []
    mend = "look at flicker.png there; check lesion and cavity, or try another --preset"
    if found.folded:
        problem = (
            f"the alignment folds tissue at {found.folded} points of its grid in the brain "
            f"(smallest Jacobian {found.smallest_jacobian:.2f})"
        )
        findings.append(Finding(Level.WARNING, "folded", subject, problem, mend))
    if not found.inverse_mm <= settings.checks.most_inverse_mm:
        problem = f"there and back misses by up to {found.inverse_mm:.2f} mm in the brain"
        findings.append(Finding(Level.WARNING, "inverse-miss", subject, problem, mend))
    return findings
