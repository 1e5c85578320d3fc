"""One run an output folder: a lock that any death releases, and the sweep after a death."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gliofront.foundation.errors import InputRefused, UsageRefused

LOCK = ".lock"
_HOLDER = re.compile(r"process \d+ on [\w.-]+")
_LEFTOVER = re.compile(r"\.[0-9a-f]{16}\.tmp")


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Hold the lock of an output folder, which is made if it is not there.

    The lock is the kernel's (flock) on the file ``.lock``, so it is free the moment its holder
    dies, in whichever way. The file tells who holds it and goes with the lock.

    Raises
    ------
    UsageRefused
        If another run holds it, naming that run.
    InputRefused
        If the folder cannot be made or written, or its file system keeps no locks.
    """
    path = out / LOCK
    try:
        out.mkdir(parents=True, exist_ok=True)
        handle = _locked_handle(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        mend = "make it writable or choose another output folder"
        raise InputRefused(out, f"the folder cannot be locked ({reason})", mend) from error
    try:
        yield
    finally:
        # Removed while held: who waits for it finds another file, or none, and tries again.
        with suppress(OSError):
            path.unlink()
        os.close(handle)


def _locked_handle(path: Path) -> int:
    """Return a handle of the lock's file, locked, and still the file of that name."""
    while True:
        # A link is not followed: who holds the lock writes to the file.
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        try:
            _lock(path, handle)
            if _is_at(path, handle):
                _tell(handle)
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _lock(path: Path, handle: int) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.pread(handle, 300, 0).decode("utf-8", "replace")
        holder = _HOLDER.match(text)
        by = f" ({holder[0]})" if holder else ""
        mend = "wait until it ends, stop it, or choose another output folder"
        raise UsageRefused(path.parent, f"another run{by} works in the folder", mend) from None


def _is_at(path: Path, handle: int) -> bool:
    """Return whether the file was not removed by its last holder before it was locked here."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat(follow_symlinks=False))
    except FileNotFoundError:
        return False


def _tell(handle: int) -> None:
    # On a full disk it holds all the same, without a name.
    with suppress(OSError):
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)


def is_leftover(path: Path) -> bool:
    """Return whether a name is one of those under which files are written before they are whole.

    >>> is_leftover(Path("out/.0123456789abcdef.tmp")), is_leftover(Path("out/notes.tmp"))
    (True, False)
    """
    return _LEFTOVER.fullmatch(path.name) is not None


def sweep(out: Path) -> list[Path]:
    """Delete what killed writers left under temporary names, and return the paths.

    Only the lock's holder may: the temporary files of a run at work look the same.

    Raises
    ------
    InputRefused
        If one cannot be deleted.
    """
    swept: list[Path] = []
    for folder, subfolders, files in os.walk(out):
        for name in [n for n in subfolders if is_leftover(Path(n))]:
            subfolders.remove(name)
            swept += _remove(Path(folder, name))
        for name in filter(lambda n: is_leftover(Path(n)), files):
            swept += _remove(Path(folder, name))
    return sorted(swept)


def _remove(path: Path) -> list[Path]:
    if path.is_symlink():
        return []  # never ours
    try:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputRefused(path, f"it cannot be deleted ({reason})", "delete it by hand") from error
    return [path]
