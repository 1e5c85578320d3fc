"""Time of the radiomic features beside flash-radiomics and PyRadiomics, into docs/performance.md.

    python3.11 -m venv radiomics-env
    radiomics-env/bin/pip install . flash-radiomics==1.0.0 h5py pyradiomics-bhklab==3.1.4
    radiomics-env/bin/python benchmarks/radiomics_speed.py --write

Usage: radiomics_speed.py [--quick] [--write]

CPU time of one thread, medians of repeats taken in turns, so that a busy moment strikes all. The
program ends where values differ by more than 1e-4 relative: a ratio never compares different
things. `--quick` measures few voxels, to try the script, and cannot be written. Linux only.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version

from threadpoolctl import threadpool_limits

import radiomics_patient
import radiomics_peers as peers
from gliofront.radiomics.builds import VARIABLE
from gliofront.radiomics.names import feature_names
from pages import processor, write_between
from radiomics_cases import make_case
from radiomics_names import their_name, wanted
from radiomics_turns import (
    FLASH,
    FLASH_TEXTURE,
    MERGED,
    PYRADIOMICS,
    Row,
    beside_flash,
    beside_pyradiomics,
    builds,
)

PACKAGES = ("gliofront", "flash-radiomics", "pyradiomics-bhklab", "numpy", "SimpleITK")
LEVELS, RADII, WIDE_RADII = (16, 32, 64), (1, 2), (3, 4)
PATIENT = [(2, "merged"), (2, "averaged"), (1, "merged")]
THREADS = [(1, "merged"), (2, "merged"), (2, "averaged")]


@dataclass(frozen=True)
class Sizes:
    voxels: int = 20_000
    wide: int = 2_000  # of the radii 3 and 4
    pyradiomics: int = 2_000
    patient: int = 60_000
    threads: int = 200_000  # some milliseconds pass before a second core wakes
    repeats: int = 5
    slow_repeats: int = 3
    thread_repeats: int = 15


QUICK = Sizes(2_000, 500, 150, 3_000, 10_000, 2, 1, 3)


def cube(radius: int) -> str:
    return " x ".join(3 * [str(2 * radius + 1)])


def line(*cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def table(*heads: str, rows: Iterable[str]) -> list[str]:
    return [line(*heads), line(*["---"] * len(heads)), *rows]


def heads_of(row: Row) -> list[object]:
    side = cube(row.case.radius) + (", cut" if row.case.cut else "")
    return [row.case.levels, side]


def how_measured(rows: list[Row]) -> str:
    """Return what holds for a table: agreement, batches, spread."""
    batches = ", ".join(str(batch) for batch in sorted({row.batch for row in rows}))
    return (
        f"{rows[0].compared} of the {len(feature_names())} columns compared in this run, worst "
        f"relative difference {max(row.worst for row in rows):.0e}; fastest batch of the peer, "
        f"chosen for each row: {batches}; slowest over fastest repeat at most "
        f"{max(row.spread for row in rows):.2f}."
    )


def flash_table(sizes: Sizes) -> list[str]:
    cases = [make_case(sizes.voxels, levels, radius) for radius in RADII for levels in LEVELS]
    cases += [make_case(sizes.voxels, 32, 2, cut=True)]
    cases += [make_case(sizes.wide, 32, radius) for radius in WIDE_RADII]
    rows = [beside_flash(case, sizes.repeats) for case in cases]
    names = [FLASH, FLASH_TEXTURE, *builds(), MERGED]
    lines = [
        line(*heads_of(row), row.case.levels_in_a_cube(), *row.times(names))
        + line(*row.ratios(FLASH, builds())).removeprefix("|")
        for row in rows
    ]
    names[-1] += f", {builds()[0]}"
    heads = ["levels", "cube", "levels in it", *names, *(f"flash / {b}" for b in builds())]
    return [*table(*heads, rows=lines), "", how_measured(rows)]


def pyradiomics_table(sizes: Sizes) -> list[str]:
    cases = [make_case(sizes.pyradiomics, levels, radius) for radius in RADII for levels in LEVELS]
    rows = [beside_pyradiomics(case, sizes.slow_repeats) for case in cases]
    names = [PYRADIOMICS, builds()[0]]
    lines = [
        line(*heads_of(row), *row.times(names), *row.ratios(PYRADIOMICS, names[1:])) for row in rows
    ]
    return [*table("levels", "cube", *names, "ratio", rows=lines), "", how_measured(rows)]


def patient_table(sizes: Sizes) -> list[str]:
    found = radiomics_patient.in_turns(sizes.patient, PATIENT, sizes.slow_repeats)
    rows = [
        line(cube(radius), how, f"{case['seconds']:.2f}", f"{case['mb']:.0f}")
        for (radius, how), case in zip(PATIENT, found, strict=True)
    ]
    lines = table("cube", "directions", "s of one core", "MB above input and output", rows=rows)
    return [*lines, "", f"The table of the features itself is {found[0]['table_mb']:.0f} MB."]


def threads_table(sizes: Sizes) -> list[str]:
    rows = []
    for radius, how in THREADS:
        found = radiomics_patient.two_threads(sizes.threads, radius, how, sizes.thread_repeats)
        cells = [f"{found['seconds'] * 1e3:.0f}", f"**{found['gain']:.2f}**"]
        cells += [f"{found['cores_1']:.2f}", f"{found['cores_2']:.2f}"]
        rows.append(line(cube(radius), how, *cells))
    heads = ["wall ms, one thread", "one thread / two", "cores had by one", "by two"]
    return table("cube", "directions", *heads, rows=rows)


def report(sizes: Sizes) -> str:
    load = os.getloadavg()[0]
    with threadpool_limits(1):
        flash, pyradiomics = flash_table(sizes), pyradiomics_table(sizes)
    del os.environ[VARIABLE]
    patient = patient_table(sizes)
    before = os.getloadavg()[0]
    threads = threads_table(sizes)
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    asked = sum(map(len, wanted().values()))
    alone = [name for name in feature_names() if their_name(name)[1] is None]
    parts = [
        f"Measured on {processor()}, Python {platform.python_version()}, {versions}; medians of "
        f"{sizes.repeats} repeats in turns (PyRadiomics, a patient: {sizes.slow_repeats}). Load "
        f"of the {os.cpu_count()} cores at the begin {load:.1f}, before the threads {before:.1f}.",
        f"Microseconds of CPU time a voxel, one thread, {sizes.voxels} voxels ({sizes.wide} from "
        f"{cube(WIDE_RADII[0])}), 13 directions averaged. gliofront computes "
        f"{len(feature_names())} features, the peers {asked} of them: they lack "
        f"{', '.join(alone)}, and correlation_p is correlation_m.",
        "\n".join(flash),
        f"Beside PyRadiomics, {sizes.pyradiomics} voxels, microseconds a voxel likewise:",
        "\n".join(pyradiomics),
        f"A whole patient, {sizes.patient} voxels x {len(radiomics_patient.MAPS)} maps x "
        f"{len(feature_names())} features, 32 levels, {builds()[0]}, into a file mapped in memory:",
        "\n".join(patient),
        f"A second thread, {sizes.threads} voxels of one map, 32 levels, {builds()[0]}, medians of "
        f"{sizes.thread_repeats} in turns:",
        "\n".join(threads),
    ]
    return "\n\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few voxels, to try the script")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    arguments = parser.parse_args()
    if arguments.quick and arguments.write:
        parser.error("few voxels are no measurement: leave out --quick or --write")
    peers.be_quiet()
    text = report(QUICK if arguments.quick else Sizes())
    print(text)
    if arguments.write:
        write_between("performance.md", "radiomics", text)


if __name__ == "__main__":
    main()
