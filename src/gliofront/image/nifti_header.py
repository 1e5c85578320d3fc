"""What a NIfTI-1 or NIfTI-2 header says, taken as it stands: nothing is mended or guessed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import nibabel as nib
import numpy as np

from gliofront.image.grid import FloatArray
from gliofront.image.quaternion import rotation_of

VOXEL_TYPES = {
    2: "u1",
    4: "i2",
    8: "i4",
    16: "f4",
    64: "f8",
    256: "i1",
    512: "u2",
    768: "u4",
    1024: "i8",
    1280: "u8",
}
"""NIfTI code of each voxel type that is read, to its numpy kind and size."""

_MM_PER_UNIT = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
_UNIT_NAMES = {0: "unknown", 1: "metre", 2: "mm", 3: "micron"}


@dataclass(frozen=True)
class NiftiHeader:
    """The fields of a single-file NIfTI header that matter here.

    Parameters
    ----------
    byte_order : ``"<"`` or ``">"``.
    least_offset : first byte that voxels can have, 348 or 540.
    rank, sizes : number of dimensions, and all seven sizes, as stored.
    datatype, bitpix : NIfTI code of the voxel type, and bits a voxel.
    offset : first byte of the voxels, as stored.
    slope, intercept : scaling of the values, as stored.
    unit : code of the unit of length.
    zooms : pixdim 1 to 3, as stored.
    qform_code, sform_code : 0 means that this placement is not given.
    qform, sform : (4, 4) from voxel index to RAS+ mm after the unit is applied, None where the
        code is 0; the qform is NaN where its quaternion is none.
    """

    byte_order: str
    least_offset: int
    rank: int
    sizes: tuple[int, ...]
    datatype: int
    bitpix: int
    offset: float
    slope: float
    intercept: float
    unit: int
    zooms: tuple[float, float, float]
    qform_code: int
    sform_code: int
    qform: FloatArray | None
    sform: FloatArray | None

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the dimensions in use, without trailing 1s after the third."""
        used = list(self.sizes[: min(max(self.rank, 0), 7)])
        while len(used) > 3 and used[-1] == 1:
            used.pop()
        return tuple(used)

    @property
    def mm_per_unit(self) -> float:
        """Factor from the header's unit of length to mm; an unknown unit is taken as mm."""
        return _MM_PER_UNIT.get(self.unit, 1.0)

    @property
    def unit_name(self) -> str:
        """Name of the unit of length."""
        return _UNIT_NAMES.get(self.unit, f"code {self.unit}")

    @property
    def zooms_mm(self) -> FloatArray:
        """The stored pixdim 1 to 3 in mm."""
        return np.array(self.zooms) * self.mm_per_unit

    @property
    def dtype(self) -> np.dtype[Any]:
        """The voxels' numpy type; the code must be one of `VOXEL_TYPES`."""
        return np.dtype(self.byte_order + VOXEL_TYPES[self.datatype])

    @property
    def is_scaled(self) -> bool:
        """Whether slope and intercept apply: by the standard not where the slope is 0."""
        return self.slope != 0 and not math.isnan(self.slope)

    @property
    def claimed_bytes(self) -> int:
        """Bytes from the start of the file to the end of the voxels; sizes must be positive."""
        return int(self.offset) + math.prod(self.shape) * self.dtype.itemsize


def parse_header(head: bytes) -> NiftiHeader | None:
    """Return the header at the start of the bytes, or None where they hold no NIfTI header.

    Pairs (``.hdr`` and ``.img``) are not single files: see `is_pair`.
    """
    kinds: tuple[tuple[int, Any, slice, bytes], ...] = (
        (348, nib.Nifti1Header, slice(344, 348), b"n+1\0"),
        (540, nib.Nifti2Header, slice(4, 12), b"n+2\0\r\n\x1a\n"),
    )
    for length, kind, place, magic in kinds:
        for order in "<>":
            stored = length.to_bytes(4, "little" if order == "<" else "big")
            if len(head) >= length and head[:4] == stored and head[place] == magic:
                return _fields(kind(head[:length], endianness=order, check=False), order, length)
    return None


def is_pair(head: bytes) -> bool:
    """Tell whether the bytes are an Analyze or NIfTI header whose voxels lie in another file."""
    sizes = {(348).to_bytes(4, order) for order in ("little", "big")}
    sizes |= {(540).to_bytes(4, order) for order in ("little", "big")}
    return len(head) >= 348 and head[:4] in sizes and parse_header(head) is None


def _fields(raw: Any, order: str, length: int) -> NiftiHeader:
    unit = int(raw["xyzt_units"]) & 7
    factor = _MM_PER_UNIT.get(unit, 1.0)
    zooms = tuple(float(zoom) for zoom in raw["pixdim"][1:4])
    qform_code, sform_code = int(raw["qform_code"]), int(raw["sform_code"])
    return NiftiHeader(
        byte_order=order,
        least_offset=length,
        rank=int(raw["dim"][0]),
        sizes=tuple(int(size) for size in raw["dim"][1:]),
        datatype=int(raw["datatype"]),
        bitpix=int(raw["bitpix"]),
        offset=float(raw["vox_offset"]),
        slope=float(raw["scl_slope"]),
        intercept=float(raw["scl_inter"]),
        unit=unit,
        zooms=(zooms[0], zooms[1], zooms[2]),
        qform_code=qform_code,
        sform_code=sform_code,
        qform=_in_mm(_qform(raw), factor) if qform_code > 0 else None,
        sform=_in_mm(_sform(raw), factor) if sform_code > 0 else None,
    )


def _in_mm(affine: FloatArray, factor: float) -> FloatArray:
    return np.vstack([affine[:3] * factor, affine[3:]])


def _sform(raw: Any) -> FloatArray:
    rows = [raw["srow_x"], raw["srow_y"], raw["srow_z"], [0, 0, 0, 1]]
    return np.array(rows, dtype=np.float64)


def _qform(raw: Any) -> FloatArray:
    affine = np.eye(4)
    rotation = rotation_of([raw["quatern_b"], raw["quatern_c"], raw["quatern_d"]])
    if rotation is None:
        return np.full((4, 4), np.nan)
    handed = -1.0 if raw["pixdim"][0] < 0 else 1.0
    zooms = np.asarray(raw["pixdim"][1:4], dtype=np.float64)
    # An infinite voxel size becomes NaN here and is refused with the other checks.
    with np.errstate(invalid="ignore"):
        affine[:3, :3] = rotation * zooms * [1, 1, handed]
    affine[:3, 3] = [raw["qoffset_x"], raw["qoffset_y"], raw["qoffset_z"]]
    return affine
