"""A moving head with a bolus in it: tissue drawn from formulas, so motion needs no resampling."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from bolus_physics import Tissue, signal

from gliofront.image.grid import Grid
from gliofront.image.series import Series
from gliofront.maps.perfusion.rigid import in_voxels, rigid_matrix

TISSUES = ("csf", "grey", "white", "artery", "tumour", "scalp")
PROPERTIES = Tissue(
    blood=np.array([0.002, 0.05, 0.02, 0.12, 0.06, 0.01]),
    mtt_s=np.array([5.0, 4.0, 5.0, 0.8, 5.0, 8.0]),
    ktrans=np.array([0, 0, 0, 0, 0.12, 0.02]) / 60,
    ve=np.array([1, 1, 1, 1, 0.3, 0.3]),
    r2_between=np.array([0.0, 0, 0, 0, 20, 20]),
    t1_s=np.array([3.5, 1.2, 0.9, 1.6, 1.5, 0.8]),
)
DENSITY = np.array([1.3, 0.86, 0.68, 0.8, 0.85, 0.25])
RADII_MM = np.array([68.0, 82.0, 60.0])


@dataclass(frozen=True)
class Head:
    """How the virtual scan is made; motion maps a frame to six numbers (radians, mm)."""

    shape: tuple[int, int, int] = (64, 64, 12)
    spacing: tuple[float, float, float] = (3.0, 3.0, 6.0)
    frames: int = 50
    tr_s: float = 1.5
    te_ms: float = 30.0
    flip_deg: float = 60.0
    arrival_s: float = 18.0
    snr: float = 80.0
    seed: int = 0
    motion: dict[int, tuple[float, ...]] = field(default_factory=dict)

    @property
    def grid(self) -> Grid:
        size = np.array(self.spacing)
        affine = np.diag([*size, 1.0])
        affine[:3, 3] = -self.centre_mm
        return Grid(affine, self.shape)

    @property
    def centre_mm(self) -> np.ndarray:
        return (np.array(self.shape) - 1) / 2 * np.array(self.spacing)

    def voxel_motion(self, frame: int) -> np.ndarray:
        """Map voxel indices of the reference to where the same tissue is in the frame."""
        numbers = np.array(self.motion.get(frame, (0.0,) * 6))
        return in_voxels(rigid_matrix(numbers), np.array(self.spacing), self.centre_mm)


def _soft(value: np.ndarray, width: float) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(value / width, -40, 40)))


def _folds(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a smooth random field with folds of some 15 mm, about standard normal."""
    waves, phases = rng.normal(0, 0.16, (24, 3)), rng.uniform(0, 2 * np.pi, 24)
    total = np.zeros(points.shape[:-1])
    for wave, phase in zip(waves, phases, strict=True):
        total += np.cos(points @ wave + phase)
    return total / np.sqrt(12)


def fractions(points: np.ndarray, seed: int) -> np.ndarray:
    """Return the share of every tissue at world points (..., 3) mm, (..., 6)."""
    rng = np.random.default_rng(seed)
    folds = _folds(points, rng)
    radius = np.linalg.norm(points / RADII_MM, axis=-1)
    depth = (1 - radius) * 70
    brain = _soft(depth + 1.5 * folds, 1.2)
    head = _soft(depth + 14, 1.2) * (1 - _soft(depth + 7, 1.2))
    cortex = 1 - _soft(depth - 7 - 5 * folds, 1.2)
    deep = _soft(12 - np.linalg.norm(points - [0, 0, 5], axis=-1), 1.5)
    ventricle = _soft(9 - np.linalg.norm((points - [12, 0, 12]) / [0.8, 2.2, 1.0], axis=-1), 1.5)
    tumour = _soft(16 - np.linalg.norm(points - [-32, 20, 8], axis=-1), 1.5)
    artery = np.zeros_like(radius)
    for x, y in ((-28, 8), (28, 8), (0, 38), (2, -50)):
        across = np.linalg.norm(points[..., :2] - [x, y], axis=-1)
        artery = np.maximum(artery, _soft(2.6 - across, 0.8) * (points[..., 2] < 14))
    grey = np.maximum(cortex, deep)
    left = brain.copy()
    shares = np.zeros((*radius.shape, 6))
    for index, share in ((3, artery), (4, tumour), (0, ventricle), (1, grey)):
        shares[..., index] = left * share
        left = left * (1 - share)
    shares[..., 2] = left
    shares[..., 0] += (1 - brain) * _soft(depth + 4, 1.2)
    shares[..., 5] = head
    return shares


def truth(head: Head) -> tuple[np.ndarray, np.ndarray]:
    """Return shares of tissue (X, Y, Z, 6) at rest and the brain (X, Y, Z) bool."""
    index = np.stack(np.meshgrid(*map(np.arange, head.shape), indexing="ij"), -1)
    shares = fractions(head.grid.to_world(index), head.seed)
    return shares, shares[..., 1:5].sum(-1) > 0.5


def scan(head: Head) -> Series:
    """Return the series."""
    rng = np.random.default_rng(head.seed + 1)
    curves = DENSITY[:, None] * signal(
        PROPERTIES, head.frames, head.tr_s, head.te_ms, head.flip_deg, head.arrival_s
    )
    index = np.stack(np.meshgrid(*map(np.arange, head.shape), indexing="ij"), -1)
    still = fractions(head.grid.to_world(index), head.seed)
    sigma = float((still @ curves[:, 0])[still[..., 2] > 0.9].mean()) / head.snr
    data = np.empty((*head.shape, head.frames), np.float32)
    for frame in range(head.frames):
        shares = still
        if frame in head.motion:
            # Tissue now at a voxel was, at rest, where the inverse motion takes it.
            back = np.linalg.inv(head.voxel_motion(frame))
            moved = index @ back[:3, :3].T + back[:3, 3]
            shares = fractions(head.grid.to_world(moved), head.seed)
        clean = shares @ curves[:, frame]
        real, imaginary = sigma * rng.standard_normal((2, *head.shape), dtype=np.float32)
        data[..., frame] = 1000 * np.hypot(clean + real, imaginary)
    return Series(head.grid, data, "DSC")
