"""Checks of a header's structure, as data: what must hold before a voxel is read."""

from __future__ import annotations

import math
from collections.abc import Callable

from gliofront.foundation.findings import Finding, Level
from gliofront.image.nifti_header import VOXEL_TYPES, NiftiHeader

Check = Callable[[NiftiHeader, str], list[Finding]]

_REFUSED_TYPES = {
    0: "unknown",
    1: "single bits",
    32: "complex numbers",
    128: "RGB colours",
    1536: "128-bit floats",
    1792: "complex numbers",
    2048: "complex numbers",
    2304: "RGBA colours",
}
_MOST_HEADER_BYTES = 2**26


def _error(code: str, subject: str, problem: str, mend: str) -> list[Finding]:
    return [Finding(Level.ERROR, code, subject, problem, mend)]


def sizes_are_positive(header: NiftiHeader, subject: str) -> list[Finding]:
    """Refuse a number of dimensions that cannot be, and sizes of 0 or less."""
    mend = "export the image again; the header is damaged"
    if not 1 <= header.rank <= 7:
        problem = f"the header claims {header.rank} dimensions"
        return _error("bad-dimensions", subject, problem, mend)
    used = header.sizes[: header.rank]
    if min(used) >= 1:
        return []
    problem = f"the header claims the sizes {_times(used)}, which must all be positive"
    return _error("bad-dimensions", subject, problem, mend)


def three_dimensions(header: NiftiHeader, subject: str) -> list[Finding]:
    """Refuse anything but one volume; trailing dimensions of size 1 are none."""
    shape = header.shape
    if len(shape) == 3 or sizes_are_positive(header, subject):
        return []
    if len(shape) < 3:
        mend = "give the whole volume, not one slice of it"
    else:
        mend = "take the one 3-D volume that is meant out of it"
    problem = f"the image has {len(shape)} dimensions ({_times(shape)}), not 3"
    return _error("not-3d", subject, problem, mend)


def four_dimensions(header: NiftiHeader, subject: str) -> list[Finding]:
    """Refuse anything but several volumes in a row."""
    shape = header.shape
    if len(shape) == 4 or sizes_are_positive(header, subject):
        return []
    mend = "give the whole series as one 4-D image, not one volume of it"
    problem = f"the image has {len(shape)} dimensions ({_times(shape)}), not 4"
    return _error("not-4d", subject, problem, mend)


def four_dimensions_at_most(header: NiftiHeader, subject: str) -> list[Finding]:
    """Refuse anything but one volume or several in a row."""
    return [] if len(header.shape) == 3 else four_dimensions(header, subject)


def real_numbers(header: NiftiHeader, subject: str) -> list[Finding]:
    """Refuse voxels that are not single real numbers."""
    if header.datatype in VOXEL_TYPES:
        return []
    name = _REFUSED_TYPES.get(header.datatype, "of no known type")
    problem = f"the voxels are {name} (NIfTI type {header.datatype}), not real numbers"
    mend = "convert it to float32: the magnitude of complex numbers, one channel of colours"
    return _error("voxel-type", subject, problem, mend)


def bits_fit_type(header: NiftiHeader, subject: str) -> list[Finding]:
    """Warn of a bitpix that is not the voxel type's; the type counts."""
    if header.datatype not in VOXEL_TYPES or header.bitpix == 8 * header.dtype.itemsize:
        return []
    problem = f"bitpix is {header.bitpix}, but voxel type {header.datatype} has another size"
    mend = "write the file again with a sound tool"
    return [Finding(Level.WARNING, "bitpix", subject, problem, mend)]


def offset_is_sound(header: NiftiHeader, subject: str) -> list[Finding]:
    """Refuse voxels that begin inside the header, nowhere, or absurdly far behind it."""
    least, offset = header.least_offset, header.offset
    if least <= offset <= _MOST_HEADER_BYTES and offset == int(offset):
        return []
    problem = f"the voxels are said to begin at byte {offset:g}, but the header takes {least}"
    return _error("bad-offset", subject, problem, "export the image again; the header is damaged")


def scaling_is_sound(header: NiftiHeader, subject: str) -> list[Finding]:
    """Refuse a scaling that is not finite; note one that the standard takes as none."""
    slope, intercept = header.slope, header.intercept
    scaling = f"slope {slope:g} and intercept {intercept:g}"
    mend = "write it again as float32 with slope 1 and intercept 0"
    is_float = VOXEL_TYPES.get(header.datatype, "i").startswith("f")
    if math.isinf(slope) or (math.isnan(slope) and not is_float):
        return _error("bad-scaling", subject, f"the values are scaled by {scaling}", mend)
    if not header.is_scaled:
        problem = f"{scaling} are taken as no scaling"
        return [Finding(Level.NOTE, "no-scaling", subject, problem)]
    if not math.isfinite(intercept):
        return _error("bad-scaling", subject, f"the values are scaled by {scaling}", mend)
    return []


def _times(sizes: tuple[int, ...]) -> str:
    return " x ".join(str(size) for size in sizes)


_OF_ANY: tuple[Check, ...] = (real_numbers, bits_fit_type, offset_is_sound, scaling_is_sound)
OF_A_VOLUME: tuple[Check, ...] = (sizes_are_positive, three_dimensions, *_OF_ANY)
OF_A_SERIES: tuple[Check, ...] = (sizes_are_positive, four_dimensions, *_OF_ANY)
OF_ONE_OR_MORE: tuple[Check, ...] = (sizes_are_positive, four_dimensions_at_most, *_OF_ANY)
"""All checks of a header's structure, in the order of their findings."""


def structure_findings(
    header: NiftiHeader, subject: str, checks: tuple[Check, ...] = OF_A_VOLUME
) -> list[Finding]:
    """Run every check of structure and return all findings."""
    return [finding for check in checks for finding in check(header, subject)]
