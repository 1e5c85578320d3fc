"""A file in which left and right are swapped gives itself away."""

from __future__ import annotations

import numpy as np
from alignment_heads import CENTRE, seen, t1c_head, t2_of

from gliofront.alignment.mirror import MirrorFit, fit_mirror, mirror_finding
from gliofront.alignment.rigid import register_rigid
from gliofront.alignment.settings import AlignmentSettings
from gliofront.alignment.transforms import rigid_matrix
from gliofront.foundation.findings import Level
from gliofront.image.orientation import canonical
from gliofront.phantom.patient import make_patient

FIXED, BRAIN = t1c_head()
MOTION = rigid_matrix((3, 5, -6), (4, 6, -3), CENTRE)
TRUE = seen(t2_of(FIXED), FIXED.grid, MOTION)


def test_true_image_gives_no_finding():
    assert mirror_finding(FIXED, TRUE, MOTION, BRAIN, "T2") is None
    assert fit_mirror(FIXED, TRUE, MOTION, BRAIN, AlignmentSettings()).gain < -0.1


def test_swapped_image_is_reported_after_its_own_alignment():
    swapped = TRUE.with_data(TRUE.data[::-1])
    pull = register_rigid(FIXED, swapped, fixed_mask=BRAIN).pull
    finding = mirror_finding(FIXED, swapped, pull, BRAIN, "T2")
    assert finding is not None
    assert (finding.level, finding.code) == (Level.WARNING, "left-right-swapped")
    assert "left and right may be swapped" in str(finding)
    assert "T1C" in finding.problem


def test_symmetric_brain_gives_no_finding():
    symmetric = FIXED.with_data((FIXED.data + FIXED.data[::-1]) / 2)
    moving = t2_of(symmetric)
    assert mirror_finding(symmetric, moving, np.eye(4), BRAIN, "T2") is None


def test_dim_map_of_a_stripped_brain_is_not_said_to_be_swapped():
    """Its mirror image, turned by 50 degrees, once fitted better: brain against background."""
    patient = make_patient(1, 1)
    t1c, brain = patient.scans["T1C"], patient.brain.mask("brain")
    volume = canonical(patient.scans["rCBV"])
    pull = register_rigid(t1c, volume, fixed_mask=brain).pull
    assert mirror_finding(t1c, volume, pull, brain, "rCBV") is None


def test_gain_is_undefined_without_information():
    assert np.isnan(MirrorFit(0.0, 0.1).gain)
