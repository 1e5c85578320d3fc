"""Where the tumour came back, from the scan at progression, on the grid before surgery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gliofront.alignment.longitudinal import LongitudinalAlignment, align_visits
from gliofront.alignment.mirror import mirror_finding
from gliofront.alignment.quality import quality_finding
from gliofront.alignment.rigid import register_rigid
from gliofront.alignment.transforms import Matrix, inverse
from gliofront.alignment.two_stage_search import Visit
from gliofront.alignment.two_visits import ToFollowUp
from gliofront.cohort.labels import CAVITY, ENHANCING
from gliofront.cohort.sequences import REFERENCE, SEQUENCES
from gliofront.foundation.findings import Finding, Level
from gliofront.image.grid import Grid
from gliofront.image.resample import resample_labels, resample_volume
from gliofront.image.volume import BoolArray, Float32Array, LabelVolume, Volume
from gliofront.regions.progression import (
    progression_parts,
    progression_share,
    progression_target,
)
from gliofront.regions.treated import outline_treated
from gliofront.workflow.intake import Intake
from gliofront.workflow.preparation import native_brain
from gliofront.workflow.prepared import Prepared
from gliofront.workflow.settings import StudySettings
from gliofront.workflow.visit_images import images_on_t1c

LEAST_IN_VIEW = 0.8
_SUBJECT = "follow-up {}"


@dataclass(frozen=True, eq=False)
class Progressed:
    """What the scan at progression tells, on the working grid.

    Parameters
    ----------
    found : how it lies on the brain before surgery.
    after : that visit, on the grid of its T1C.
    progression : (X, Y, Z), enhancing then and not before, in the brain.
    share : (X, Y, Z), of the repeats of the alignment in which a voxel progressed, 0 to 1.
    parts : where it lies: local, beyond, distant.
    cavity : (X, Y, Z).
    t1c : the T1C of that visit, on the working grid.
    findings : what was odd.
    """

    found: LongitudinalAlignment
    after: Visit
    progression: BoolArray
    share: Float32Array
    parts: LabelVolume
    cavity: BoolArray
    t1c: Volume
    findings: tuple[Finding, ...]


def find_progression(settings: StudySettings, prepared: Prepared, intake: Intake) -> Progressed:
    """Align the scan at progression to a prepared patient and find where the tumour came back.

    Parameters
    ----------
    prepared : the visit before surgery.
    intake : of the visit at progression; masks or labels of cavity and enhancement go before our
        own outline.

    Raises
    ------
    InputRefused
        If the follow-up is neither skull-stripped nor has a brain mask.
    """
    native, findings = native_brain(intake)
    brain = native.mask("brain")
    weighted = {name: scan for name, scan in intake.scans.items() if SEQUENCES[name].is_weighted}
    subjects = {name: _SUBJECT.format(name) for name in weighted}
    images, seen = images_on_t1c(weighted, brain, settings.alignment, settings.bias, subjects)
    findings = [*findings, *seen]
    before = _before(prepared)
    rigid = register_rigid(
        before.images[REFERENCE],
        images[REFERENCE],
        fixed_mask=before.brain,
        settings=settings.alignment,
    )
    subject = subjects[REFERENCE]
    findings += [
        finding
        for finding in (
            quality_finding(rigid.quality, subject, settings.alignment),
            mirror_finding(
                before.images[REFERENCE],
                images[REFERENCE],
                rigid.pull,
                before.brain,
                subject,
                settings.alignment,
            ),
            _view_finding(before, brain, images[REFERENCE].grid, rigid.pull),
        )
        if finding
    ]
    after, seen = _after(settings, intake, images, brain, before, rigid.pull)
    found = align_visits(before, after, settings.longitudinal, rigid=rigid)
    return _told(prepared, before, after, found, [*findings, *seen, *_alignment_findings(found)])


def _before(prepared: Prepared) -> Visit:
    weighted = {n: volume for n, volume in prepared.maps.items() if SEQUENCES[n].is_weighted}
    tumour = prepared.masks["enhancing"]
    return Visit(weighted, prepared.masks["brain"], tumour, np.zeros_like(tumour))


def _after(
    settings: StudySettings,
    intake: Intake,
    images: Mapping[str, Volume],
    brain: BoolArray,
    before: Visit,
    pull: Matrix,
) -> tuple[Visit, list[Finding]]:
    """Return the follow-up with cavity and enhancement, given or outlined by ourselves."""
    given = _given_regions(intake)
    findings: list[Finding] = []
    if len(given) < 2:
        grid = images[REFERENCE].grid
        tumour = LabelVolume.from_mask(before.grid, before.enhancing, "tumour")
        there = resample_labels(tumour, grid, pull=inverse(pull)).mask("tumour")
        own = outline_treated(
            images[REFERENCE],
            brain,
            there,
            t1=images.get("T1"),
            before=resample_volume(before.images[REFERENCE], grid, pull=inverse(pull)),
            settings=settings.treated,
        )
        outlined = {"cavity": own.cavity, "enhancing": own.enhancing}
        missing = sorted(outlined.keys() - given.keys())
        text = f"{' and '.join(missing)} at follow-up outlined by ourselves"
        mend = "look at the picture, or give labels of the follow-up"
        findings.append(Finding(Level.WARNING, "ungraded-outline", "follow-up", text, mend))
        given = outlined | given
    if not given["cavity"].any() and not given["enhancing"].any():
        text = "neither a cavity nor enhancement was found on it"
        mend = "check that it is the scan after treatment, or give labels of it"
        findings.append(Finding(Level.WARNING, "nothing-at-follow-up", "follow-up", text, mend))
    return Visit(images, brain, given["enhancing"], given["cavity"]), findings


def _given_regions(intake: Intake) -> dict[str, BoolArray]:
    """Return the regions that masks or labels tell; labels without a cavity tell of none."""
    found = {
        name: intake.masks[name].mask(name)
        for name in ("cavity", "enhancing")
        if name in intake.masks
    }
    if intake.tumour is None:
        return found
    named = {"enhancing": ENHANCING}
    if CAVITY in intake.tumour.names.values():
        named["cavity"] = CAVITY
    return {name: intake.tumour.mask(label) for name, label in named.items()} | found


def _view_finding(before: Visit, brain: BoolArray, grid: Grid, pull: Matrix) -> Finding | None:
    """Warn where the follow-up shows too little of the brain."""
    there = resample_labels(
        LabelVolume.from_mask(grid, brain, "brain"), before.grid, pull=pull
    ).mask("brain")
    share = float(np.mean(there[before.brain]))
    if share >= LEAST_IN_VIEW:
        return None
    return Finding(
        Level.WARNING,
        "brain-out-of-view",
        "follow-up",
        f"it shows {share:.0%} of the brain",
        "progression outside its view is unknown; use a scan of the whole brain",
    )


def _alignment_findings(found: LongitudinalAlignment) -> list[Finding]:
    text = f"aligned by: {found.chosen}"
    findings = [Finding(Level.NOTE, "follow-up-aligned", "follow-up", text)]
    if found.folded:
        problem = f"the alignment folds {found.folded} voxels of the brain"
        mend = "do not use the label of this patient before looking at the picture"
        findings.append(Finding(Level.WARNING, "folded", "follow-up", problem, mend))
    return findings


def _told(
    prepared: Prepared,
    before: Visit,
    after: Visit,
    found: LongitudinalAlignment,
    findings: list[Finding],
) -> Progressed:
    def target(way: ToFollowUp) -> BoolArray:
        there = way.mask_onto(after.enhancing, after.grid, prepared.grid)
        return progression_target(there, before.enhancing, before.brain)

    progression = target(found.visits)
    return Progressed(
        found,
        after,
        progression,
        progression_share(target(way) for way in found.variants),
        progression_parts(progression, before.enhancing, prepared.grid),
        found.visits.mask_onto(after.cavity, after.grid, prepared.grid),
        found.visits.volume_onto(after.images[REFERENCE], prepared.grid),
        tuple(findings),
    )
