"""Raw scans of a visit, from which maps are made: diffusion, perfusion, spectroscopy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gliofront.cohort.bids import beside

DIFFUSION, PERFUSION, SPECTROSCOPY = "diffusion", "perfusion", "spectroscopy"

MADE_FROM: Mapping[str, tuple[str, ...]] = {
    DIFFUSION: ("ADC", "FA", "p", "q"),
    PERFUSION: ("rCBV",),
    SPECTROSCOPY: (),
}
"""Kind of raw scan to the maps on the T1C's grid that are made from it.

Those of spectroscopy stay on their own coarse grid.
"""

MADE_UNIT: Mapping[str, str] = {"rCBV": "relative"}
"""Unit of a map as it is made, before white matter is known, where it has another in the end."""


@dataclass(frozen=True)
class RawScan:
    """The files of one raw scan.

    Parameters
    ----------
    kind : `DIFFUSION`, `PERFUSION` or `SPECTROSCOPY`.
    files : what a file is, to the file. Diffusion: ``DWI``, ``DWI bval``, ``DWI bvec`` and, where
        they are there, ``DWI json``, and ``reverse b0``, the same without gradients and with the
        opposite phase encoding. Perfusion: ``DSC``, ``DSC json``. Spectroscopy: ``MRS``,
        ``MRS water``.
    """

    kind: str
    files: Mapping[str, Path]

    @property
    def name(self) -> str:
        """What the scan is called: the name of its first file."""
        return next(iter(self.files))


def _with_sidecar(name: str, path: Path) -> dict[str, Path]:
    sidecar = beside(path, ".json")
    return {name: path} | ({f"{name} json": sidecar} if sidecar.exists() else {})


def diffusion_scan(images: Path, reverse: Path | None = None) -> RawScan:
    """Return a diffusion scan; its gradients must lie beside it, which its reader checks.

    Parameters
    ----------
    reverse : images without gradients and with the opposite phase encoding.
    """
    files = _with_sidecar("DWI", images)
    files |= {"DWI bval": beside(images, ".bval"), "DWI bvec": beside(images, ".bvec")}
    if reverse is None:
        return RawScan(DIFFUSION, files)
    gradients = beside(reverse, ".bval")
    more = {"reverse b0 bval": gradients} if gradients.exists() else {}
    return RawScan(DIFFUSION, files | {"reverse b0": reverse} | more)


def perfusion_scan(images: Path) -> RawScan:
    """Return a perfusion scan; echo and repetition time stand in the sidecar beside it."""
    return RawScan(PERFUSION, _with_sidecar("DSC", images))


def spectroscopy_scan(spectra: Path, water: Path | None = None) -> RawScan:
    """Return a spectroscopy scan, with the same without water suppression where it is there."""
    return RawScan(SPECTROSCOPY, {"MRS": spectra} | ({"MRS water": water} if water else {}))
