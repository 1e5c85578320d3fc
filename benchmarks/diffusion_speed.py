"""Time and memory of the diffusion maps, written into docs/performance.md.

Usage: python benchmarks/diffusion_speed.py [--write]

A simulated head of 128 x 128 x 60 voxels with a b0 and 12 directions, which moves from image to
image, goes through motion correction, distortion correction by a reverse b0 and the fit, in this
process on one thread. Peak memory is the process's highest resident size during the stage.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from typing import TypeVar

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from gliofront.image.grid import Grid
from gliofront.image.resample import resample_volume
from gliofront.image.series import Series
from gliofront.image.volume import Volume
from gliofront.maps.diffusion.distortion import correct_distortion
from gliofront.maps.diffusion.estimate import fit_maps
from gliofront.maps.diffusion.gradients import Gradients
from gliofront.maps.diffusion.motion import correct_motion
from memory import forget_peak, peak_mb
from pages import processor, write_between

SHAPE, SPACING = (128, 128, 60), (1.8, 1.8, 2.3)
SNR, DEGREES, MM = 25.0, 2.0, 2.0
Kind = TypeVar("Kind")


def head(rng: np.random.Generator) -> tuple[Grid, np.ndarray, np.ndarray, np.ndarray]:
    """Return grid, brain, S0 and mean diffusivity of an ellipsoid with folds."""
    grid = Grid(np.diag([*SPACING, 1.0]), SHAPE)
    at = grid.to_world(np.moveaxis(np.indices(SHAPE), 0, -1)) - grid.to_world(np.array(SHAPE) / 2)
    far = np.linalg.norm(at / [70, 85, 62], axis=-1)
    brain = far < 1
    folds = gaussian_filter(rng.normal(size=SHAPE), 3)
    fluid = brain & (folds > np.quantile(folds, 0.85))
    grey = brain & (folds < np.quantile(folds, 0.4))
    s0 = np.select([fluid, grey, brain, (far > 1.06) & (far < 1.12)], [1800, 800, 600, 200], 0.0)
    diffusivity = np.select([fluid, grey, brain], [3e-3, 0.8e-3, 0.75e-3], 0.2e-3)
    return grid, brain, gaussian_filter(s0, 0.6), gaussian_filter(diffusivity, 0.6)


def directions(rng: np.random.Generator, count: int) -> np.ndarray:
    points = rng.normal(size=(count, 3))
    for _ in range(500):
        points /= np.linalg.norm(points, axis=1, keepdims=True)
        away = points[:, None] - np.concatenate([points, -points])[None]
        far = np.maximum(np.linalg.norm(away, axis=-1, keepdims=True), 1e-6)
        points = points + 0.02 * (away / far**3).sum(axis=1)
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def simulate() -> tuple[Series, Gradients, Volume, np.ndarray]:
    rng = np.random.default_rng(0)
    grid, brain, s0, diffusivity = head(rng)
    vectors = np.concatenate([np.zeros((1, 3)), directions(rng, 12)])
    gradients = Gradients(np.r_[0.0, [1000.0] * 12], vectors)
    fibre = np.where(brain & (s0 < 700), 0.5e-3, 0.0)
    centre = grid.to_world(np.array(SHAPE) / 2)
    images = []
    for n, (b, g) in enumerate(zip(gradients.b_values, vectors, strict=True)):
        along = diffusivity + fibre * (g[0] ** 2 - (g @ g) / 3) if b else 0.0
        still = Volume(grid, (s0 * np.exp(-b * along)).astype(np.float32), "DWI", "a")
        pull = np.eye(4)
        if n:
            pull[:3, :3] = Rotation.from_rotvec(
                rng.normal(0, DEGREES / 3**0.5, 3), degrees=True
            ).as_matrix()
            shift = rng.normal(0, MM / 3**0.5, 3)
            pull[:3, 3] = centre - pull[:3, :3] @ centre + shift
        images.append(resample_volume(still, grid, pull=pull, fill=0.0).data)
    sigma = 600 / SNR
    data = np.stack(images, axis=-1)
    noisy = np.hypot(*(part + rng.normal(0, sigma, data.shape) for part in (data, 0)))
    series = Series(grid, noisy.astype(np.float32), "DWI")
    return series, gradients, Volume(grid, noisy[..., 0].astype(np.float32), "b0", "a"), brain


def timed(work: Callable[[], Kind]) -> tuple[Kind, float, float, float]:
    forget_peak()
    wall, processor_time = time.perf_counter(), time.process_time()
    result = work()
    spent = time.perf_counter() - wall, time.process_time() - processor_time
    return result, *spent, peak_mb()


def table() -> str:
    series, gradients, reverse, brain = simulate()
    motion, *moving = timed(lambda: correct_motion(series, gradients))
    straight, *bending = timed(
        lambda: correct_distortion(motion.series, motion.b0, axis=1, reverse_b0=reverse)
    )
    _, *fitting = timed(lambda: fit_maps(straight.series, motion.gradients, brain))
    rows = {
        "motion (13 images)": moving,
        "distortion by a reverse b0": bending,
        "tensor and maps (WLS)": fitting,
    }
    rows["motion, tensor and maps"] = [a + b for a, b in zip(moving, fitting, strict=True)]
    rows["motion, tensor and maps"][2] = max(moving[2], fitting[2])
    lines = [
        f"Measured on {processor()}, one thread, Python {platform.python_version()}: simulated "
        f"head of {' x '.join(map(str, SHAPE))} voxels, 1 b0 and 12 directions of b 1000, SNR "
        f"{SNR:.0f}, {DEGREES:.0f} degrees and {MM:.0f} mm of motion; {int(brain.sum())} voxels "
        f"fitted. Other work on the machine: load {os.getloadavg()[0]:.1f}.",
        "",
        "| stage | s | processor s | peak MB |",
        "|---|---|---|---|",
    ]
    lines += [f"| {name} | {a:.1f} | {b:.1f} | {mb:.0f} |" for name, (a, b, mb) in rows.items()]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    arguments = parser.parse_args()
    text = table()
    print(text)
    if arguments.write:
        write_between("performance.md", "diffusion", text)


if __name__ == "__main__":
    main()
