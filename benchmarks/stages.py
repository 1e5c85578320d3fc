"""Time and memory of every step of a patient, written into docs/performance.md.

Usage: python benchmarks/stages.py [--patients N] [--write]

Virtual patients (2 mm scans, 1 mm working grid) go through the steps one after the other in this
process, on one core; medians over patients. Peak memory is the highest resident size of the
process during the step, of all patients; what earlier steps still hold is in it. Linux only.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import tempfile
from collections import defaultdict
from pathlib import Path

from gliofront.cohort.layout import read_cohort
from gliofront.phantom.cohort import write_cohort
from gliofront.workflow.patient import prepare_patient
from gliofront.workflow.settings import StudySettings
from gliofront.workflow.step import StepDone
from gliofront.workflow.study import wanted_maps
from memory import forget_peak, peak_mb
from pages import processor, write_between


def measure(patients: int) -> tuple[dict[str, list[float]], dict[str, float], list[int]]:
    seconds: dict[str, list[float]] = defaultdict(list)
    peaks: dict[str, float] = {}
    voxels = []

    def listen(done: StepDone) -> None:
        seconds[done.step].append(done.seconds)
        peaks[done.step] = max(peaks.get(done.step, 0.0), peak_mb())
        forget_peak()

    with tempfile.TemporaryDirectory() as folder:
        write_cohort(Path(folder), patients=patients, seed=1)
        cohort = read_cohort(Path(folder))
        for patient in cohort:
            forget_peak()
            state = prepare_patient(patient, wanted_maps(cohort), StudySettings(), listen)
            voxels.append(len(state["table"].features))
            del state
    return seconds, peaks, voxels


def table(patients: int) -> str:
    seconds, peaks, voxels = measure(patients)
    total = statistics.median(sum(times) for times in zip(*seconds.values(), strict=True))
    lines = [
        f"Measured on {processor()}, one core, Python {platform.python_version()}, "
        f"{patients} virtual patients (T1C, T1, T2, FLAIR, ADC, rCBV at 2 mm; working grid 1 mm; "
        f"median {statistics.median(voxels):.0f} peritumoural voxels).",
        "",
        "| step | median s | slowest s | peak MB |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {step} | {statistics.median(times):.1f} | {max(times):.1f} | {peaks[step]:.0f} |"
        for step, times in seconds.items()
    ]
    lines.append(f"| all | {total:.1f} | | {max(peaks.values()):.0f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    arguments = parser.parse_args()
    text = table(arguments.patients)
    print(text)
    if arguments.write:
        write_between("performance.md", "stages", text)


if __name__ == "__main__":
    main()
