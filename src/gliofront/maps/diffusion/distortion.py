"""EPI susceptibility distortion of a diffusion series, along the phase-encoding axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level
from gliofront.image.grid import FloatArray
from gliofront.image.resample import resample_volume, working_grid
from gliofront.image.series import Series
from gliofront.image.volume import BoolArray, Float32Array, Volume
from gliofront.maps.diffusion.anatomy import anatomy_field
from gliofront.maps.diffusion.brain import mask_from_b0, widened
from gliofront.maps.diffusion.linear import register_linear
from gliofront.maps.diffusion.pair import pair_field
from gliofront.maps.diffusion.settings import DiffusionSettings
from gliofront.maps.diffusion.shift import unwarp
from gliofront.maps.diffusion.similarity import correlation, normalised_mutual_information
from gliofront.maps.diffusion.volumes import share_of, volume_of

_REACH_MM = 10.0  # around the brain: what two b0 images are compared in


@dataclass(frozen=True, eq=False)
class DistortionCorrected:
    """A series whose signal lies where it came from.

    Parameters
    ----------
    series, b0 : corrected, or as given where nothing was gained.
    field : mm along the phase-encoding voxel axis: the given b0 shows at x + field what lies at
        x; 0 everywhere where nothing was gained.
    quality : similarity before and after (correlation of the pair, or normalised mutual
        information with the anatomy), largest displacement in the brain, share corrected.
    """

    series: Series
    b0: Volume
    field: Volume
    quality: Mapping[str, float]
    findings: tuple[Finding, ...] = ()


def phase_encoding(text: str, subject: str) -> tuple[int, int]:
    """Return voxel axis and sign of BIDS' ``PhaseEncodingDirection``.

    >>> phase_encoding("j-", "dwi.json")
    (1, -1)

    Raises
    ------
    InputRefused
        If it is none of i, i-, j, j-, k, k-.
    """
    axis = "ijk".find(text[:1]) if text else -1
    if axis < 0 or text[1:] not in ("", "-"):
        problem = f"the phase-encoding direction {text!r} is none of i, i-, j, j-, k, k-"
        raise InputRefused(subject, problem, "mend PhaseEncodingDirection in the sidecar")
    return axis, -1 if text.endswith("-") else 1


def correct_distortion(
    series: Series,
    b0: Volume,
    *,
    axis: int,
    reverse_b0: Volume | None = None,
    t1c_on_b0: Volume | None = None,
    brain_mask: BoolArray | None = None,
    settings: DiffusionSettings | None = None,
) -> DistortionCorrected:
    """Undo the distortion, from a b0 of opposite phase encoding or else from the anatomy.

    Signal moves along the phase encoding alone and is piled up or thinned by it; both are undone
    by one field for all images. It is kept only if it makes the b0 more alike to its partner in
    the brain, to the anatomy by ``distortion_least_gain``, because a tumour can look like a
    displacement: otherwise the series is handed back as it was, with a finding.

    Parameters
    ----------
    series : without motion; b0 : its mean without weighting.
    axis : voxel axis of the phase encoding, 0 to 2. Its sign does not matter: the field has one.
    reverse_b0 : on the same voxel axes, of the opposite sign; its own motion is removed here.
    t1c_on_b0 : the anatomy, rigidly aligned to the b0 and resampled onto its grid.
    brain_mask : (X, Y, Z) of the anatomy; found on the b0 where not given.

    Raises
    ------
    InputRefused
        If neither partner is given, the anatomy is on another grid, or the axis is not 0 to 2.
    """
    settings = settings or DiffusionSettings()
    _check(series, b0, axis, t1c_on_b0)
    brain = mask_from_b0(b0) if brain_mask is None else brain_mask
    if reverse_b0 is not None:
        field, before, after = _from_pair(b0, reverse_b0, brain, axis, settings)
        measure, needed = "pair_correlation", before
    elif t1c_on_b0 is not None:
        field, before, after = _from_anatomy(b0, t1c_on_b0, brain, axis, settings)
        measure = "anatomy_nmi"
        needed = before + settings.distortion_least_gain * (before - 1)  # 1 is unrelated
    else:
        problem = "neither an image of opposite phase encoding nor one of the anatomy is given"
        raise InputRefused(series.quantity, problem, "give one, or turn distortion off")
    quality = {
        f"distortion_{measure}_before": before,
        f"distortion_{measure}_after": after,
        "distortion_most_mm": float(np.abs(field[brain]).max(initial=0.0)),
    }
    if not after > needed:
        nothing = volume_of(b0.grid, np.zeros(b0.grid.shape), "distortion field", "mm")
        finding = _not_corrected(series.quantity, before, after)
        quality["distortion_corrected"] = 0.0
        return DistortionCorrected(series, b0, nothing, quality, (finding,))
    quality["distortion_corrected"] = 1.0
    return DistortionCorrected(
        unwarp_series(series, field, axis),
        b0.with_data(unwarp(b0.data, field, axis, float(b0.grid.spacing[axis]))),
        volume_of(b0.grid, field, "distortion field", "mm"),
        quality,
    )


def unwarp_series(series: Series, field_mm: FloatArray, axis: int) -> Series:
    """Undo a field (X, Y, Z), mm along a voxel axis, in every image."""
    spacing = float(series.grid.spacing[axis])
    images = [unwarp(series.data[..., n], field_mm, axis, spacing) for n in range(len(series))]
    return series.with_data(np.stack(images, axis=-1))


def _check(series: Series, b0: Volume, axis: int, t1c: Volume | None) -> None:
    if axis not in (0, 1, 2):
        raise InputRefused(series.quantity, f"there is no voxel axis {axis}", "give 0, 1 or 2")
    for image in (b0, t1c):
        if image is not None and not image.grid.matches(series.grid):
            problem = f"it lies on another grid than the series: {image.grid.describe()}"
            raise InputRefused(image.quantity, problem, "resample it onto the series' grid")


def _from_pair(
    b0: Volume, reverse: Volume, brain: BoolArray, axis: int, settings: DiffusionSettings
) -> tuple[FloatArray, float, float]:
    """Return the field and the pair's correlation before and after.

    Motion between the two is found twice: as they are, and after a first field has been undone,
    since their distortion bends the first estimate.
    """
    near = widened(brain, b0.grid.spacing, _REACH_MM)
    spacing = float(b0.grid.spacing[axis])
    pull = _rigid(b0, reverse, near, settings)
    field = np.zeros(b0.grid.shape)
    for last in (False, True):
        still = resample_volume(reverse, b0.grid, pull=pull, order=3)
        if not last:
            before = correlation(b0.data, still.data, brain)
        field = pair_field(
            b0, still, near, axis, settings.distortion_smoothness, settings.distortion_most_mm
        )
        first = b0.with_data(unwarp(b0.data, field, axis, spacing))
        second = b0.with_data(unwarp(still.data, -field, axis, spacing))
        if not last:
            pull = pull @ _rigid(first, second, near, settings)
    return field, before, correlation(first.data, second.data, brain)


def _rigid(
    fixed: Volume, moving: Volume, near: BoolArray, settings: DiffusionSettings
) -> FloatArray:
    grid = working_grid(fixed.grid, settings.motion_mm)
    mask = resample_volume(share_of(fixed.grid, near), grid, fill=0.0).data >= 0.5
    coarse = resample_volume(moving, working_grid(moving.grid, settings.motion_mm))
    return register_linear(resample_volume(fixed, grid), coarse, mask, "Rigid")


def _from_anatomy(
    b0: Volume, anatomy: Volume, brain: BoolArray, axis: int, settings: DiffusionSettings
) -> tuple[FloatArray, float, float]:
    """Return the field and the mutual information with the anatomy before and after."""
    field = anatomy_field(
        b0, anatomy, brain, axis, settings.distortion_smoothness, settings.distortion_most_mm
    )
    moved: Float32Array = unwarp(b0.data, field, axis, float(b0.grid.spacing[axis]))
    before = normalised_mutual_information(b0.data, anatomy.data, brain)
    return field, before, normalised_mutual_information(moved, anatomy.data, brain)


def _not_corrected(subject: str, before: float, after: float) -> Finding:
    return Finding(
        Level.WARNING,
        "distortion-not-corrected",
        subject,
        "the EPI distortion was not corrected, because the correction did not make the b0 image "
        f"clearly more alike to its partner (similarity {before:.3f} before, {after:.3f} after)",
        "check the phase-encoding direction and the alignment, or give a b0 of opposite direction",
    )
