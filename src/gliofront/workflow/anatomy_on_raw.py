"""The anatomy of a patient on the grid of a raw scan: where its brain is, without distortion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gliofront.alignment.quality import quality_finding
from gliofront.alignment.rigid import register_rigid
from gliofront.cohort.patient import Patient, Timepoint
from gliofront.cohort.sequences import REFERENCE
from gliofront.image.reading import read_mask, read_volume
from gliofront.image.resample import resample_labels, resample_volume
from gliofront.image.volume import BoolArray, LabelVolume, Volume
from gliofront.maps.brain import stripped_mask
from gliofront.maps.diffusion.brain import mask_from_b0
from gliofront.workflow.settings import StudySettings


@dataclass(frozen=True, eq=False)
class Anatomy:
    """The T1C and its brain on the grid of a raw scan.

    Parameters
    ----------
    t1c : rigidly aligned and resampled.
    brain : (X, Y, Z).
    """

    t1c: Volume
    brain: BoolArray


def anatomy_files(visit: Timepoint) -> Mapping[str, Path]:
    """Return the files that `anatomy_on` reads, by name."""
    return {n: path for n, path in visit.image_files.items() if n in (REFERENCE, "brain mask")}


def anatomy_on(image: Volume, patient: Patient, settings: StudySettings) -> Anatomy | None:
    """Put the T1C and its brain onto an image of a raw scan.

    Parameters
    ----------
    image : such as the first b0; any axes.

    Returns
    -------
    None where there is no T1C, its brain is not known, or the two cannot be aligned well: a rough
    mask of the image itself does better than a brain in the wrong place.
    """
    files, orientation = anatomy_files(patient.preop), settings.intake.assume_orientation
    if REFERENCE not in files:
        return None
    t1c, _ = read_volume(files[REFERENCE], REFERENCE, orientation=orientation)
    brain = _brain(t1c, files.get("brain mask"), orientation)
    if brain is None:
        return None
    near = mask_from_b0(image)
    pose = register_rigid(image, t1c, fixed_mask=near, settings=settings.alignment)
    if quality_finding(pose.quality, image.quantity, settings.alignment):
        return None
    on_image = resample_labels(brain, image.grid, pull=pose.pull).mask("brain")
    placed = resample_volume(t1c, image.grid, pull=pose.pull)
    return Anatomy(placed, on_image) if on_image.any() else None


def _brain(t1c: Volume, given: Path | None, orientation: str | None) -> LabelVolume | None:
    if given is not None:
        return read_mask(given, "brain", orientation=orientation)[0]
    mask = stripped_mask(t1c)
    return None if mask is None else LabelVolume.from_mask(t1c.grid, mask, "brain")
