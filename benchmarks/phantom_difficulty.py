"""How hard virtual patients are: AUROC of distance, of single maps and of the true cells.

Usage: python benchmarks/phantom_difficulty.py [--patients 60] [--workers 2] [--write]

Every patient is asked within 20 mm of the enhancing tumour, in the brain, outside cerebrospinal
fluid, on the grid of the T1C scan; the mean over patients stands in the table. A map is read in the
direction, high or low, that suits the cohort better. Maps are without noise, so they can only look
better than they do on a scanner; the structural images are the scans. Patients without progression
in that region, or seen at pseudo-progression, are counted as the study counts them.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray

from gliofront.evaluation.scores import discrimination
from gliofront.image.resample import resample_volume
from gliofront.phantom.patient import VirtualPatient, make_patient
from gliofront.regions.peritumoural import peritumoural
from gliofront.regions.shells import distance_outside
from pages import write_between

FLUID_ADC = 1.9e-3
"""mm2/s; half fluid, half tissue. Oedema stays below."""
STRUCTURAL = ("T1", "T1C", "T2", "FLAIR")


def aurocs(index: int, seed: int) -> dict[str, float]:
    """Return the AUROC of each predictor, high meaning progression; NaN where undefined."""
    patient = make_patient(seed, index, sites="ABC")
    truth, where = patient.truth, _region(patient)
    progression = (patient.progression.data > 0)[where]
    distance = distance_outside(_core(patient), patient.grid)
    predictors = {"distance": -distance, "cell density": patient.density.data}
    predictors |= {name: volume.data for name, volume in truth.items()}
    predictors |= {name: _scan(patient, name) for name in STRUCTURAL}
    found = {name: _auroc(progression, values[where]) for name, values in predictors.items()}
    return found | {"progression in it, %": 100 * float(progression.mean())}


def _core(patient: VirtualPatient) -> NDArray[np.bool_]:
    return np.isin(patient.tumour.data, [1, 4])


def _region(patient: VirtualPatient) -> NDArray[np.bool_]:
    distance = distance_outside(_core(patient), patient.grid)
    fluid = np.nan_to_num(patient.truth["ADC"].data) > FLUID_ADC
    return peritumoural(distance, patient.brain.data > 0, fluid)


def _scan(patient: VirtualPatient, name: str) -> NDArray[np.float32]:
    return resample_volume(patient.scans[name], patient.grid, pull=patient.pulls[name]).data


def _auroc(progression: NDArray[np.bool_], values: NDArray[np.floating]) -> float:
    known = np.isfinite(values)
    return discrimination(progression[known], values[known].astype(np.float64))["auroc"].value


def table(found: list[Mapping[str, float]], seed: int) -> str:
    informative = [one for one in found if np.isfinite(one["distance"])]
    lines = [
        f"{len(found)} virtual patients (seed {seed}, 2 mm, sites A, B, C), of whom "
        f"{len(informative)} progress within 20 mm; there "
        f"{np.mean([one['progression in it, %'] for one in informative]):.1f} % of the voxels "
        "progress on average.",
        "",
        "| predictor | read | mean AUROC | 5th to 95th percentile of patients |",
        "|---|---|---|---|",
    ]
    for name in informative[0]:
        if name.endswith("%"):
            continue
        values = np.array([one[name] for one in informative])
        low = float(np.nanmean(values)) < 0.5
        values = 1 - values if low else values
        ends = np.nanpercentile(values, [5, 95])
        read = "low" if low or name == "distance" else "high"
        mean = float(np.nanmean(values))
        lines.append(f"| {name} | {read} | {mean:.3f} | {ends[0]:.3f} to {ends[1]:.3f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="write docs/validation.md")
    chosen = parser.parse_args()
    with ProcessPoolExecutor(chosen.workers) as pool:
        found = list(pool.map(partial(aurocs, seed=chosen.seed), range(chosen.patients)))
    text = table(found, chosen.seed)
    print(text)
    if chosen.write:
        write_between("validation.md", "difficulty", text)


if __name__ == "__main__":
    main()
