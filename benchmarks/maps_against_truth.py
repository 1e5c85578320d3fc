"""Every map of a demo's study against the truth behind its virtual patients, by tissue.

Usage: gliofront demo DEMO; python benchmarks/maps_against_truth.py DEMO [--write]

Alignment: mean distance in the brain between where the found and the true motion put a voxel.
Maps: the prepared map minus the true one, on the working grid, over the voxels of a tissue as the
study found it; bias is the median difference over the median truth, spread the root mean square
difference over it. Truth has no noise, slices or partial volume of the scan, so the borders of
tissues are in the spread. Cho/NAA: over boxes that hold more than half of one tissue, against the
true concentrations averaged over the box. Medians over patients, the worst in brackets.
"""

from __future__ import annotations

import argparse
import statistics
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gliofront.alignment.transforms import displacement_mm, inverse
from gliofront.cohort.bids import session_folder
from gliofront.image.reading import read_coarse_map
from gliofront.image.resample import resample_volume
from gliofront.image.volume import Volume
from gliofront.phantom.spectroscopy_signal import box_means
from gliofront.phantom.truth_writing import read_facts, true_map_path
from gliofront.workflow.made_maps import metabolite_path, read_sidecar
from gliofront.workflow.poses import pose_path
from gliofront.workflow.prepared import Prepared
from gliofront.workflow.prepared_files import load_prepared
from pages import write_between

Mask = NDArray[np.bool_]
Rows = dict[tuple[str, ...], dict[str, list[float]]]

MAPS = ("ADC", "FA", "p", "q", "rCBV")
MADE_FROM = {"ADC": "diffusion", "FA": "diffusion", "p": "diffusion", "q": "diffusion"} | {
    "rCBV": "perfusion"
}
LEAST_VOXELS = 200


def tissues(found: Prepared) -> dict[str, Mask]:
    """Return the tissues in which maps are compared, as the study found them."""
    masks = found.masks
    oedema = masks.get("oedema", np.zeros(found.grid.shape, dtype=bool))
    grey = found.tissue.mask("grey") & ~oedema & (found.distance_mm > 20)
    rim = masks["enhancing"] & ~masks.get("necrosis", np.zeros_like(oedema))
    return {"NAWM": masks["NAWM"], "grey": grey, "oedema": oedema, "rim": rim}


def patients(demo: Path) -> Iterator[tuple[str, str]]:
    """Yield each patient and the site."""
    for folder in sorted((demo / "cohort" / "truth").glob("sub-*")):
        name = folder.name.removeprefix("sub-")
        yield name, str(read_facts(demo / "cohort" / "truth", name)["site"])


def compare_maps(demo: Path, name: str, site: str, found: Prepared, rows: Rows) -> None:
    for quantity in MAPS:
        if quantity not in found.maps:
            continue
        truth = true_map(demo, name, quantity)
        there = resample_volume(truth, found.grid).data
        for tissue, mask in tissues(found).items():
            seen, true = found.maps[quantity].data[mask], there[mask]
            known = np.isfinite(seen) & np.isfinite(true)
            if known.sum() >= LEAST_VOXELS:
                note(rows[quantity, tissue, site], seen[known], true[known])


def true_map(demo: Path, name: str, quantity: str) -> Volume:
    return read_coarse_map(
        true_map_path(demo / "cohort" / "truth", name, quantity), quantity, "as the truth"
    )


def note(row: dict[str, list[float]], seen: NDArray[Any], true: NDArray[Any]) -> None:
    middle = float(np.median(true))
    row["true"].append(middle)
    row["bias"].append(100 * float(np.median(seen - true)) / middle)
    row["spread"].append(100 * float(np.sqrt(np.mean((seen - true) ** 2))) / middle)


def compare_alignment(demo: Path, name: str, site: str, found: Prepared, rows: Rows) -> None:
    pulls = read_facts(demo / "cohort" / "truth", name)["pull"]
    points = found.grid.to_world(np.argwhere(found.masks["brain"])[::500])
    for sequence in found.maps:
        raw = MADE_FROM.get(sequence)
        if sequence == "T1C" or sequence in ("FA", "p", "q"):
            continue
        true = np.array(pulls[raw if raw and is_raw(demo, name, raw) else sequence])
        pose = read_pose(demo / "study", name, sequence)
        row = rows[sequence, site]
        row["before"].append(float(displacement_mm(true, points).mean()))
        row["after"].append(float(displacement_mm(inverse(true) @ pose, points).mean()))


def is_raw(demo: Path, name: str, kind: str) -> bool:
    folder = {"diffusion": "dwi", "perfusion": "perf"}[kind]
    end = {"diffusion": "*_dwi.nii.gz", "perfusion": "*_dsc.nii.gz"}[kind]
    return any(session_folder(demo / "cohort", name, "preop", folder).glob(end))


def read_pose(out: Path, name: str, sequence: str) -> NDArray[np.float64]:
    return np.array(read_sidecar(pose_path(out, name, sequence))["PullRasMm"])


def compare_spectra(demo: Path, name: str, site: str, found: Prepared, rows: Rows) -> None:
    path = metabolite_path(demo / "study", name, "ChoNAA")
    if not path.exists():
        return
    ratio = read_coarse_map(path, "Cho/NAA", "ratio")
    pull = np.array(read_facts(demo / "cohort" / "truth", name)["pull"]["spectroscopy"])
    choline, naa = (true_map(demo, name, quantity) for quantity in ("tCho", "tNAA"))
    values = {"tCho": np.nan_to_num(choline.data), "tNAA": np.nan_to_num(naa.data)}
    true = box_means(values, choline.grid, ratio.grid, pull)
    shares = box_means(
        {tissue: mask.astype(float) for tissue, mask in tissues(found).items()},
        found.grid,
        ratio.grid,
        pull,
    )
    for tissue, share in shares.items():
        where = (share > 0.5) & np.isfinite(ratio.data)
        if where.sum() >= 2:
            expected = true["tCho"][where] / true["tNAA"][where]
            note(rows["Cho/NAA", tissue, site], ratio.data[where], expected)
            rows["Cho/NAA", tissue, site]["boxes"].append(float(where.sum()))


def summary(values: list[float], digits: int = 1) -> str:
    worst = max(values, key=abs)
    return f"{statistics.median(values):+.{digits}f} ({worst:+.{digits}f})"


def table(rows: Rows, patients_: int) -> str:
    lines = [
        f"{patients_} virtual patients of `make demo`. Bias and spread in % of the true median.",
        "",
        "| map | tissue | site | patients | true median | bias % | spread % |",
        "|---|---|---|---|---|---|---|",
    ]
    for (quantity, tissue, site), row in sorted(rows.items(), key=order):
        spread = f"{statistics.median(row['spread']):.0f} ({max(row['spread']):.0f})"
        lines.append(
            f"| {quantity} | {tissue} | {site} | {len(row['bias'])} | "
            f"{statistics.median(row['true']):.3g} | {summary(row['bias'])} | {spread} |"
        )
    return "\n".join(lines)


def order(item: tuple[tuple[str, ...], object]) -> tuple[int, int, str]:
    quantity, tissue, site = item[0]
    names = (*MAPS, "Cho/NAA")
    return names.index(quantity), ("NAWM", "grey", "oedema", "rim").index(tissue), site


def alignment_table(rows: Rows) -> str:
    lines = ["| image | site | patients | as given mm | aligned mm |", "|---|---|---|---|---|"]
    for (sequence, site), row in sorted(rows.items()):
        lines.append(
            f"| {sequence} | {site} | {len(row['after'])} | {statistics.median(row['before']):.2f} "
            f"({max(row['before']):.2f}) | {statistics.median(row['after']):.2f} "
            f"({max(row['after']):.2f}) |"
        )
    return "\n".join(lines)


def new_rows() -> Rows:
    return defaultdict(lambda: defaultdict(list))


def measure(demo: Path) -> tuple[str, str]:
    maps, poses, count = new_rows(), new_rows(), 0
    for name, site in patients(demo):
        if not (demo / "study" / f"sub-{name}" / "summary.json").exists():
            continue
        found = load_prepared(demo / "study", name)
        compare_maps(demo, name, site, found, maps)
        compare_spectra(demo, name, site, found, maps)
        compare_alignment(demo, name, site, found, poses)
        count += 1
    return table(maps, count), alignment_table(poses)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("demo", type=Path)
    parser.add_argument("--write", action="store_true", help="write docs/validation.md")
    chosen = parser.parse_args()
    maps, poses = measure(chosen.demo)
    print(f"{maps}\n\n{poses}")
    if chosen.write:
        write_between("validation.md", "truth-maps", maps)
        write_between("validation.md", "truth-poses", poses)


if __name__ == "__main__":
    main()
