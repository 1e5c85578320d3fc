"""Where the tumour came back, from the scan at progression, on the grid before surgery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gliofront.alignment.longitudinal import LongitudinalAlignment, align_visits, chosen_text
from gliofront.alignment.rigid import register_rigid
from gliofront.alignment.transforms import Matrix, inverse
from gliofront.alignment.two_stage_search import Visit
from gliofront.alignment.two_visits import ToFollowUp, rigid_visits
from gliofront.cohort.labels import CAVITY, ENHANCING
from gliofront.cohort.sequences import REFERENCE, SEQUENCES
from gliofront.foundation.findings import Finding, Level
from gliofront.image.resample import resample_labels, resample_volume
from gliofront.image.volume import BoolArray, Float32Array, LabelVolume, Volume
from gliofront.regions.morphology import dilate
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
from gliofront.workflow.visit_checks import (
    RIM_MM,
    field_findings,
    nothing_finding,
    order_finding,
    pair_findings,
)
from gliofront.workflow.visit_images import images_on_t1c

_SUBJECT = "follow-up {}"


@dataclass(frozen=True, eq=False)
class Progressed:
    """What the scan at progression tells, on the working grid.

    Parameters
    ----------
    brain : before surgery, (X, Y, Z).
    found : how it lies on the brain before surgery.
    after : that visit, on the grid of its T1C.
    progression : (X, Y, Z), enhancing then and not before, in the brain.
    share : (X, Y, Z), of the repeats of the alignment in which a voxel progressed, 0 to 1.
    parts : where it lies: local, beyond, distant.
    cavity : (X, Y, Z).
    seen : (X, Y, Z), the brain that the scan shows; beyond, nothing is known.
    rigid_t1c, rigid_cavity : the T1C and the cavity as turned only, to compare.
    t1c : the T1C of that visit, on the working grid.
    findings : what was odd.
    """

    brain: BoolArray
    found: LongitudinalAlignment
    after: Visit
    progression: BoolArray
    share: Float32Array
    parts: LabelVolume
    cavity: BoolArray
    seen: BoolArray
    t1c: Volume
    rigid_t1c: Volume
    rigid_cavity: BoolArray
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
    after, seen = _after(settings, intake, images, brain, before, rigid.pull)
    found = align_visits(before, after, settings.longitudinal, rigid=rigid)
    findings += [*seen, *_findings(settings, before, after, found)]
    return _told(prepared, before, after, found, findings)


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


def _findings(
    settings: StudySettings, before: Visit, after: Visit, found: LongitudinalAlignment
) -> list[Finding]:
    subject, rigid, checks = _SUBJECT.format(REFERENCE), found.rigid, settings.visit_checks
    of_regions = (
        nothing_finding(after.cavity, after.enhancing, subject),
        order_finding(
            before,
            after,
            rigid.pull,
            before.enhancing,
            after.enhancing,
            subject,
            checks,
            settings.treated,
        ),
    )
    how = Finding(Level.NOTE, "follow-up-aligned", subject, chosen_text(found.chosen))
    return [
        *pair_findings(
            before, after, rigid.pull, rigid.quality, subject, settings.alignment, checks
        ),
        *(finding for finding in of_regions if finding),
        *field_findings(found, subject, checks),
        how,
    ]


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
    grid = prepared.grid
    # Two brain masks of one head differ at the surface, which must not count as unseen.
    shown = dilate(after.brain, RIM_MM, after.grid.spacing)
    turned = rigid_visits(found.visits.rigid, grid)
    return Progressed(
        brain=before.brain,
        found=found,
        after=after,
        progression=progression,
        share=progression_share(target(way) for way in found.variants),
        parts=progression_parts(progression, before.enhancing, grid),
        cavity=found.visits.mask_onto(after.cavity, after.grid, grid),
        seen=found.visits.mask_onto(shown, after.grid, grid) & before.brain,
        t1c=found.visits.volume_onto(after.t1c, grid),
        rigid_t1c=turned.volume_onto(after.t1c, grid),
        rigid_cavity=turned.mask_onto(after.cavity, after.grid, grid),
        findings=tuple(findings),
    )
