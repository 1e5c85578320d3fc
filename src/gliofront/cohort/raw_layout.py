"""Which files of a BIDS visit are raw scans, and which belong together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gliofront.cohort.bids import beside
from gliofront.cohort.bids_name import BidsName, only
from gliofront.cohort.raw_scans import (
    DIFFUSION,
    PERFUSION,
    SPECTROSCOPY,
    RawScan,
    diffusion_scan,
    perfusion_scan,
    spectroscopy_scan,
)
from gliofront.foundation.errors import InputRefused


def read_raw_scans(names: Sequence[BidsName]) -> dict[str, RawScan]:
    """Return the raw scans of a visit by their kind.

    Parameters
    ----------
    names : all images of the visit.

    Raises
    ------
    InputRefused
        If two scans of a kind are there, and which one is meant cannot be known.
    """
    found = {
        DIFFUSION: _diffusion(names),
        PERFUSION: _perfusion(names),
        SPECTROSCOPY: _spectroscopy(names),
    }
    return {kind: scan for kind, scan in found.items() if scan is not None}


def _of(names: Sequence[BidsName], *suffixes: str) -> list[Path]:
    return [name.path for name in names if name.suffix in suffixes]


def _diffusion(names: Sequence[BidsName]) -> RawScan | None:
    """Return the scan with more gradients; the other of a pair tells the distortion."""
    series = [path for path in _of(names, "dwi") if beside(path, ".bval").exists()]
    bare = [path for path in _of(names, "dwi") if path not in series]
    if not series:
        # Its reader says which file is missing.
        path = only(bare, "DWI")
        return diffusion_scan(path) if path else None
    main = max(series, key=_gradients)
    others = [path for path in series if path != main] + bare
    reverse = [path for path in (*others, *_of(names, "epi")) if _direction(path) is not None]
    reverse = [path for path in reverse if _direction(path) != _direction(main)]
    unknown = [path for path in others if path not in reverse]
    if unknown:
        only([main, *unknown], "DWI")
    return diffusion_scan(main, only(reverse, "DWI with the opposite phase encoding"))


def _gradients(series: Path) -> int:
    try:
        return len(beside(series, ".bval").read_text(encoding="ascii").split())
    except (OSError, UnicodeDecodeError) as error:
        reason = type(error).__name__
        mend = "write one number an image, in s/mm2"
        raise InputRefused(
            beside(series, ".bval"), f"it cannot be read ({reason})", mend
        ) from error


def _direction(path: Path) -> str | None:
    return BidsName.parse(path).entities.get("dir")


def _perfusion(names: Sequence[BidsName]) -> RawScan | None:
    path = only(_of(names, "dsc"), "DSC")
    return perfusion_scan(path) if path else None


def _spectroscopy(names: Sequence[BidsName]) -> RawScan | None:
    path = only(_of(names, "svs", "mrsi"), "MRS")
    water = only(_of(names, "mrsref"), "MRS without water suppression")
    return spectroscopy_scan(path, water) if path else None
