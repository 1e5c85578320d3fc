"""Files written whole or not at all, and the same bytes for the same content."""

from __future__ import annotations

import contextlib
import gzip
import json
import math
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid
from gliofront.image.series import Series
from gliofront.image.volume import LabelVolume, Volume

# Float images of noise hardly shrink at higher levels, which take several times as long.
_GZIP_LEVEL = 4
_DATA_START = 352
# Planes of the last axis written at a time.
_PLANES = 16
_SCANNER = 1
# A qform holds no shear. This much is rounding: 0.02 mm over a head.
_SHEAR_DEGREES = 0.01


def write_bytes(path: str | Path, data: bytes) -> None:
    """Write a file atomically; else as `whole_file`."""
    with whole_file(path) as file:
        file.write(data)


@contextlib.contextmanager
def whole_file(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file to be written piece by piece; it takes its name when the block ends well.

    Its folder is made, and the old file stays until the new is safe.

    Raises
    ------
    InputRefused
        If the system refuses (no space, read-only, a folder of that name); nothing is left behind.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A short name of its own: the final one may be as long as the file system allows.
        temporary = path.parent / f".{secrets.token_hex(8)}.tmp"
        try:
            with temporary.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)  # noqa: PTH105 (the atomic call, by its name)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        mend = "free space there or choose another output folder"
        raise InputRefused(path, f"the file cannot be written ({reason})", mend) from error


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    # Some network file systems know no such call; the file is whole and in its place by now.
    with contextlib.suppress(OSError):
        os.fsync(handle)
    os.close(handle)


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text atomically, line ends as given."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: str | Path, obj: Any) -> None:
    """Write JSON atomically: sorted keys, two spaces, a newline at the end, NaN as null.

    Mappings, sequences, numpy numbers and arrays, and paths are taken.
    """
    text = json.dumps(_plain(obj), sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def _plain(obj: Any) -> Any:
    if isinstance(obj, Mapping):
        return {str(key): _plain(value) for key, value in obj.items()}
    if isinstance(obj, np.ndarray | np.generic):
        return _plain(obj.tolist())
    if isinstance(obj, list | tuple):
        return [_plain(value) for value in obj]
    if isinstance(obj, float) and not math.isfinite(obj):
        return None
    return obj.as_posix() if isinstance(obj, Path) else obj


def write_volume(path: str | Path, volume: Volume) -> None:
    """Write a volume as float32 NIfTI-1, ``.nii`` or ``.nii.gz``, atomically.

    The header is made afresh: sform and qform both hold the grid (code 1, scanner), lengths in
    mm, slope 1, no description, so nothing of a source's header travels. The sform is exact to
    1e-4 mm; the qform of a grid near half a turn (an oblique LPS one) is rounded by the format
    to 0.2 mm over a head. nibabel and ITK 5 read the sform of such a file.

    Raises
    ------
    InputRefused
        If the grid is sheared (a qform cannot hold it), a side is longer than 32767 voxels, the
        name ends otherwise, or the system refuses to write.
    """
    _write_nifti(Path(path), volume.grid, volume.data.astype("<f4", copy=False))


def write_labels(path: str | Path, labels: LabelVolume) -> None:
    """Write labels as NIfTI-1 in the smallest unsigned integer type; else as `write_volume`."""
    little = labels.data.dtype.newbyteorder("<")
    _write_nifti(Path(path), labels.grid, labels.data.astype(little, copy=False))


def write_series(path: str | Path, series: Series) -> None:
    """Write images in a row as one NIfTI-1; else as `write_volume`.

    Whole numbers that fit, as scanners store them, are written as 16-bit integers.
    """
    whole = bool((series.data == np.rint(series.data)).all())
    fits = whole and np.abs(series.data).max() <= np.iinfo(np.int16).max
    _write_nifti(Path(path), series.grid, series.data.astype("<i2" if fits else "<f4", copy=False))


def _write_nifti(path: Path, grid: Grid, data: NDArray[Any]) -> None:
    if not path.name.endswith((".nii", ".nii.gz")):
        raise InputRefused(path, "the name does not end in .nii or .nii.gz", "name it so")
    header = _header(path, grid, data)
    with whole_file(path) as file:
        if path.name.endswith(".gz"):
            with gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as packed:
                _write_voxels(packed, header, data)
        else:
            _write_voxels(file, header, data)


def _write_voxels(file: BinaryIO | gzip.GzipFile, header: bytes, data: NDArray[Any]) -> None:
    """Write header and voxels, some planes at a time: the bytes of all are a second image."""
    file.write(header)
    for image in np.moveaxis(data, 3, 0) if data.ndim == 4 else [data]:
        for start in range(0, image.shape[2], _PLANES):
            file.write(image[:, :, start : start + _PLANES].tobytes(order="F"))


def _header(path: Path, grid: Grid, data: NDArray[Any]) -> bytes:
    """Return the 352 bytes before the voxels."""
    if max(data.shape) > np.iinfo(np.int16).max:
        raise InputRefused(path, f"a side of {data.shape} is too long for NIfTI-1", "crop it")
    if grid.shear_degrees() > _SHEAR_DEGREES:
        problem = (
            f"the grid is sheared by {grid.shear_degrees():.3g} degrees; a qform holds no shear"
        )
        raise InputRefused(path, problem, "resample it onto an orthogonal grid first")
    header = nib.Nifti1Header(endianness="<")
    header.set_data_dtype(data.dtype)
    header.set_data_shape(data.shape)
    header.set_xyzt_units("mm")
    header.set_qform(grid.affine, _SCANNER)
    header.set_sform(grid.affine, _SCANNER)
    header["pixdim"][4:] = 0
    header["vox_offset"], header["scl_slope"], header["scl_inter"] = _DATA_START, 1, 0
    return bytes(header.binaryblock) + bytes(_DATA_START - len(header.binaryblock))
