"""Whether soft labels of progression are honest: share of repeats against share of truth.

Usage: python benchmarks/soft_labels.py [--patients 9] [--preset fast] [--write]

Over the voxels of virtual patients near the tumour whose label is neither surely yes nor surely no:
of those with a soft label of about 0.1, 0.3 ... how many truly progressed. Given outlines, so that
the alignment alone is judged.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gliofront.alignment.longitudinal import align_visits
from gliofront.alignment.longitudinal_settings import PRESETS, LongitudinalSettings
from gliofront.regions.progression import progression_share, progression_target
from longitudinal import SEED, case_of, enhancing_truth
from pages import write_between

EDGES = (0.0, 0.02, 0.2, 0.4, 0.6, 0.8, 0.98, 1.01)


def labels(
    index: int, settings: LongitudinalSettings
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return soft label and truth of the voxels that either may call progression, (n,) each."""
    case = case_of(index)
    found = align_visits(case.before, case.after, settings)
    grid = case.before.grid
    share = progression_share(
        progression_target(
            way.mask_onto(case.after.enhancing, case.after.grid, grid),
            case.before.enhancing,
            case.before.brain,
        )
        for way in found.variants
    )
    truth = enhancing_truth(case)
    asked = (share > 0) | truth
    return share[asked], truth[asked]


def table(found: Sequence[tuple[NDArray[np.float32], NDArray[np.bool_]]], preset: str) -> str:
    share = np.concatenate([one for one, _ in found])
    truth = np.concatenate([two for _, two in found])
    lines = [
        f"{len(found)} virtual patients (seed {SEED}, 2 mm), preset {preset}, "
        f"{PRESETS[preset].repeats} repeats; voxels that a repeat or the truth calls progression.",
        "",
        "| soft label | mean soft label | true share | voxels |",
        "|---|---|---|---|",
    ]
    for low, high in pairwise(EDGES):
        here = (share >= low) & (share < high)
        if here.any():
            lines.append(
                f"| {low:.2f} to {min(high, 1.0):.2f} | {share[here].mean():.2f} | "
                f"{truth[here].mean():.2f} | {here.sum()} |"
            )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=9)
    parser.add_argument("--preset", choices=list(PRESETS), default="fast")
    parser.add_argument("--write", action="store_true", help="write docs/validation.md")
    chosen = parser.parse_args()
    found = [labels(index, PRESETS[chosen.preset]) for index in range(chosen.patients)]
    text = table(found, chosen.preset)
    print(text)
    if chosen.write:
        write_between("validation.md", "soft-labels", text)


if __name__ == "__main__":
    main()
