"""Two scans of one patient, before surgery and at follow-up: from files to files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from threadpoolctl import threadpool_limits

from gliofront.alignment.longitudinal import LongitudinalAlignment, align_visits
from gliofront.alignment.rigid import register_rigid
from gliofront.alignment.transforms import inverse
from gliofront.foundation.findings import Finding
from gliofront.image.resample import resample_volume
from gliofront.workflow.align.carried import CarriedPoints, apart_finding, carry
from gliofront.workflow.align.files import save_pair
from gliofront.workflow.align.points import outside_finding, read_pairs
from gliofront.workflow.align.reading import read_visit
from gliofront.workflow.align.regions import (
    PairRegions,
    outline_findings,
    regions_after,
    tumour_before,
)
from gliofront.workflow.align.request import AlignRequest
from gliofront.workflow.align.result import PairResult
from gliofront.workflow.align.settings import PairSettings
from gliofront.workflow.align.visit import ReadyVisit, make_ready
from gliofront.workflow.staging import refuse_existing, staged
from gliofront.workflow.visit_checks import (
    field_findings,
    moved,
    nothing_finding,
    order_finding,
    pair_findings,
)

STEPS = ("read and verify", "visit before surgery", "follow-up", "two stages", "files")

Told = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class AlignedPair:
    """What was made: the files, and all that is known of the two visits."""

    files: tuple[Path, ...]
    result: PairResult


def align_pair(request: AlignRequest, told: Told = lambda step: None) -> AlignedPair:
    """Align a follow-up scan to the scan before surgery, and write what came of it, or nothing.

    Parameters
    ----------
    told : told each of `STEPS` once it is done.

    Raises
    ------
    UsageRefused
        If an output of the same name exists.
    InputRefused
        If a file cannot be trusted, a brain is not known, or the tumour before surgery is neither
        given nor found; nothing was written.
    """
    refuse_existing(request.files)
    # Sums by several threads are made in an order that the machine decides.
    with threadpool_limits(limits=1):
        result = _aligned(request, told)
        with staged(request.out) as stage:
            save_pair(stage, result, request)
    told(STEPS[-1])
    return AlignedPair(request.files, result)


def _aligned(request: AlignRequest, told: Told) -> PairResult:
    settings = request.settings
    reads = [read_visit(files, request.orientation) for files in (request.before, request.after)]
    pairs = read_pairs(request)
    told(STEPS[0])
    before = make_ready(reads[0], settings)
    tumour = tumour_before(before, settings)
    told(STEPS[1])
    after = make_ready(reads[1], settings)
    rigid = register_rigid(before.t1c, after.t1c, fixed_mask=before.brain, settings=settings.rigid)
    there = moved(tumour.mask, before.grid, after.grid, inverse(rigid.pull))
    was = resample_volume(before.t1c, after.grid, pull=inverse(rigid.pull))
    regions = PairRegions(tumour, *regions_after(after, there, was, settings))
    told(STEPS[2])
    found = align_visits(
        before.visit(tumour.mask),
        after.visit(regions.lesion.mask, regions.cavity.mask),
        settings.visits,
        rigid=rigid,
    )
    told(STEPS[3])
    points = None if pairs is None else carry(pairs, found.visits)
    findings = (
        *(finding for visit in (before, after) for finding in visit.read.findings),
        *(finding for visit in (before, after) for finding in visit.findings),
        *_point_findings(points, before, after, request),
        *_findings(before, after, regions, found, settings),
    )
    return PairResult(before, after, regions, found, points, findings)


def _findings(
    before: ReadyVisit,
    after: ReadyVisit,
    regions: PairRegions,
    found: LongitudinalAlignment,
    settings: PairSettings,
) -> list[Finding]:
    subject, rigid, checks = str(after.read.files.t1c), found.rigid, settings.checks
    tumour, cavity, lesion = regions.tumour.mask, regions.cavity.mask, regions.lesion.mask
    first = str(before.read.files.t1c)
    of_regions = (
        nothing_finding(cavity, lesion, subject),
        order_finding(before, after, rigid.pull, tumour, lesion, first, checks, settings.treated),
    )
    return [
        *outline_findings(regions, subject),
        *pair_findings(before, after, rigid.pull, rigid.quality, subject, settings.rigid, checks),
        *(finding for finding in of_regions if finding),
        *field_findings(found, subject, checks),
    ]


def _point_findings(
    points: CarriedPoints | None, before: ReadyVisit, after: ReadyVisit, request: AlignRequest
) -> list[Finding]:
    if points is None:
        return []
    given = ((points.pairs.before, before), (points.pairs.after, after))
    found = [
        outside_finding(those, visit.brain, visit.grid, request.convention, visit.read.files)
        for those, visit in given
        if those is not None
    ]
    most = request.settings.checks.most_point_mm
    found.append(apart_finding(points, most, str(request.after.points)))
    return [finding for finding in found if finding]
