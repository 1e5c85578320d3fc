"""Time and memory of a perfusion series, by part.

Usage: python benchmarks/perfusion_speed.py [--write]

A simulated series of 128 x 128 x 20 voxels and 60 frames, in which the head moves during a fifth
of the frames, goes through motion, leakage and deconvolution one after the other, and through
the whole, in this process, on one core. Peak memory is the highest resident size of the process
in that part, with the series (79 MB) and whatever the part is given in it. Linux only.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from gliofront.maps.perfusion.bolus import find_bolus
from gliofront.maps.perfusion.deconvolution import deconvolve
from gliofront.maps.perfusion.estimate import perfusion_maps
from gliofront.maps.perfusion.leakage import fit_leakage, reference_voxels
from gliofront.maps.perfusion.motion import estimate_motion, resample_frames
from gliofront.maps.perfusion.relaxivity import delta_r2star
from gliofront.maps.perfusion.settings import PerfusionSettings
from memory import forget_peak, peak_mb, release_freed
from pages import processor, write_between

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "maps" / "perfusion"))

from bolus_head import Head, scan, truth

Result = TypeVar("Result")
MOVED = dict.fromkeys(range(16, 28), (0.01, 0.0, 0.02, 0.5, -1.0, 0.8))


class Parts:
    """Seconds and peak MB of every part, in order."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def measure(self, name: str, work: Callable[[], Result]) -> Result:
        release_freed()
        forget_peak()
        start = time.perf_counter()
        result = work()
        seconds = time.perf_counter() - start
        self.lines.append(f"| {name} | {seconds:.1f} | {peak_mb():.0f} |")
        return result


def table() -> str:
    head = Head(shape=(128, 128, 20), spacing=(1.75, 1.75, 5.0), frames=60, motion=MOVED)
    series, (_, brain) = scan(head), truth(head)
    settings = PerfusionSettings()
    parts = Parts()
    bolus, _ = find_bolus(series.data[brain].mean(axis=0), head.tr_s, settings)
    assert bolus is not None
    motion = parts.measure("motion, estimate", lambda: estimate_motion(series, bolus, brain))
    frames = parts.measure(
        f"motion, resampling of {motion.moved.sum()} frames",
        lambda: resample_frames(series, motion),
    )
    curves = delta_r2star(frames.data[brain], bolus.baseline, head.te_ms)
    chosen = parts.measure("reference curve", lambda: reference_voxels(curves, bolus, settings))
    reference = curves[chosen].mean(axis=0)
    for model in ("boxerman-weisskoff", "leu"):
        how = PerfusionSettings(leakage=model)
        parts.measure(
            f"leakage, {model}, in one block",
            lambda how=how: fit_leakage(curves, reference, bolus, how).corrected(curves),
        )
    aif = curves[np.argsort(-curves.max(axis=1))[:15]].mean(axis=0)
    parts.measure(
        "deconvolution, in one block",
        lambda: deconvolve(curves, aif, head.tr_s, settings.oscillation_limit),
    )
    parts.measure("whole", lambda: perfusion_maps(series, brain, head.te_ms, head.tr_s, settings))
    lines = [
        f"Measured on {processor()}, one core, Python {platform.python_version()}, "
        f"{np.count_nonzero(brain)} brain voxels, 60 frames.",
        "",
        "| part | s | peak MB |",
        "|---|---|---|",
    ]
    return "\n".join(lines + parts.lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    arguments = parser.parse_args()
    text = table()
    print(text)
    if arguments.write:
        write_between("performance.md", "perfusion", text)


if __name__ == "__main__":
    main()
