"""The bytes of a NIfTI file: known by their first ones, read to the very end, counted."""

from __future__ import annotations

import gzip
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from gliofront.foundation.errors import InputRefused

HEAD_BYTES = 544
"""Enough for the header of NIfTI-1 (348 bytes, and 4) and of NIfTI-2 (540, and 4)."""

MAX_BYTES = 4 * 2**30
"""The largest image that is read, uncompressed; 1000 cubed voxels of float32 fit."""

_CHUNK = 1 << 20
# Deflate cannot do better than 1032 to 1, so a larger claim is refused before any allocation.
_BEST_RATIO = 1032

_COPY_AGAIN = "copy or export the file again"
_NAMED_BY_START: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a zip archive"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"(\xb5/\xfd", "a zstandard file"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-zip archive"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a numpy array file"),
    (b"NRRD", "an NRRD image"),
    (b"version https://git-lfs", "a Git LFS pointer, not the image itself"),
    (b"/annex/objects", "a git-annex pointer, not the image itself"),
    (b"\x1f\x8b", "a gzip file inside a gzip file"),
)
_NAMED_BY_TEXT: tuple[tuple[bytes, str], ...] = (
    (b"<!doctype html", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<?xml", "an XML document"),
    (b"{", "a JSON text"),
    (b"[", "a JSON text"),
)


def content_name(head: bytes) -> str:
    """Say what a file that is not NIfTI is, from its first bytes.

    >>> content_name(b"<!DOCTYPE html><html>"), content_name(b"PK\\x03\\x04...")
    ('an HTML page', 'a zip archive')
    """
    if not head:
        return "empty"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    starts = [name for magic, name in _NAMED_BY_START if head.startswith(magic)]
    starts += [name for magic, name in _NAMED_BY_TEXT if text.startswith(magic)]
    if starts:
        return starts[0]
    if head[128:132] == b"DICM":
        return "a DICOM file"
    if head[257:262] == b"ustar":
        return "a tar archive"
    if not head.strip(b"\0"):
        return "nothing but zeros"
    return "of no kind known here"


def is_gzip(head: bytes) -> bool:
    """Tell whether the bytes begin a gzip stream."""
    return head.startswith(b"\x1f\x8b")


@contextmanager
def opened(path: Path) -> Iterator[tuple[BinaryIO, int, bool]]:
    """Open a regular file as its uncompressed stream; give the stream, file size, and if gzip.

    Raises
    ------
    InputRefused
        If there is no such file, it is a folder or a device, it may not be read, its name and
        content disagree about compression, or the stream is damaged while it is read.
    """
    try:
        size = _regular_size(path)
        with path.open("rb") as file:
            packed = is_gzip(file.read(2))
            file.seek(0)
            _check_name(path, packed, size)
            stream = cast(BinaryIO, gzip.GzipFile(fileobj=file, mode="rb")) if packed else file
            yield stream, size, packed
    except EOFError as error:
        raise InputRefused(path, "the gzip stream is cut off", _COPY_AGAIN) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise InputRefused(path, f"the gzip stream is damaged ({error})", _COPY_AGAIN) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        mend = "check its permissions and the disk"
        raise InputRefused(path, f"the file cannot be read ({reason})", mend) from error


def _regular_size(path: Path) -> int:
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise InputRefused(path, "there is no such file", "check the name") from error
    if stat.S_ISDIR(status.st_mode):
        raise InputRefused(path, "this is a folder", "give the NIfTI file in it")
    if not stat.S_ISREG(status.st_mode):
        raise InputRefused(path, "this is not a regular file", "give a NIfTI file")
    if status.st_size == 0:
        raise InputRefused(path, "the file is empty", _COPY_AGAIN)
    return status.st_size


def _check_name(path: Path, packed: bool, size: int) -> None:
    named_packed = path.name.lower().endswith(".gz")
    if packed and not named_packed:
        raise InputRefused(
            path, "a gzip file without .gz at its name's end", "rename it to .nii.gz"
        )
    if packed or not named_packed:
        return
    with path.open("rb") as file:
        head = file.read(min(size, HEAD_BYTES))
    if head[:4] in (b"\x5c\x01\0\0", b"\0\0\x01\x5c", b"\x1c\x02\0\0", b"\0\0\x02\x1c"):
        problem = "named .gz, but an uncompressed NIfTI or Analyze file"
        raise InputRefused(path, problem, "rename it to .nii, or compress it with gzip")
    problem = f"named .gz, but not gzip: the content is {content_name(head)}"
    raise InputRefused(path, problem, _COPY_AGAIN)


def check_claim(path: Path, claimed: int, size: int, packed: bool) -> None:
    """Refuse, before anything is allocated, a header that claims more than the file can hold.

    Parameters
    ----------
    claimed : bytes of header, extensions and voxels that the header describes.
    size : bytes of the file, as it lies on the disk.
    packed : whether it is gzip.
    """
    if claimed > MAX_BYTES:
        problem = f"the header claims {claimed / 2**30:.1f} GiB, above {MAX_BYTES / 2**30:.0f} GiB"
        raise InputRefused(path, problem, "check the file, or crop the image")
    if not packed and claimed != size:
        _refuse_count(path, claimed, f"the file holds {size}")
    if packed and claimed > size * _BEST_RATIO:
        _refuse_count(path, claimed, f"{size} compressed bytes cannot hold them (cut off?)")


def drained(path: Path, stream: BinaryIO, head: bytes, claimed: int) -> bytearray:
    """Read the stream to its end, which checks the gzip CRC, and return the claimed bytes.

    No more than is claimed is ever held, so a stream that never ends costs no memory, and it is
    left as soon as it is one byte too long.
    """
    content = bytearray(head[:claimed])
    extra = len(head) - len(content)
    while not extra and (chunk := stream.read(_CHUNK)):
        room = claimed - len(content)
        content += chunk[:room]
        extra = max(len(chunk) - room, 0)
    if extra:
        _refuse_count(path, claimed, "the file holds more")
    if len(content) < claimed:
        _refuse_count(path, claimed, f"the file holds {len(content)}")
    return content


def _refuse_count(path: Path, claimed: int, found: str) -> None:
    problem = f"the header describes {claimed} bytes, but {found}"
    raise InputRefused(path, problem, _COPY_AGAIN)
