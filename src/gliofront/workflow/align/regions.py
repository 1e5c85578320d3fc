"""Tumour before surgery, cavity and enhancement at follow-up: as given, or our own outline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_fill_holes

from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level
from gliofront.image.resample import crop_grid, resample_labels, resample_volume, working_grid
from gliofront.image.volume import BoolArray, LabelVolume, Volume
from gliofront.regions.enhancing import Outline, outline_enhancing
from gliofront.regions.labels_check import enhancing_brightens
from gliofront.regions.midplane import find_midplane
from gliofront.regions.treated import outline_treated
from gliofront.workflow.align.reading import RIM
from gliofront.workflow.align.settings import PairSettings
from gliofront.workflow.align.visit import ReadyVisit

GIVEN, OWN = "given mask", "own outline"
_AFTER = {"cavity": "cavity", "lesion": "enhancement"}
_MARGIN_MM = 10.0
_GIVE_LESION = "give a mask or labels of the enhancing tumour with --lesion-pre FILE"


@dataclass(frozen=True, eq=False)
class Region:
    """A region on the grid of a visit's T1C, (X, Y, Z), and where it comes from."""

    mask: BoolArray
    origin: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, eq=False)
class PairRegions:
    """Tumour with necrosis before surgery; cavity and what enhances at follow-up."""

    tumour: Region
    cavity: Region
    lesion: Region


def tumour_before(visit: ReadyVisit, settings: PairSettings) -> Region:
    """Return the enhancing tumour with necrosis before surgery.

    Raises
    ------
    InputRefused
        If the given one lies outside the brain, or our own outline cannot be trusted.
    """
    masks = visit.read.masks
    if "lesion" not in masks:
        return _own_tumour(visit, settings)
    filled = np.asarray(binary_fill_holes(masks["lesion"]))
    subject = str(visit.read.files.lesion)
    if not (filled & visit.brain).any():
        raise InputRefused(subject, "no voxel of it lies in the brain", "check both masks")
    if RIM not in masks:
        return Region(filled, GIVEN)
    # Of a mask it is not known what in it is necrosis, which stays dark.
    t1 = visit.images.get("T1")
    seen = enhancing_brightens(visit.t1c, masks[RIM], filled, visit.brain, t1=t1, subject=subject)
    return Region(filled, "given labels", (seen,) if seen else ())


def _own_tumour(visit: ReadyVisit, settings: PairSettings) -> Region:
    """Outline on an isotropic grid, and return the outline on that of the T1C."""
    whole = working_grid(visit.grid, settings.outline_mm)
    native = LabelVolume.from_mask(visit.grid, visit.brain, "brain")
    grid = crop_grid(whole, resample_labels(native, whole).mask("brain"), _MARGIN_MM)
    brain = resample_labels(native, grid).mask("brain")
    images = {name: resample_volume(image, grid) for name, image in visit.images.items()}
    outline = outline_enhancing(
        images["T1C"],
        brain,
        t1=images.get("T1"),
        flair=images.get("FLAIR"),
        plane=find_midplane(images["T1C"], brain),
        settings=settings.outline,
    )
    finding = _outline_finding(outline, str(visit.read.files.t1c))
    found = LabelVolume.from_mask(grid, outline.enhancing, "lesion")
    return Region(resample_labels(found, visit.grid).mask("lesion"), OWN, (finding,))


def _outline_finding(outline: Outline, subject: str) -> Finding:
    """Return how far our own outline is to be trusted; refuse one that is not."""
    reasons = "; ".join(outline.reasons)
    if outline.grade == "refused":
        problem = f"our own outline of the enhancing tumour cannot be trusted: {reasons}"
        raise InputRefused(subject, problem, _GIVE_LESION)
    if outline.grade == "good":
        text = f"enhancing tumour outlined by ourselves, confidence {outline.confidence:.2f}"
        return Finding(Level.NOTE, "own-outline", subject, text)
    problem = f"our own outline of the enhancing tumour is doubtful: {reasons}"
    mend = f"look at it, or {_GIVE_LESION}"
    return Finding(Level.WARNING, "doubtful-outline", subject, problem, mend)


def regions_after(
    visit: ReadyVisit, tumour: BoolArray, before: Volume, settings: PairSettings
) -> tuple[Region, Region]:
    """Return cavity and enhancement at follow-up, each as given or outlined.

    Parameters
    ----------
    tumour : (X, Y, Z), the tumour before surgery, put there by the rigid alignment.
    before : T1C before surgery, put there likewise.
    """
    given = {name: mask for name in _AFTER if (mask := visit.read.masks.get(name)) is not None}
    if len(given) == len(_AFTER):
        return Region(given["cavity"], GIVEN), Region(given["lesion"] & ~given["cavity"], GIVEN)
    t1 = visit.images.get("T1")
    own = outline_treated(
        visit.t1c, visit.brain, tumour, t1=t1, before=before, settings=settings.treated
    )
    # A voxel is one of both, and what is given goes first.
    if "lesion" in given:
        return Region(own.cavity & ~given["lesion"], OWN), Region(given["lesion"], GIVEN)
    if "cavity" in given:
        return Region(given["cavity"], GIVEN), Region(own.enhancing & ~given["cavity"], OWN)
    return Region(own.cavity, OWN), Region(own.enhancing, OWN)


def outline_findings(regions: PairRegions, subject: str) -> list[Finding]:
    """Say how far the outlines that are our own can be trusted; at follow-up nothing judges them.

    Parameters
    ----------
    subject : the follow-up.
    """
    findings = list(regions.tumour.findings)
    after = {"cavity": regions.cavity, "lesion": regions.lesion}
    own = [name for name, region in after.items() if region.origin == OWN]
    if not own:
        return findings
    what = " and ".join(_AFTER[name] for name in own)
    problem = f"{what} at follow-up: outlined by ourselves, and nothing judges that outline"
    options = " and ".join(f"--{name}-post FILE" for name in own)
    mend = f"look at flicker.png, or give {options}"
    return [*findings, Finding(Level.WARNING, "ungraded-outline", subject, problem, mend)]
