"""The follow-up scan: another scanner and pose, a brain that has moved; the truth of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.image.grid import Grid
from gliofront.image.volume import LabelVolume, Volume
from gliofront.phantom.anatomy import Anatomy
from gliofront.phantom.brain_shift import BrainShift, shift_back
from gliofront.phantom.course import Course
from gliofront.phantom.follow_up_image import PROTOCOL, image_after, white_signal
from gliofront.phantom.landmarks import pick_landmarks
from gliofront.phantom.mass_effect import Displacement
from gliofront.phantom.scanner import receive_field, rician
from gliofront.phantom.settings import CourseSettings
from gliofront.phantom.tumour import Tumour

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

IN_PLANE_MM = 1.0
BORDER_MM = (8.0, 25.0)
BIAS = 0.15
REACH_MM = 8.0
"""Beyond the brain by this much, no tissue has moved and no slice shows any."""


@dataclass(frozen=True, eq=False)
class FollowUp:
    """The scan at which progression is called, and what is true of it.

    Parameters
    ----------
    scan : contrast-enhanced T1 of the second scanner, skull-stripped, on a grid of its own.
    brain, cavity, enhancing : labels on that grid; enhancing may be pseudo-progression.
    days : from surgery to the scan.
    pull : (X, Y, Z, 3), mm, on the pre-operative grid: tissue at place x lies at x + pull in the
        follow-up scanner's world. Within the cavity it has no meaning but is smooth.
    push : (X, Y, Z, 3), mm, the inverse on the scan's grid.
    landmarks : (n, 2, 3), RAS+ mm, places before surgery and at follow-up.
    relaxed : share of the mass effect that is gone, 0 to 1.
    """

    scan: Volume
    brain: LabelVolume
    cavity: LabelVolume
    enhancing: LabelVolume
    days: float
    pull: FloatArray
    push: FloatArray
    landmarks: FloatArray
    relaxed: float


def scan_follow_up(
    rng: np.random.Generator,
    anatomy: Anatomy,
    tumour: Tumour,
    course: Course,
    oedema: FloatArray,
    mass: Displacement | None,
    settings: CourseSettings,
) -> FollowUp:
    """Scan the treated patient at a second hospital.

    Parameters
    ----------
    rng : the generator.
    anatomy, tumour, course : the patient, on the pre-operative grid.
    oedema : swelling before surgery, 0 to 1, (X, Y, Z).
    mass : the tumour's mass effect, or None.
    settings : slice thickness.
    """
    shift = shift_back(rng, anatomy, course.cavity, mass)
    grid = _scan_grid(rng, anatomy, shift, settings.slice_mm)
    image = image_after(rng, anatomy, course, oedema)
    seen, push = _sliced(anatomy, course, image, grid, shift)
    signal, inside = seen[0], seen[1] > 0.5
    signal = np.divide(signal, seen[1], out=np.zeros_like(signal), where=inside)
    places = pick_landmarks(anatomy, tumour.core, course.enhancing | tumour.core)
    voxels = _all_places(anatomy.grid)
    return FollowUp(
        scan=_received(rng, signal, inside, grid),
        brain=LabelVolume.from_mask(grid, inside, "brain"),
        cavity=LabelVolume.from_mask(grid, inside & (seen[2] > 0.5), "cavity"),
        enhancing=LabelVolume.from_mask(grid, inside & (seen[3] > 0.5), "enhancing"),
        days=course.scan_days,
        pull=shift.to_follow_up(voxels) - voxels,
        push=push,
        landmarks=np.stack([places, shift.to_follow_up(places)], axis=1),
        relaxed=shift.relaxed,
    )


def _all_places(grid: Grid) -> FloatArray:
    return grid.to_world(np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), -1))


def _scan_grid(
    rng: np.random.Generator, anatomy: Anatomy, shift: BrainShift, slice_mm: float
) -> Grid:
    """Lay axial slices over the moved brain and a border; x, or x and y, stored backwards."""
    surface = anatomy.brain & ~ndimage.binary_erosion(anatomy.brain)
    moved = shift.to_follow_up(anatomy.grid.to_world(np.argwhere(surface)))
    low, high = (
        moved.min(0) - rng.uniform(*BORDER_MM, 3),
        moved.max(0) + rng.uniform(*BORDER_MM, 3),
    )
    plane = max(IN_PLANE_MM, float(anatomy.grid.spacing.min()) / 2)
    spacing = np.array([plane, plane, max(slice_mm, plane)])
    counts = np.ceil((high - low) / spacing).astype(int)
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = low
    for axis in range(2 if rng.random() < 0.5 else 1):
        affine[axis, 3] += (counts[axis] - 1) * spacing[axis]
        affine[axis, axis] *= -1
    return Grid(affine, (int(counts[0]), int(counts[1]), int(counts[2])))


def _sliced(
    anatomy: Anatomy, course: Course, image: FloatArray, grid: Grid, shift: BrainShift
) -> tuple[FloatArray, FloatArray]:
    """Average signal and regions over the thickness of each slice.

    Returns
    -------
    (4, X, Y, Z): signal, shares of brain, cavity and enhancement; and push (X, Y, Z, 3) at the
    middle of each slice, mm.
    """
    regions = (anatomy.brain, course.cavity, course.enhancing)
    sources = [image, *(r.astype(np.float64) for r in regions)]
    layers = 2 * int(np.ceil(grid.spacing[2] / anatomy.grid.spacing.min() / 2)) - 1
    places = _all_places(grid)
    push = shift.unposed(places) - places
    near = _sampled(anatomy.grid, _wider(anatomy), places + push) > 0
    total = np.zeros((len(sources), *grid.shape))
    for number in range(layers):
        layer = places[near] + (number - layers // 2) / layers * grid.affine[:3, 2]
        origin = shift.to_preop(layer)
        total[:, near] += [_sampled(anatomy.grid, s, origin) / layers for s in sources]
        if number == layers // 2:
            push[near] = origin - layer
    return total, push


def _wider(anatomy: Anatomy) -> FloatArray:
    """Return the brain and what partly holds it in a thick slice; beyond, nothing moves."""
    away = ndimage.distance_transform_edt(~anatomy.brain, sampling=anatomy.grid.spacing)
    return np.asarray(away <= REACH_MM, dtype=np.float64)


def _sampled(grid: Grid, values: FloatArray, places: FloatArray) -> FloatArray:
    voxels = np.moveaxis(grid.to_voxel(places), -1, 0)
    return np.asarray(ndimage.map_coordinates(values, voxels, order=1, mode="constant"))


def _received(
    rng: np.random.Generator, signal: FloatArray, inside: BoolArray, grid: Grid
) -> Volume:
    """Add the receive field, noise and the scanner's own scale."""
    field = receive_field(rng, grid, BIAS)
    day = float(np.exp(0.1 * rng.standard_normal()))
    noisy = PROTOCOL.gain * day * rician(rng, signal * field, white_signal() / PROTOCOL.snr)
    return Volume(grid, np.where(inside, noisy, 0).astype(np.float32), "T1C", "arbitrary")
