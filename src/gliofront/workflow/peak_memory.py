"""The most memory that this process held since a moment, where the system keeps count (Linux)."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"
_MB_IN_KIB = 1024 / 1e6


def reset_peak() -> bool:
    """Start counting afresh; return whether the system can (Linux since 4.0)."""
    try:
        _CLEAR.write_text(_RESET_PEAK, encoding="ascii")
    except OSError:
        return False
    return True


def release_freed() -> None:
    """Give freed memory back to the system, so that the next job starts with what it needs.

    glibc keeps it, as new memory costs time; without glibc nothing is done.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def peak_mb() -> float | None:
    """Return the most resident memory since `reset_peak`, in 10^6 bytes, or None if unknown."""
    try:
        found = re.search(r"^VmHWM:\s*(\d+) kB$", _STATUS.read_text(encoding="ascii"), re.M)
    except (OSError, UnicodeDecodeError):
        return None
    return round(int(found[1]) * _MB_IN_KIB, 1) if found else None
