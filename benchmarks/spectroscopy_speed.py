"""Time and memory of the spectroscopy fit of a grid, into docs/performance.md.

Usage: python benchmarks/spectroscopy_speed.py [--side N] [--repeats N] [--write]

Simulated grids at 3 T (tests/maps/spectroscopy_fit/spectroscopy_scenes.py), 1024 points, with a
water reference: eddy currents, residual water, the fit, bounds and gates, on one core. Median of
the repeats; peak memory is the highest resident size above what was held before. Linux only.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from gliofront.image.grid import Grid
from gliofront.maps.spectroscopy.basis import Basis
from gliofront.maps.spectroscopy.metabolite_maps import metabolite_maps
from gliofront.maps.spectroscopy.spectra import Spectra
from memory import forget_peak, peak_mb, release_freed, resident_mb
from pages import processor, write_between

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "maps" / "spectroscopy_fit"))

from spectroscopy_scenes import Scene, acquisition, full_basis, signal  # noqa: E402


def make_grid(side: int, te_ms: float) -> tuple[Spectra, Basis]:
    press = acquisition(te_ms)
    basis, generator = full_basis(press), np.random.default_rng(1)
    fids = np.zeros((side, side, 1, press.points), dtype=np.complex64)
    water = np.zeros_like(fids)
    for i, j in np.ndindex(side, side):
        scene = Scene(
            cho_naa=0.3 * (4 / 0.3) ** (i / (side - 1)),
            width_hz=4.0 + 4.0 * j / (side - 1),
            shift_hz=generator.uniform(-8, 8),
            phase=generator.uniform(-3, 3),
            lipids=generator.uniform(0, 1) * (i > side / 2),
            water=40.0,
            sd=1.4,
        )
        fids[i, j, 0], _ = signal(scene, basis, generator)
        wave = 2j * np.pi * scene.shift_hz * press.time_s + 1j * scene.phase
        water[i, j, 0] = 60_000.0 * np.exp(wave - 20.0 * press.time_s)
    grid = Grid(np.diag([10.0, 10.0, 15.0, 1.0]), (side, side, 1))
    return Spectra(grid, fids, press, water), basis


def measure(side: int, te_ms: float, repeats: int) -> tuple[float, float]:
    spectra, basis = make_grid(side, te_ms)
    release_freed()
    before, seconds = resident_mb(), []
    forget_peak()
    for _ in range(repeats):
        start = time.perf_counter()
        metabolite_maps(spectra, basis)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), peak_mb() - before


def table(side: int, repeats: int) -> str:
    lines = [
        f"Measured on {processor()}, one core, Python {platform.python_version()}: a grid of "
        f"{side} x {side} spectra, median of {repeats}.",
        "",
        "| echo time | seconds | ms a spectrum | peak MB |",
        "|---|---|---|---|",
    ]
    for te_ms in (30.0, 144.0):
        seconds, megabytes = measure(side, te_ms, repeats)
        each = 1000 * seconds / side**2
        lines.append(f"| {te_ms:g} ms | {seconds:.1f} | {each:.0f} | {megabytes:.0f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    arguments = parser.parse_args()
    with threadpool_limits(1):
        text = table(arguments.side, arguments.repeats)
    print(text)
    if arguments.write:
        write_between("performance.md", "spectroscopy", text)


if __name__ == "__main__":
    main()
