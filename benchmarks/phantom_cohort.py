"""Seconds, megabytes and memory of a large virtual cohort with raw scans, patient by patient.

Usage: python benchmarks/phantom_cohort.py [--patients 100] [--given] [--write]

One process makes and writes patient after patient, as ``gliofront phantom --raw`` does (without
``--raw`` with ``--given``); the files are deleted once they are counted. Linux only.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from gliofront.phantom.cohort import write_member
from gliofront.phantom.settings import PhantomSettings
from memory import forget_peak, peak_mb, release_freed, resident_mb
from pages import processor, write_between

SEED = 1


@dataclass(frozen=True)
class Cost:
    """What a patient took; resident after freed memory was returned."""

    seconds: float
    processor_s: float
    files_mb: float
    peak_mb: float
    resident_mb: float


def cost(index: int, raw: bool) -> Cost:
    forget_peak()
    wall, cpu = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        settings = PhantomSettings()
        files = write_member(Path(folder), SEED, index, settings, sites="ABC", raw=raw)
        size = sum(file.stat().st_size for file in files) / 1e6
    spent = time.perf_counter() - wall, time.process_time() - cpu
    peak = peak_mb()
    release_freed()
    return Cost(*spent, size, peak, resident_mb())


def table(costs: list[Cost], raw: bool) -> str:
    tenth = max(1, len(costs) // 10)
    rows = {"first": costs[:tenth], "last": costs[-tenth:], "all": costs}
    kind = "raw scans and follow-up" if raw else "given maps"
    lines = [
        f"Measured on {processor()}, one core, Python {platform.python_version()}: {len(costs)} "
        f"virtual patients (seed {SEED}, 2 mm, sites A, B, C, {kind}), medians.",
        "",
        "| patients | s | processor s | files MB | peak MB | resident after MB |",
        "|---|---|---|---|---|---|",
    ]
    for name, some in rows.items():
        label = name if name == "all" else f"{name} {len(some)}"
        middle = [
            statistics.median(getattr(one, field) for one in some)
            for field in ("seconds", "processor_s", "files_mb", "peak_mb", "resident_mb")
        ]
        lines.append(
            f"| {label} | {middle[0]:.1f} | {middle[1]:.1f} | "
            + " | ".join(f"{value:.0f}" for value in middle[2:])
            + " |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=100)
    parser.add_argument("--given", action="store_true", help="maps in place of raw scans")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    chosen = parser.parse_args()
    cost(0, not chosen.given)  # the first patient pays for reading the template
    text = table([cost(i, not chosen.given) for i in range(chosen.patients)], not chosen.given)
    print(text)
    if chosen.write:
        write_between("performance.md", "phantom", text)


if __name__ == "__main__":
    main()
