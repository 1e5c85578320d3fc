"""Dice of our own outline of the enhancing tumour against given labels, and how it judged itself.

Usage: python benchmarks/outline.py CASES.tsv [--write]

CASES.tsv has one row a patient: patient, set (such as tuned or unseen), scheme, and the paths of
T1C, T1, T2, FLAIR, brain and labels (empty where absent). The reference is enhancing with necrosis.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path

import numpy as np

from gliofront.cohort.named_files import patient_from_pairs
from gliofront.cohort.tables import read_table
from gliofront.foundation.errors import InputRefused
from gliofront.regions.enhancing import outline_enhancing
from gliofront.workflow.patient import ALL_STEPS
from gliofront.workflow.settings import StudySettings
from gliofront.workflow.step import run_steps
from gliofront.workflow.tumour import dice, given_tumour
from pages import write_between

FILES = ("T1C", "T1", "T2", "FLAIR", "brain", "labels")


def measure(row: Mapping[str, str]) -> str:
    pairs = [f"{name}={row[name]}" for name in FILES if row.get(name)]
    patient = patient_from_pairs(pairs, patient_id="case", scheme=row["scheme"])
    before = list(takewhile(lambda step: step.name != "tumour", ALL_STEPS))
    images = "+".join(name for name in FILES[:4] if row.get(name))
    start = f"| {row['patient']} | {row['set']} | {images} |"
    try:
        state = run_steps(before, {"patient": patient}, StudySettings())
    except InputRefused as error:
        return f"{start} | | | {error.problem} |"
    given = given_tumour(state["intake"], state["grid"])
    outline = outline_enhancing(
        state["rough"]["T1C"],
        state["brain"],
        t1=state["rough"].get("T1"),
        flair=state["rough"].get("FLAIR"),
        plane=state["midplane"],
    )
    ml = state["grid"].voxel_ml
    return (
        f"{start} {np.count_nonzero(given.region) * ml:.1f} | "
        f"{np.count_nonzero(outline.enhancing) * ml:.1f} | "
        f"{dice(outline.enhancing, given.region):.2f} | "
        f"{outline.grade} ({outline.confidence:.2f}) |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--write", action="store_true", help="write docs/validation.md")
    arguments = parser.parse_args()
    lines = [
        "| patient | set | images | given mL | own mL | Dice | own judgement |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in read_table(arguments.cases):
        lines.append(measure(row))
        print(lines[-1], flush=True)
    if arguments.write:
        write_between("validation.md", "outline", "\n".join(lines))


if __name__ == "__main__":
    main()
