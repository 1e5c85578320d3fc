"""The follow-up scan on the brain before surgery: error against the truth, beside other ways.

Usage: python benchmarks/longitudinal.py [--patients 9] [--preset fast] [--write]

Virtual patients at 2 mm whose follow-up is a 1.5 T scan of 5 mm slices, in another pose, with part
of the mass effect gone and the cavity shrunken. Landmarks are 20 corners of healthy tissue, half of
them within 30 mm of the tumour; `near` is the mean over all tissue 2 to 32 mm from the tumour, the
strictest figure, since white matter shows nothing to hold on to. All ways start from our rigid
alignment. `SyN, default` is ANTs' own (Mattes, no masks); `literal` registers tumour and cavity
masks by one affine for the whole head, then SyN (CC) on the brain, as the paper's words can be
read. `own outlines`: cavity and enhancement by gliofront, not given. Seconds are of one thread;
peak is the process's resident size. Linux only.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gliofront.alignment.deformable import register_deformable
from gliofront.alignment.displacement import Displacement, all_places
from gliofront.alignment.longitudinal import LongitudinalAlignment, align_visits
from gliofront.alignment.longitudinal_settings import PRESETS
from gliofront.alignment.rigid import register_rigid
from gliofront.alignment.transforms import Matrix, inverse
from gliofront.alignment.two_stage_search import Visit, dice, near
from gliofront.alignment.two_visits import TwoVisits, rigid_visits
from gliofront.image.ants_arrays import displacement_from_ants, matrix_from_ants, to_ants
from gliofront.image.resample import resample_labels, resample_volume
from gliofront.image.volume import LabelVolume
from gliofront.maps.bias import correct_bias
from gliofront.phantom.patient import VirtualPatient, make_patient
from gliofront.regions.morphology import distance_to
from gliofront.regions.treated import outline_treated
from memory import forget_peak, peak_mb
from pages import processor, write_between

# isort: split
import ants

Mask = NDArray[np.bool_]
SEED = 1


@dataclass(frozen=True, eq=False)
class Case:
    """A virtual patient as two visits, and the rigid alignment that all ways start from."""

    patient: VirtualPatient
    before: Visit
    after: Visit
    pull: Matrix


def case_of(index: int) -> Case:
    patient = make_patient(SEED, index, sites="ABC", raw=True)
    scan = patient.follow_up
    assert scan is not None
    tumour = patient.tumour.mask("enhancing", "necrosis")
    brain = patient.brain.mask("brain")
    before = Visit({"T1C": patient.scans["T1C"]}, brain, tumour, np.zeros_like(tumour))
    regions = (labels.data > 0 for labels in (scan.brain, scan.enhancing, scan.cavity))
    after = Visit({"T1C": scan.scan}, *regions)
    pull = register_rigid(before.images["T1C"], scan.scan, fixed_mask=brain).pull
    return Case(patient, before, after, pull)


def own_outlines(case: Case) -> Visit:
    """Return the follow-up with cavity and enhancement as gliofront outlines them."""
    scan, brain = case.after.images["T1C"], case.after.brain
    tumour = LabelVolume.from_mask(case.before.grid, case.before.enhancing, "tumour")
    there = resample_labels(tumour, scan.grid, pull=inverse(case.pull)).mask("tumour")
    was = resample_volume(case.before.images["T1C"], scan.grid, pull=inverse(case.pull))
    found = outline_treated(correct_bias(scan, brain)[0], brain, there, before=was)
    return replace(case.after, enhancing=found.enhancing, cavity=found.cavity)


def rigid(case: Case) -> TwoVisits:
    return rigid_visits(case.pull, case.before.grid)


def syn_default(case: Case) -> TwoVisits:
    still = rigid(case)
    fixed = case.before.images["T1C"]
    moving = still.volume_onto(case.after.images["T1C"], fixed.grid)
    with tempfile.TemporaryDirectory() as folder:
        found = ants.registration(
            to_ants(fixed), to_ants(moving), "SyN", outprefix=f"{folder}/", random_seed=1
        )
        affine = matrix_from_ants(ants.read_transform(found["fwdtransforms"][1]))
        warp = displacement_from_ants(ants.image_read(found["fwdtransforms"][0]))
    return joined(case.pull, Displacement(fixed.grid, warp), affine)


def joined(pull: Matrix, warp: Displacement, affine: Matrix) -> TwoVisits:
    """Return x -> pull(affine(warp(x)))."""
    places = all_places(warp.grid)
    moved = (places + warp.data) @ affine[:3, :3].T + affine[:3, 3]
    move = Displacement(warp.grid, np.asarray(moved - places, dtype=np.float32))
    return TwoVisits(pull, move, Displacement.none(warp.grid))


def literal(case: Case) -> TwoVisits:
    still, grid = rigid(case), case.before.grid
    cavity, enhancing, brain = (
        still.mask_onto(mask, case.after.grid, grid)
        for mask in (case.after.cavity, case.after.enhancing, case.after.brain)
    )
    left = cavity | (enhancing & case.before.enhancing)
    masks = [to_ants(LabelVolume.from_mask(grid, m, "m")) for m in (case.before.enhancing, left)]
    with tempfile.TemporaryDirectory() as folder:
        found = ants.registration(
            *masks, "Affine", outprefix=f"{folder}/", aff_metric="meansquares", random_seed=1
        )
        affine = matrix_from_ants(ants.read_transform(found["fwdtransforms"][0]))
    start = joined(case.pull, Displacement.none(grid), affine)
    moving = start.volume_onto(case.after.images["T1C"], grid)
    cut = near(cavity, grid, 2.0) | near(enhancing, grid, 2.0)
    pull, _ = register_deformable(
        [(case.before.images["T1C"], moving)],
        fixed_mask=case.before.brain & ~near(case.before.enhancing, grid, 2.0),
        moving_mask=brain & ~cut,
        iterations=(60, 40, 0),
    )
    return joined(case.pull, pull, affine)


def errors(case: Case, visits: TwoVisits) -> dict[str, float]:
    patient, grid = case.patient, case.before.grid
    scan = patient.follow_up
    assert scan is not None
    brain, tumour = case.before.brain, case.before.enhancing
    away = distance_to(tumour, grid.spacing)
    before, after = np.moveaxis(scan.landmarks, 1, 0)
    marks = np.linalg.norm(visits.to_follow_up(before) - after, axis=1)
    close = away[tuple(np.rint(grid.to_voxel(before)).astype(int).T)] <= 32
    where = brain & (away > 2) & (away <= 32)
    places = grid.to_world(np.argwhere(where))
    miss = np.linalg.norm(visits.to_follow_up(places) - places - scan.pull[where], axis=1)
    again = visits.mask_onto(case.after.enhancing, case.after.grid, grid) & ~tumour & brain
    return {
        "landmarks": float(marks.mean()),
        "near landmarks": float(marks[close].mean()),
        "near": float(miss.mean()),
        "near p95": float(np.percentile(miss, 95)),
        "Dice": dice(again, enhancing_truth(case)) if enhancing_truth(case).any() else np.nan,
        "folded": float(np.count_nonzero(visits.pull.jacobian() <= 0)),
    }


def enhancing_truth(case: Case) -> Mask:
    """Return where the follow-up's enhancement truly was before surgery, outside the tumour."""
    scan = case.patient.follow_up
    assert scan is not None
    grid = case.before.grid
    true = TwoVisits(
        np.eye(4), Displacement(grid, scan.pull.astype(np.float32)), Displacement.none(grid)
    )
    there = true.mask_onto(case.after.enhancing, case.after.grid, grid)
    return there & ~case.before.enhancing & case.before.brain


def measured(case: Case, way: Callable[[Case], TwoVisits]) -> dict[str, float]:
    forget_peak()
    start = time.process_time()
    visits = way(case)
    spent = time.process_time() - start
    return errors(case, visits) | {"s": spent, "MB": peak_mb()}


def summary(name: str, rows: list[dict[str, float]], rigid_rows: list[dict[str, float]]) -> str:
    def cell(key: str, digits: int = 2) -> str:
        values = [row[key] for row in rows]
        worst = max(values)
        return f"{statistics.median(values):.{digits}f} ({worst:.{digits}f})"

    dices = [row["Dice"] for row in rows if np.isfinite(row["Dice"])]
    worse = sum(
        row["near"] > base["near"] + 0.05 for row, base in zip(rows, rigid_rows, strict=True)
    )
    return (
        f"| {name} | {cell('landmarks')} | {cell('near landmarks')} | {cell('near')} | "
        f"{cell('near p95', 1)} | {statistics.median(dices):.2f} ({min(dices):.2f}) | {worse} | "
        f"{sum(row['folded'] for row in rows):.0f} | "
        f"{statistics.median(row['s'] for row in rows):.0f} | "
        f"{max(row['MB'] for row in rows):.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=9)
    parser.add_argument("--preset", choices=list(PRESETS), default="fast")
    parser.add_argument("--write", action="store_true", help="write docs/validation.md")
    chosen = parser.parse_args()
    rows: dict[str, list[dict[str, float]]] = defaultdict(list)
    picks: dict[str, int] = defaultdict(int)

    def ours(case: Case, after: Visit | None = None) -> TwoVisits:
        found: LongitudinalAlignment = align_visits(
            case.before, after or case.after, PRESETS[chosen.preset]
        )
        picks[found.chosen] += after is None
        return found.visits

    ways: dict[str, Callable[[Case], TwoVisits]] = {
        "rigid": rigid,
        "SyN, default": syn_default,
        "literal two-stage": literal,
        f"ours, {chosen.preset}": ours,
        f"ours, {chosen.preset}, own outlines": lambda case: ours(case, own_outlines(case)),
    }
    shifts = []
    for index in range(chosen.patients):
        case = case_of(index)
        away = np.linalg.norm(case.patient.mass.pull, axis=-1)
        shifts.append(float(away.max()))
        for name, way in ways.items():
            rows[name].append(measured(case, way))
            print(index, name, {k: round(v, 2) for k, v in rows[name][-1].items()}, flush=True)
    lines = [
        f"{chosen.patients} virtual patients (seed {SEED}, 2 mm, sites A, B, C; largest push of "
        f"the tumour {min(shifts):.1f} to {max(shifts):.1f} mm), {processor()}, one thread "
        f"({os.environ.get('OMP_NUM_THREADS', 'not set')}). Medians; in brackets the worst. "
        f"Taken: {', '.join(f'{name} {count}' for name, count in sorted(picks.items()))}.",
        "",
        "| way | landmarks mm | near landmarks mm | near mm | near, 95th percentile mm | "
        "Dice of enhancement | worse than rigid | folded voxels | processor s | peak MB |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *(summary(name, found, rows["rigid"]) for name, found in rows.items()),
    ]
    print("\n".join(lines))
    if chosen.write:
        write_between("validation.md", "longitudinal", "\n".join(lines))


if __name__ == "__main__":
    main()
