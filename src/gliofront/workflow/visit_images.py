"""The weighted images of one visit on the grid of its T1C, without shading."""

from __future__ import annotations

from collections.abc import Mapping

from gliofront.alignment.mirror import mirror_finding
from gliofront.alignment.quality import quality_finding
from gliofront.alignment.rigid import register_rigid
from gliofront.alignment.settings import AlignmentSettings
from gliofront.cohort.sequences import REFERENCE
from gliofront.foundation.findings import Finding
from gliofront.image.resample import resample_volume
from gliofront.image.volume import BoolArray, Volume
from gliofront.maps.bias import correct_bias
from gliofront.maps.settings import BiasSettings


def images_on_t1c(
    scans: Mapping[str, Volume],
    brain: BoolArray,
    alignment: AlignmentSettings,
    bias: BiasSettings,
    subjects: Mapping[str, str],
) -> tuple[dict[str, Volume], list[Finding]]:
    """Put a visit's weighted images onto its T1C, each interpolated once, and unshade them.

    Parameters
    ----------
    scans : sequence to image, T1C among them.
    brain : (X, Y, Z), on the grid of the T1C.
    subjects : sequence to what findings call it.
    """
    reference = scans[REFERENCE]
    images: dict[str, Volume] = {}
    findings: list[Finding] = []
    for name, scan in scans.items():
        placed = scan
        if name != REFERENCE:
            pose = register_rigid(reference, scan, fixed_mask=brain, settings=alignment)
            placed = resample_volume(scan, reference.grid, pull=pose.pull)
            seen_in_pose = (
                quality_finding(pose.quality, subjects[name], alignment),
                mirror_finding(reference, scan, pose.pull, brain, subjects[name], alignment),
            )
            findings += [finding for finding in seen_in_pose if finding]
        images[name], seen = correct_bias(placed, brain, bias)
        findings += seen
    return images, findings
