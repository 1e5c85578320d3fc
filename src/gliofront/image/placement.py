"""Where a header places its voxels: the checks of its two forms, and the grid they give."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import UsageRefused
from gliofront.foundation.findings import Finding, Level, refuse_errors
from gliofront.image.framing import nearest_rotation
from gliofront.image.grid import FloatArray, Grid
from gliofront.image.nifti_header import NiftiHeader

FORMS_AGREE_MM = 0.5
"""Largest distance between a corner by the sform and by the qform, mm."""

SHEAR_DEGREES = 0.1
"""Axes this near to right angles are squared up silently; it moves a voxel by < 0.2 mm."""

ZOOM_RANGE_MM = (0.2, 10.0)
"""Voxel sizes that a scan of a head can have, mm."""

_EXACT_DEGREES = 1e-4
_ZOOMS_AGREE = 0.01
_AXES = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}


def check_orientation(code: str) -> None:
    """Refuse a stated orientation that is not three letters, one of each of R/L, A/P, S/I."""
    axes = [_AXES[letter][0] for letter in code.upper() if letter in _AXES]
    if len(code) != 3 or tuple(axes) not in set(permutations(range(3))):
        mend = "give three letters such as RAS or LPS: where the first, second, third axis grow"
        raise UsageRefused("orientation", f"{code!r} is not an orientation", mend)


def placed_grid(
    header: NiftiHeader,
    subject: str,
    orientation: str | None,
    zooms_mm: tuple[float, float] = ZOOM_RANGE_MM,
) -> tuple[Grid, list[Finding]]:
    """Return the grid that a sound header states, and what was seen on the way.

    Parameters
    ----------
    header : one whose structure was found sound.
    subject : the file.
    orientation : three letters such as ``"LPS"``, the directions in which the index axes grow;
        used only where the header gives neither form. Voxel sizes come from pixdim then, and the
        middle of the image is put at 0 mm.
    zooms_mm : smallest and largest side that a voxel can have.

    Raises
    ------
    InputRefused
        If a form is not finite or singular, there is none and no orientation, the two disagree
        by more than 0.5 mm at a corner, or a voxel side is outside its range.
    """
    shape = (header.shape[0], header.shape[1], header.shape[2])
    findings = _form_findings(header, subject) or _agreement_findings(header, subject, shape)
    refuse_errors(findings)
    affine = header.sform if header.sform is not None else header.qform
    if affine is None:
        findings = _unplaced_findings(header, subject, orientation)
        refuse_errors(findings)
        affine = _stated_affine(header, shape, orientation or "RAS")
    findings += _zoom_findings(header, subject, affine, zooms_mm)
    refuse_errors(findings)
    grid = Grid(affine, shape)
    return (squared(grid) if grid.shear_degrees() <= SHEAR_DEGREES else grid), findings


def squared(grid: Grid) -> Grid:
    """Return the grid with its axes turned to exact right angles about its middle.

    A deviation of less than 1e-4 degrees is the rounding of the file and left as it is.
    """
    if grid.shear_degrees() <= _EXACT_DEGREES:
        return grid
    middle = (np.array(grid.shape) - 1) / 2
    affine = np.eye(4)
    affine[:3, :3] = nearest_rotation(grid.direction) * grid.spacing
    affine[:3, 3] = grid.to_world(middle) - affine[:3, :3] @ middle
    return Grid(affine, grid.shape)


def _is_regular(affine: FloatArray) -> bool:
    if not np.isfinite(affine).all():
        return False
    lengths = np.linalg.norm(affine[:3, :3], axis=0)
    return bool(lengths.min() > 0 and abs(np.linalg.det(affine[:3, :3] / lengths)) >= 1e-3)


def _form_findings(header: NiftiHeader, subject: str) -> list[Finding]:
    """Refuse a form that places nothing: not finite, singular, or a qform of no voxel size."""
    mend = "export the image again, or write the right affine into sform and qform"
    findings = []
    for name, affine in (("sform", header.sform), ("qform", header.qform)):
        if affine is not None and not _is_regular(affine):
            problem = f"the {name} is not finite or is singular: {_rows(affine)}"
            findings.append(Finding(Level.ERROR, "bad-affine", subject, problem, mend))
    needs_zooms = header.sform is None
    if needs_zooms and not all(np.isfinite(z) and z > 0 for z in header.zooms):
        problem = f"the voxel sizes (pixdim) are {header.zooms}, which must be positive"
        findings.append(Finding(Level.ERROR, "bad-zooms", subject, problem, mend))
    return findings


def _agreement_findings(
    header: NiftiHeader, subject: str, shape: tuple[int, int, int]
) -> list[Finding]:
    """Refuse two forms that put a corner at two places; readers differ in which they take."""
    if header.sform is None or header.qform is None:
        return []
    by_sform, by_qform = Grid(header.sform, shape), Grid(header.qform, shape)
    apart = np.linalg.norm(by_sform.corners() - by_qform.corners(), axis=1)
    if apart.max() <= FORMS_AGREE_MM:
        return []
    worst = int(np.argmax(apart))
    corners = (_point(grid.corners()[worst]) for grid in (by_sform, by_qform))
    problem = (
        f"sform and qform disagree by up to {apart.max():.1f} mm: a corner lies at "
        f"{' or at '.join(corners)}; sform {_rows(by_sform.affine)}: {by_sform.describe()}; "
        f"qform {_rows(by_qform.affine)}: {by_qform.describe()}"
    )
    mend = "find out which is right and copy it over the other, or set the other's code to 0"
    return [Finding(Level.ERROR, "forms-disagree", subject, problem, mend)]


def _unplaced_findings(header: NiftiHeader, subject: str, orientation: str | None) -> list[Finding]:
    if orientation is None:
        problem = "sform and qform codes are both 0, so left and right are not known"
        mend = "state the orientation, such as RAS or LPS, or convert the scan again from DICOM"
        return [Finding(Level.ERROR, "no-orientation", subject, problem, mend)]
    problem = (
        f"the header gives no orientation; {orientation.upper()} was stated, with the middle "
        f"of the image put at 0 mm"
    )
    mend = "convert the scan again from DICOM, so that its place is kept"
    return [Finding(Level.WARNING, "orientation-stated", subject, problem, mend)]


def _stated_affine(header: NiftiHeader, shape: tuple[int, int, int], code: str) -> FloatArray:
    affine = np.eye(4)
    affine[:3, :3] = 0
    for axis, letter in enumerate(code.upper()):
        row, sign = _AXES[letter]
        affine[row, axis] = sign * header.zooms_mm[axis]
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return affine


def _zoom_findings(
    header: NiftiHeader, subject: str, affine: FloatArray, zooms_mm: tuple[float, float]
) -> list[Finding]:
    """Note a unit that is not mm, warn of two voxel sizes, refuse one that no head scan has."""
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    findings = []
    if header.mm_per_unit != 1:
        problem = f"lengths are in {header.unit_name}s; they were taken to mm"
        findings.append(Finding(Level.NOTE, "unit-of-length", subject, problem))
    if not np.allclose(np.abs(header.zooms_mm), spacing, rtol=_ZOOMS_AGREE):
        problem = f"pixdim says voxels of {_sides(header.zooms_mm)}, the affine {_sides(spacing)}"
        mend = "write the file again with a sound tool; the affine was taken"
        findings.append(Finding(Level.WARNING, "zooms-disagree", subject, problem, mend))
    low, high = zooms_mm
    if spacing.min() < low * (1 - 1e-6) or spacing.max() > high * (1 + 1e-6):
        problem = (
            f"voxels of {_sides(spacing)} (unit in the header: {header.unit_name}) "
            f"are outside {low:g} to {high:g} mm"
        )
        mend = "correct the voxel size or the unit of length in the header"
        findings.append(Finding(Level.ERROR, "implausible-zooms", subject, problem, mend))
    return findings


def _sides(spacing: NDArray[np.float64]) -> str:
    return " x ".join(f"{side:.4g}" for side in spacing) + " mm"


def _point(point: FloatArray) -> str:
    return "(" + ", ".join(f"{value:.1f}" for value in point) + ")"


def _rows(affine: FloatArray) -> str:
    rows = (" ".join(f"{value:.4g}" for value in row) for row in affine[:3])
    return "[" + "; ".join(rows) + "]"
