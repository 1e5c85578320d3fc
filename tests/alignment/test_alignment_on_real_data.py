"""Real gliomas: thick tilted slices of a head that moved, and stripped 1 mm images."""

from __future__ import annotations

import numpy as np
import pytest
from alignment_heads import REAL, real

from gliofront.alignment.mirror import mirror_finding
from gliofront.alignment.quality import quality_finding
from gliofront.alignment.rigid import register_rigid
from gliofront.alignment.settings import AlignmentSettings
from gliofront.alignment.transforms import displacement_mm
from gliofront.image.resample import resample_volume

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason=f"no test data at {REAL}")
SETTINGS = AlignmentSettings()
PATIENT_1, PATIENT_5 = (f"glioma_labelled/brats_2013_pat000{n}_1" for n in (1, 5))


def mask_of(name: str) -> np.ndarray:
    return real(name, "brain").data > 0.5


def test_moved_and_tilted_flair_is_put_onto_the_t1c():
    t1c, flair = (real(f"glioma_tcga/native/{name}.nii.gz", name) for name in ("t1c", "flair"))
    brain = mask_of("glioma_tcga/reference/brain_mask_native_t1c.nii.gz")
    found = register_rigid(t1c, flair, fixed_mask=brain)
    points = t1c.grid.to_world(np.argwhere(brain)[::50])
    assert displacement_mm(found.pull, points).mean() > 10
    assert quality_finding(found.quality, "FLAIR", SETTINGS) is None
    assert mirror_finding(t1c, flair, found.pull, brain, "FLAIR") is None
    theirs = real("glioma_tcga/reference/brain_mask_native_flair.nii.gz", "brain")
    pulled = resample_volume(theirs, t1c.grid, pull=found.pull, fill=0.0).data > 0.5
    assert 2 * (pulled & brain).sum() / (pulled.sum() + brain.sum()) > 0.94


def test_swapped_flair_of_a_stripped_patient_is_reported():
    t1c = real(f"{PATIENT_1}/T1c_subtrMeanDivStd.nii.gz", "T1C")
    flair = real(f"{PATIENT_1}/Flair_subtrMeanDivStd.nii.gz", "FLAIR")
    brain = mask_of(f"{PATIENT_1}/brainmask.nii.gz")
    assert mirror_finding(t1c, flair, np.eye(4), brain, "FLAIR") is None
    swapped = flair.with_data(flair.data[::-1])
    pull = register_rigid(t1c, swapped, fixed_mask=brain).pull
    finding = mirror_finding(t1c, swapped, pull, brain, "FLAIR")
    assert finding is not None
    assert finding.code == "left-right-swapped"


def test_image_of_another_patient_is_doubtful():
    t1c = real(f"{PATIENT_1}/T1c_subtrMeanDivStd.nii.gz", "T1C")
    flair = real(f"{PATIENT_5}/Flair_subtrMeanDivStd.nii.gz", "FLAIR")
    found = register_rigid(t1c, flair, fixed_mask=mask_of(f"{PATIENT_1}/brainmask.nii.gz"))
    assert quality_finding(found.quality, "FLAIR", SETTINGS) is not None
