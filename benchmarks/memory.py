"""Resident size of this process (Linux, proc(5))."""

from __future__ import annotations

import ctypes
from pathlib import Path


def forget_peak() -> None:
    """Let the peak of the resident size begin again at its present value (clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def release_freed() -> None:
    """Return freed memory to the system, lest later use of it go unseen (glibc, malloc_trim)."""
    ctypes.CDLL(None).malloc_trim(0)


def peak_mb() -> float:
    return _status_mb("VmHWM")


def resident_mb() -> float:
    return _status_mb("VmRSS")


def _status_mb(key: str) -> float:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith(key))
    return int(line.split()[1]) / 1024
