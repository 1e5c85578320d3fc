"""NIfTI-MRS files: spectroscopy signals with their place, verified as every image is.

The standard stores protons so that a higher chemical shift turns clockwise (a negative frequency
by the plain Fourier transform; Levitt, J Magn Reson 1997;126:164-182). Here a higher chemical
shift turns counter-clockwise, so signals are conjugated on the way in and out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import refuse_errors
from gliofront.image.file_bytes import HEAD_BYTES, check_claim, content_name, drained, opened
from gliofront.image.grid import Grid
from gliofront.image.header_checks import offset_is_sound, sizes_are_positive
from gliofront.image.mrs_extension import extension_json, field_mhz, number
from gliofront.image.mrs_placement import mrs_grid
from gliofront.image.nifti_header import NiftiHeader, is_pair, parse_header

Complex64Array = NDArray[np.complex64]

_COMPLEX_TYPES = {32: "c8", 1792: "c16"}
_SECONDS_PER_UNIT = {0: 1.0, 8: 1.0, 16: 1e-3, 24: 1e-6}
_REPEATS = ("DIM_DYN", "DIM_MEAS")
_DAMAGED = "export the scan again; the file is damaged"


@dataclass(frozen=True, eq=False)
class MrsFile:
    """What a NIfTI-MRS file holds.

    Parameters
    ----------
    grid : where the voxels lie; a single voxel is a grid of (1, 1, 1).
    fids : (X, Y, Z, points, repeats) complex64, a higher chemical shift turning
        counter-clockwise; repeats are transients, or measurements, not yet averaged.
    dwell_s : time between two points, s.
    header : the header extension.
    """

    grid: Grid
    fids: Complex64Array
    dwell_s: float
    header: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def field_mhz(self) -> float:
        """Frequency of 1H, MHz."""
        return field_mhz(self.header, "spectroscopy")

    @property
    def te_ms(self) -> float:
        """Echo time, ms; NaN where not stated."""
        return 1000 * number(self.header.get("EchoTime"))

    @property
    def tr_s(self) -> float:
        """Repetition time, s; NaN where not stated."""
        return number(self.header.get("RepetitionTime"))


def read_nifti_mrs(path: str | Path) -> MrsFile:
    """Read a NIfTI-MRS file of 1H signals, coils combined.

    Raises
    ------
    InputRefused
        If the file is damaged, cut off, no NIfTI file or one of real numbers, has no header
        extension of code 44 or a damaged one, is of another nucleus, of several coils or of an
        encoding that is not a repeat, does not say where it lies or how long a dwell is, or
        holds nothing or what is not finite.
    """
    path = Path(path)
    subject = str(path)
    with opened(path) as (stream, size, packed):
        head = _head(stream)
        header = parse_header(head)
        if header is None:
            raise _not_nifti(path, head)
        refuse_errors(sizes_are_positive(header, subject) + offset_is_sound(header, subject))
        dtype = _complex_dtype(header, subject)
        count = math.prod(header.shape)
        claimed = int(header.offset) + count * dtype.itemsize
        check_claim(path, claimed, size, packed)
        content = drained(path, stream, head, claimed)
    extension = extension_json(
        bytes(content[: int(header.offset)]),
        header.least_offset,
        int(header.offset),
        header.byte_order,
        subject,
    )
    field_mhz(extension, subject)
    stored = np.frombuffer(content, dtype, count, int(header.offset))
    fids = _signals(stored.reshape(header.shape, order="F"), header, extension, subject)
    dwell = _dwell_s(content[: header.least_offset], header, subject)
    return MrsFile(mrs_grid(header, subject), fids, dwell, MappingProxyType(extension))


def _head(stream: BinaryIO) -> bytes:
    head = b""
    while len(head) < HEAD_BYTES and (more := stream.read(HEAD_BYTES - len(head))):
        head += more
    return head


def _not_nifti(path: Path, head: bytes) -> InputRefused:
    seen = "an Analyze or NIfTI pair" if is_pair(head) else content_name(head)
    problem = f"not a NIfTI file: the content is {seen}"
    return InputRefused(path, problem, "convert the scan to NIfTI-MRS (spec2nii does it)")


def _complex_dtype(header: NiftiHeader, subject: str) -> np.dtype[Any]:
    if header.datatype in _COMPLEX_TYPES and len(header.shape) >= 4:
        return np.dtype(header.byte_order + _COMPLEX_TYPES[header.datatype])
    problem = (
        f"it holds {len(header.shape)} dimensions of NIfTI type {header.datatype}, not complex "
        "signals in time along the fourth"
    )
    raise InputRefused(subject, problem, "convert the scan to NIfTI-MRS (spec2nii does it)")


def _signals(
    stored: NDArray[np.complexfloating], header: NiftiHeader, extension: Any, subject: str
) -> Complex64Array:
    """Return checked signals (X, Y, Z, points, repeats) in the convention used here."""
    for axis, size in enumerate(stored.shape[4:], start=5):
        tag = extension.get(f"dim_{axis}")
        if size == 1 or tag in _REPEATS:
            continue
        if tag == "DIM_COIL":
            mend = "combine the coils first, such as with the scanner's or FSL-MRS's combination"
            raise InputRefused(subject, f"it holds {size} coils apart", mend)
        problem = f"dimension {axis} ({str(tag)[:30]}, size {size}) is no plain repeat"
        raise InputRefused(subject, problem, "give one condition, averaged or not")
    slope, intercept = (header.slope, header.intercept) if header.is_scaled else (1.0, 0.0)
    # Too large a number for single precision becomes infinite here and is refused below.
    with np.errstate(over="ignore"):
        scaled = stored if (slope, intercept) == (1, 0) else stored * slope + intercept
        fids = np.conj(scaled).astype(np.complex64).reshape(*stored.shape[:4], -1, order="F")
    if not np.isfinite(fids).all():
        raise InputRefused(subject, "some of its values are not finite", _DAMAGED)
    if fids.shape[3] < 16 or not np.any(fids):
        raise InputRefused(subject, "it holds no signal", _DAMAGED)
    return np.ascontiguousarray(fids)


def _dwell_s(head: bytearray, header: NiftiHeader, subject: str) -> float:
    kinds: dict[int, Any] = {348: nib.Nifti1Header, 540: nib.Nifti2Header}
    raw = kinds[header.least_offset](bytes(head), endianness=header.byte_order, check=False)
    dwell = float(raw["pixdim"][4]) * _SECONDS_PER_UNIT.get(int(raw["xyzt_units"]) & 56, 0.0)
    if not 1e-6 <= dwell <= 0.01:
        problem = f"the dwell time (pixdim 4) is {dwell:g} s, outside 1e-6 to 0.01 s"
        raise InputRefused(subject, problem, "correct it, or the unit of time, in the header")
    return dwell
