"""Error of the rigid alignment on virtual patients, beside ANTs, and the check for swapped sides.

Usage: python benchmarks/alignment.py [--patients N] [--write]

Error is the mean distance, over brain voxels, between where the found and the true motion put
them. ANTs is `ants.registration(type_of_transform="Rigid")` with its defaults and one thread.
Gain is by how much the mirrored image fits better than the image as it is; the warning level is a
setting. Flipped: the same scan with left and right swapped in the file, aligned again.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from gliofront.image.ants_arrays import matrix_from_ants, to_ants

# isort: split
import ants

from gliofront.alignment.mirror import fit_mirror
from gliofront.alignment.rigid import register_rigid
from gliofront.alignment.settings import AlignmentSettings
from gliofront.alignment.transforms import displacement_mm, inverse
from gliofront.image.orientation import canonical
from gliofront.image.volume import Volume
from gliofront.phantom.patient import VirtualPatient, make_patient
from pages import processor, write_between


def ants_pull(fixed: Volume, moving: Volume) -> np.ndarray:
    result = ants.registration(to_ants(fixed), to_ants(moving), "Rigid", random_seed=1)
    matrix = matrix_from_ants(ants.read_transform(result["fwdtransforms"][0]))
    for name in result["fwdtransforms"]:
        Path(name).unlink(missing_ok=True)
    return matrix


def error_mm(points: np.ndarray, found: np.ndarray, true: np.ndarray) -> float:
    return float(displacement_mm(inverse(true) @ found, points).mean())


def measure(patient: VirtualPatient, rows: dict[str, dict[str, list[float]]]) -> None:
    fixed, brain = patient.scans["T1C"], patient.brain.mask("brain")
    points = fixed.grid.to_world(np.argwhere(brain)[::50])
    settings = AlignmentSettings()
    for name, stored in patient.scans.items():
        if name == "T1C":
            continue
        moving, true = canonical(stored), np.asarray(patient.pulls[name])
        row = rows[f"{name}, site {patient.site}"]
        start = time.process_time()
        own = register_rigid(fixed, moving, fixed_mask=brain, settings=settings)
        row["own s"].append(time.process_time() - start)
        start = time.process_time()
        other = ants_pull(fixed, moving)
        row["ANTs s"].append(time.process_time() - start)
        row["header mm"].append(error_mm(points, np.eye(4), true))
        row["own mm"].append(error_mm(points, own.pull, true))
        row["ANTs mm"].append(error_mm(points, other, true))
        row["quality"].append(own.quality)
        row["gain"].append(fit_mirror(fixed, moving, own.pull, brain, settings).gain)
        flipped = moving.with_data(moving.data[::-1])
        again = register_rigid(fixed, flipped, fixed_mask=brain, settings=settings)
        row["flipped"].append(fit_mirror(fixed, flipped, again.pull, brain, settings).gain)


def line(name: str, row: dict[str, list[float]]) -> str:
    median = {key: statistics.median(values) for key, values in row.items()}
    return (
        f"| {name} | {len(row['gain'])} | {median['header mm']:.2f} | "
        f"{median['own mm']:.2f} ({max(row['own mm']):.2f}) | "
        f"{median['ANTs mm']:.2f} ({max(row['ANTs mm']):.2f}) | "
        f"{median['own s']:.1f} / {median['ANTs s']:.1f} | "
        f"{median['quality']:.2f} ({min(row['quality']):.2f}) | "
        f"{median['gain']:+.2f} ({max(row['gain']):+.2f}) | "
        f"{median['flipped']:+.2f} ({min(row['flipped']):+.2f}) |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=12)
    parser.add_argument("--write", action="store_true", help="write docs/validation.md")
    arguments = parser.parse_args()
    rows: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for index in range(arguments.patients):
        measure(make_patient(1, index), rows)
    lines = [
        f"{arguments.patients} virtual patients (seed 1, 2 mm), one thread, {processor()}.",
        "Medians; in brackets the worst patient.",
        "",
        "| image | n | header alone mm | own mm | ANTs mm | CPU s own / ANTs | quality | gain | "
        "gain, flipped |",
        "|---|---|---|---|---|---|---|---|---|",
        *(line(name, rows[name]) for name in sorted(rows)),
    ]
    print("\n".join(lines))
    if arguments.write:
        write_between("validation.md", "alignment", "\n".join(lines))


if __name__ == "__main__":
    main()
