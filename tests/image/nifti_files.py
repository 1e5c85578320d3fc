"""NIfTI files for tests, sound or spoilt on purpose, and what every refusal must be."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from gliofront.foundation.errors import InputRefused
from gliofront.image.grid import Grid

OBLIQUE = Rotation.from_euler("xyz", [12, -7, 21], degrees=True).as_matrix()


def oblique_affine(zooms: tuple[float, ...] = (0.9, 1.1, 3.0)) -> np.ndarray:
    affine = np.eye(4)
    affine[:3, :3] = OBLIQUE * zooms
    affine[:3, 3] = [-70.0, -55.0, 12.5]
    return affine


def noise(shape: tuple[int, ...] = (12, 10, 8), seed: int = 7) -> np.ndarray:
    return np.random.default_rng(seed).normal(100, 20, shape).astype(np.float32)


def content(data: np.ndarray, affine: np.ndarray | None = None, **fields: Any) -> bytes:
    """A single-file NIfTI-1 with both codes 1 whose header fields are then overwritten."""
    image = nib.Nifti1Image(data, np.eye(4) if affine is None else affine, dtype=data.dtype)
    image.set_sform(image.affine, 1)
    image.set_qform(image.affine, 1)
    image.header.set_xyzt_units("mm")
    whole = image.to_bytes()
    header = nib.Nifti1Header(whole[:348], check=False)
    for field, value in fields.items():
        header[field] = value
    return header.binaryblock + whole[348:]


def saved(path: Path, whole: bytes) -> Path:
    path.write_bytes(gzip.compress(whole, 1) if path.name.endswith(".gz") else whole)
    return path


def refused(path: Path, call: Callable[[], object], *said: str) -> str:
    """The call is refused with the file, the problem and the mend, and leaves its folder alone."""
    folder = path.parent
    before = {p.name: p.stat() for p in folder.iterdir()} if folder.is_dir() else {}
    with pytest.raises(InputRefused) as caught:
        call()
    after = {p.name: p.stat() for p in folder.iterdir()} if folder.is_dir() else {}
    message = str(caught.value)
    assert caught.value.exit_code == 3
    assert path.name in message
    assert "To mend: " in message
    for part in said:
        assert part in message, message
    assert set(after) == set(before)
    for name, status in before.items():
        assert after[name].st_size == status.st_size
        assert after[name].st_mtime_ns == status.st_mtime_ns
    return message


GRIDS = {
    "RAS": Grid(np.diag([1.0, 1.0, 1.0, 1.0]), (6, 7, 8)),
    "LPS": Grid(np.diag([-1.0, -1.2, 2.0, 1.0]), (6, 7, 8)),
    "oblique": Grid(oblique_affine(), (6, 7, 8)),
    "oblique-flipped": Grid(oblique_affine() @ np.diag([-1.0, 1, 1, 1]), (6, 7, 8)),
    "sagittal-thick": Grid(oblique_affine((1.0, 1.0, 6.0))[:, [2, 0, 1, 3]], (3, 9, 5)),
    "almost-LPS": Grid(
        np.block(
            [
                [
                    Rotation.from_euler("xyz", [0.05, 0.03, 180.04], degrees=True).as_matrix(),
                    np.array([[90.0], [110.0], [-60.0]]),
                ],
                [np.zeros((1, 3)), np.ones((1, 1))],
            ]
        ),
        (6, 7, 8),
    ),
}
