"""The steps that prepare a patient: one grid, aligned, bias-corrected, regions, NAWM units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gliofront.alignment.mirror import mirror_finding
from gliofront.alignment.quality import quality_finding
from gliofront.alignment.rigid import RigidAlignment, register_rigid
from gliofront.cohort.raw_scans import MADE_UNIT
from gliofront.cohort.sequences import REFERENCE, SEQUENCES
from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level
from gliofront.image.framing import crop_grid, working_grid
from gliofront.image.grid import Grid
from gliofront.image.resample import resample_labels, resample_volume
from gliofront.image.volume import BoolArray, LabelVolume, Volume
from gliofront.maps.bias import correct_bias
from gliofront.maps.brain import stripped_mask
from gliofront.maps.diffusion.tensor_maps import p_from_adc
from gliofront.maps.given_units import in_mm2_per_s
from gliofront.maps.intensity import in_nawm_units
from gliofront.maps.perfusion.cbv import normalise_to
from gliofront.maps.plausible import plausible_findings
from gliofront.regions.midplane import Plane, find_midplane
from gliofront.regions.nawm import contralateral_nawm
from gliofront.regions.oedema import find_oedema
from gliofront.regions.peritumoural import peritumoural
from gliofront.regions.progression import progression_target
from gliofront.regions.rough_white import rough_white
from gliofront.regions.shells import distance_outside, shells
from gliofront.regions.tissue import classify_tissue
from gliofront.workflow.intake import Intake
from gliofront.workflow.prepared import Prepared
from gliofront.workflow.settings import StudySettings
from gliofront.workflow.tumour import Tumour

Volumes = Mapping[str, Volume]


def native_brain(intake: Intake) -> tuple[LabelVolume, list[Finding]]:
    """Return the brain on the grid of T1C: as given, or recognised as already stripped.

    Raises
    ------
    InputRefused
        If it is neither.
    """
    t1c = intake.scans[REFERENCE]
    if "brain" in intake.masks:
        return intake.masks["brain"], []
    mask = stripped_mask(t1c)
    if mask is None:
        raise InputRefused(
            REFERENCE,
            "the head is not skull-stripped, and no brain mask is given",
            "give brain=FILE, a mask on the grid of T1C (HD-BET, SynthStrip and ROBEX make one)",
        )
    note = Finding(Level.NOTE, "already-stripped", REFERENCE, "recognised as skull-stripped")
    return LabelVolume.from_mask(t1c.grid, mask, "brain"), [note]


def make_grid(settings: StudySettings, *, intake: Intake) -> dict[str, Any]:
    """Find the brain and the working grid: isotropic, on the axes of T1C, cropped to the brain.

    Returns
    -------
    ``grid`` : Grid; ``brain`` : (X, Y, Z) bool on it.
    """
    native, findings = native_brain(intake)
    whole = working_grid(intake.scans[REFERENCE].grid, settings.grid.spacing_mm)
    on_whole = resample_labels(native, whole)
    grid = crop_grid(whole, on_whole.mask("brain"), settings.grid.margin_mm)
    brain = resample_labels(native, grid).mask("brain")
    return {"grid": grid, "brain": brain, "findings": findings}


def find_poses(
    settings: StudySettings, *, intake: Intake, grid: Grid, brain: BoolArray
) -> dict[str, Any]:
    """Find how every image lies on the T1C.

    Returns
    -------
    ``poses`` : sequence name to its rigid alignment.
    """
    reference = resample_volume(intake.scans[REFERENCE], grid)
    found = {
        name: register_rigid(reference, image, fixed_mask=brain, settings=settings.alignment)
        for name, image in intake.leaders.items()
        if name != REFERENCE
    }
    poses = {name: found[leader] for name, leader in intake.led_by.items() if name != REFERENCE}
    return {"poses": poses}


def place(
    settings: StudySettings,
    *,
    intake: Intake,
    grid: Grid,
    brain: BoolArray,
    poses: Mapping[str, RigidAlignment],
) -> dict[str, Any]:
    """Put every image onto the working grid, each interpolated once.

    Returns
    -------
    ``aligned`` : sequence name to volume.
    """
    reference = resample_volume(intake.scans[REFERENCE], grid)
    aligned = {REFERENCE: reference}
    findings: list[Finding] = []
    for name, pose in poses.items():
        placed = resample_volume(intake.scans[name], grid, pull=pose.pull)
        aligned[name], seen = in_mm2_per_s(placed, brain)
        findings += seen
    for leader, pose in {intake.led_by[name]: pose for name, pose in poses.items()}.items():
        image = intake.leaders[leader]
        seen_in_pose = (
            quality_finding(pose.quality, leader, settings.alignment),
            mirror_finding(reference, image, pose.pull, brain, leader, settings.alignment),
        )
        findings += [finding for finding in seen_in_pose if finding]
    return {"aligned": aligned, "findings": findings}


def correct(settings: StudySettings, *, aligned: Volumes, brain: BoolArray) -> dict[str, Any]:
    """Correct the bias field of the weighted images.

    Returns
    -------
    ``corrected`` : sequence name to volume; quantitative maps are taken as they are.
    """
    corrected: dict[str, Volume] = {}
    findings: list[Finding] = []
    for name, volume in aligned.items():
        if not SEQUENCES[name].is_weighted:
            corrected[name] = volume
            continue
        corrected[name], seen = correct_bias(volume, brain, settings.bias)
        findings += seen
    return {"corrected": corrected, "findings": findings}


def find_rough_units(
    settings: StudySettings, *, corrected: Volumes, brain: BoolArray
) -> dict[str, Any]:
    """Bring weighted images into rough white-matter units, before NAWM is known.

    Returns
    -------
    ``rough`` : sequence name to volume; ``midplane`` : plane between the hemispheres.
    """
    t1c = corrected[REFERENCE]
    white = rough_white(t1c, brain, settings.regions.seed)
    rough = {
        name: in_nawm_units(volume, white)
        for name, volume in corrected.items()
        if SEQUENCES[name].is_weighted
    }
    return {"rough": rough, "midplane": find_midplane(t1c, brain)}


def find_tissue(
    settings: StudySettings,
    *,
    rough: Volumes,
    brain: BoolArray,
    midplane: Plane,
    tumour: Tumour,
) -> dict[str, Any]:
    """Classify tissue and find contralateral normal-appearing white matter.

    Returns
    -------
    ``tissue`` : csf, grey and white; ``nawm`` : (X, Y, Z) bool.
    """
    abnormal = tumour.oedema
    if abnormal is None and "FLAIR" in rough:
        abnormal = find_oedema(
            rough["FLAIR"], brain, tumour.region, plane=midplane, settings=settings.regions.oedema
        )
    lesion = tumour.region if abnormal is None else tumour.region | abnormal
    tissue = classify_tissue(
        rough[REFERENCE],
        brain,
        t1=rough.get("T1"),
        t2=rough.get("T2"),
        flair=rough.get("FLAIR"),
        lesion=lesion,
        tumour=tumour.region,
        seed=settings.regions.seed,
    )
    nawm = contralateral_nawm(
        tissue,
        brain,
        tumour.region,
        midplane,
        abnormal=abnormal,
        flair=rough.get("FLAIR"),
        settings=settings.regions.nawm,
    )
    return {"tissue": tissue, "nawm": nawm.mask, "findings": list(nawm.findings)}


def to_units(
    settings: StudySettings,
    *,
    corrected: Volumes,
    brain: BoolArray,
    nawm: BoolArray,
    tissue: LabelVolume,
    wanted: Sequence[str],
) -> dict[str, Any]:
    """Bring weighted images and blood volume into units of NAWM, and look whether all can be.

    Outside the brain everything is undefined.

    Parameters
    ----------
    wanted : maps; a ``p`` among them that is not there follows from the ADC.

    Returns
    -------
    ``maps`` : sequence name to volume.
    """
    maps = {}
    for name, volume in corrected.items():
        scaled = _in_units(volume, nawm)
        maps[name] = scaled.with_data(np.where(brain, scaled.data, np.nan))
    findings = plausible_findings(maps, nawm, tissue.mask("csf"))
    if "p" in wanted and "p" not in maps and "ADC" in maps:
        maps["p"] = _p_of(maps["ADC"])
        text = "taken as sqrt(3) times the given ADC, as no tensor is there"
        findings.append(Finding(Level.NOTE, "derived-map", "p", text))
    return {"maps": maps, "findings": findings}


def _p_of(adc: Volume) -> Volume:
    return replace(adc.with_data(p_from_adc(adc.data)), quantity="p")


def _in_units(volume: Volume, nawm: BoolArray) -> Volume:
    if volume.unit == MADE_UNIT.get(volume.quantity):
        return normalise_to(volume, nawm)
    return in_nawm_units(volume, nawm) if SEQUENCES[volume.quantity].is_weighted else volume


def _progression(intake: Intake, grid: Grid) -> BoolArray | None:
    given = intake.masks.get("progression")
    return None if given is None else resample_labels(given, grid).mask("progression")


def find_regions(
    settings: StudySettings,
    *,
    intake: Intake,
    grid: Grid,
    brain: BoolArray,
    maps: Volumes,
    midplane: Plane,
    tumour: Tumour,
    tissue: LabelVolume,
    nawm: BoolArray,
) -> dict[str, Any]:
    """Draw oedema, shells, peritumoural voxels and the progression target.

    Returns
    -------
    ``prepared`` : Prepared.
    """
    regions = settings.regions
    csf = tissue.mask("csf")
    distance = distance_outside(tumour.region, grid)
    edges = regions.shell_edges_mm
    masks = {
        "brain": brain,
        "enhancing": tumour.region,
        "NAWM": nawm,
        "peritumoural": peritumoural(distance, brain, csf, edges[-1]),
    }
    if not masks["peritumoural"].any():
        raise InputRefused("brain mask", "no brain lies around the tumour", "check both masks")
    oedema = tumour.oedema
    if oedema is None and "FLAIR" in maps:
        oedema = find_oedema(
            maps["FLAIR"], brain, tumour.region, plane=midplane, csf=csf, settings=regions.oedema
        )
    optional = {"necrosis": tumour.necrosis, "oedema": oedema}
    masks |= {name: mask for name, mask in optional.items() if mask is not None}
    progressed = _progression(intake, grid)
    if progressed is not None:
        masks["progression"] = progression_target(progressed, tumour.region, brain)
    prepared = Prepared(
        native=intake.native,
        grid=grid,
        maps=maps,
        masks=masks,
        distance_mm=distance,
        shells=shells(distance, grid, edges),
        tissue=tissue,
    )
    return {"prepared": prepared}
