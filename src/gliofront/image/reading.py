"""The one reader of images: single NIfTI-1 and NIfTI-2 files, verified before belief."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level, refuse_errors
from gliofront.image.file_bytes import HEAD_BYTES, check_claim, content_name, drained, opened
from gliofront.image.framing import orthogonal_grid
from gliofront.image.grid import Grid
from gliofront.image.header_checks import (
    OF_A_SERIES,
    OF_A_VOLUME,
    OF_ONE_OR_MORE,
    Check,
    structure_findings,
)
from gliofront.image.mrs_placement import MRS_ZOOM_RANGE_MM
from gliofront.image.nifti_header import NiftiHeader, is_pair, parse_header
from gliofront.image.placement import (
    SHEAR_DEGREES,
    ZOOM_RANGE_MM,
    check_orientation,
    placed_grid,
)
from gliofront.image.resample import resample_labels, resample_volume
from gliofront.image.series import Series
from gliofront.image.values import MAX_UNDEFINED, defined, present, scaled, whole_numbers
from gliofront.image.volume import LabelVolume, Volume


@dataclass(frozen=True)
class _Stored:
    """What a file holds: values (X, Y, Z) or (X, Y, Z, N) in their own type, place, findings."""

    values: NDArray[Any]
    grid: Grid
    findings: list[Finding]


def read_volume(
    path: str | Path,
    quantity: str,
    unit: str = "arbitrary",
    *,
    orientation: str | None = None,
    max_undefined: float = MAX_UNDEFINED,
) -> tuple[Volume, list[Finding]]:
    """Read an image, on the file's own grid.

    Parameters
    ----------
    path : a ``.nii`` or ``.nii.gz`` file.
    quantity, unit : what the values are; see `Volume`.
    orientation : three letters such as ``"LPS"``, used only where the header gives none.
    max_undefined : largest share of NaN and infinite voxels that is accepted, 0 to 1; see
        `gliofront.image.values.defined`.

    Returns
    -------
    The volume and the findings (notes and warnings). A sheared grid (above 0.1 degrees) was
    resampled linearly, once, onto an orthogonal one; lengths are in mm, whatever the file's unit.

    Raises
    ------
    InputRefused
        If the file is damaged, cut off, not a NIfTI image of three dimensions and real numbers,
        its place in the world is unknown or contradictory, or its values are constant or
        undefined.
    UsageRefused
        If the orientation is no orientation.
    """
    stored = _read(Path(path), orientation)
    data, findings = defined(stored.values, str(path), max_undefined)
    volume = Volume(stored.grid, data, quantity, unit)
    findings = stored.findings + findings
    if _is_sheared(stored.grid):
        volume = resample_volume(volume, _straight(stored.grid))
    return volume, findings


def read_coarse_map(path: str | Path, quantity: str, unit: str) -> Volume:
    """Read a map of spectroscopy, whose voxels are large, one perhaps, and perhaps none defined.

    Raises
    ------
    InputRefused
        As `read_volume`, but for values that are constant or undefined.
    """
    stored = _read(Path(path), None, zooms_mm=MRS_ZOOM_RANGE_MM)
    data, _ = defined(stored.values, str(path), 1.0, allow_constant=True)
    return Volume(stored.grid, data, quantity, unit)


def read_labels(
    path: str | Path, names: Mapping[int, str], *, orientation: str | None = None
) -> tuple[LabelVolume, list[Finding]]:
    """Read labels, on the file's own grid; they may be absent, but not unknown.

    Parameters
    ----------
    names : label value to name. 0 is background.
    path, orientation : as in `read_volume`, and so are the findings and errors. A sheared grid
        is left by linear interpolation of each label.

    Raises
    ------
    InputRefused
        Besides, if a value is not a whole number from 0 to 65535 or has no name.
    """
    stored = _read(Path(path), orientation)
    data = whole_numbers(stored.values, str(path), "labels")
    found = present(data)
    if not set(found) <= set(names):
        scheme = ", ".join(f"{value} {name}" for value, name in sorted(names.items()))
        problem = f"the labels found are {found}, but the scheme knows only {scheme or 'none'}"
        raise InputRefused(path, problem, "choose the scheme of this file, or recode its labels")
    return _straightened(LabelVolume(stored.grid, data, names)), stored.findings


def read_mask(
    path: str | Path, name: str, *, orientation: str | None = None, allow_empty: bool = False
) -> tuple[LabelVolume, list[Finding]]:
    """Read a mask: one value and 0, such as 0 and 1, or 0 and 255.

    Parameters
    ----------
    name : what the mask shows, such as ``"brain"``; its label is 1.
    allow_empty : whether nothing at all is an answer, such as no progression anywhere.
    path, orientation : as in `read_volume`, and so are the findings and errors.

    Raises
    ------
    InputRefused
        Besides, if the mask is empty, or holds more than one value besides 0.
    """
    stored = _read(Path(path), orientation)
    data = whole_numbers(stored.values, str(path), "values of a mask")
    found = present(data)
    if not found and not allow_empty:
        raise InputRefused(path, f"the mask ({name}) is empty", "draw it, or leave it out")
    if len(found) > 1:
        some = ", ".join(str(value) for value in found[:6]) + (", ..." if len(found) > 6 else "")
        problem = f"a mask has one value besides 0, but {some} are found: labels or an image"
        raise InputRefused(path, problem, "give a mask of 0 and 1")
    return _straightened(LabelVolume.from_mask(stored.grid, data > 0, name)), stored.findings


def read_series(
    path: str | Path, quantity: str, *, orientation: str | None = None, least: int = 2
) -> tuple[Series, list[Finding]]:
    """Read several images of one grid in a row, on the file's own grid and axes.

    Parameters
    ----------
    path, quantity, orientation : as in `read_volume`, and so are the findings and errors.
    least : 1 if a single image will do.

    Raises
    ------
    InputRefused
        Besides, if the axes are sheared: diffusion gradients and distortions follow the axes, so
        the images cannot be resampled first.
    """
    stored = _read(Path(path), orientation, OF_A_SERIES if least > 1 else OF_ONE_OR_MORE)
    if _is_sheared(stored.grid):
        problem = f"the axes are sheared by {stored.grid.shear_degrees():.2f} degrees"
        raise InputRefused(path, problem, "export the series without the gantry's tilt")
    with np.errstate(over="ignore"):
        data = np.array(stored.values, dtype=np.float32)
    data = data if data.ndim == 4 else data[..., None]
    bad = ~np.isfinite(data)
    if bad.mean() > MAX_UNDEFINED:
        problem = f"{bad.mean():.2%} of the voxels are NaN or infinite"
        mend = f"mend the series where it was made; up to {100 * MAX_UNDEFINED:g} % is accepted"
        raise InputRefused(path, problem, mend)
    data[bad] = np.nan
    if not np.nanmax(data) > np.nanmin(data):
        raise InputRefused(path, "the series is constant", "export the scan again, or leave it out")
    return Series(stored.grid, data, quantity), stored.findings


def _read(
    path: Path,
    orientation: str | None,
    checks: tuple[Check, ...] = OF_A_VOLUME,
    zooms_mm: tuple[float, float] = ZOOM_RANGE_MM,
) -> _Stored:
    if orientation is not None:
        check_orientation(orientation)
    with opened(path) as (stream, size, packed):
        head = _head(stream)
        header = parse_header(head)
        if header is None:
            raise _not_nifti(path, head)
        findings = structure_findings(header, str(path), checks)
        refuse_errors(findings)
        check_claim(path, header.claimed_bytes, size, packed)
        content = drained(path, stream, head, header.claimed_bytes)
    grid, placed = placed_grid(header, str(path), orientation, zooms_mm)
    findings += placed
    if _is_sheared(grid):
        findings.append(_shear_finding(path, grid))
    return _Stored(_values(content, header), grid, findings)


def _head(stream: BinaryIO) -> bytes:
    head = b""
    while len(head) < HEAD_BYTES and (more := stream.read(HEAD_BYTES - len(head))):
        head += more
    return head


def _not_nifti(path: Path, head: bytes) -> InputRefused:
    if is_pair(head):
        problem = "an Analyze or NIfTI pair (.hdr and .img), or a damaged NIfTI header"
        return InputRefused(path, problem, "convert it to a single .nii.gz file")
    problem = f"not a NIfTI file: the content is {content_name(head)}"
    return InputRefused(
        path, problem, "give a .nii or .nii.gz file, converted from DICOM if need be"
    )


def _values(content: bytearray, header: NiftiHeader) -> NDArray[Any]:
    raw = np.frombuffer(content, header.dtype, offset=int(header.offset))
    return scaled(raw.reshape(header.shape, order="F"), header)


def _is_sheared(grid: Grid) -> bool:
    return grid.shear_degrees() > SHEAR_DEGREES


def _straight(grid: Grid) -> Grid:
    return orthogonal_grid(grid, grid.spacing)


def _straightened(labels: LabelVolume) -> LabelVolume:
    if not _is_sheared(labels.grid):
        return labels
    straight = resample_labels(labels, _straight(labels.grid))
    return replace(straight, names=labels.names)


def _shear_finding(path: Path, grid: Grid) -> Finding:
    problem = (
        f"the axes are sheared by {grid.shear_degrees():.2f} degrees; "
        "resampled onto an orthogonal grid"
    )
    mend = "none needed, unless the gantry was not tilted"
    return Finding(Level.WARNING, "sheared-affine", str(path), problem, mend)
