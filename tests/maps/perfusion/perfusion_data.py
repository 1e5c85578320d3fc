"""Public perfusion curves, where they are at hand."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat

REAL = Path(os.environ.get("GLIOFRONT_TEST_DATA", Path(__file__).parents[3].parent / "shared/data"))
FOLDER = REAL / "dsc_osipi"
needs_curves = pytest.mark.skipif(not FOLDER.exists(), reason="OSIPI's DSC curves are not here")

# What OSIPI's own test of its contributions accepts: relative, and mL/100 mL (/min) beside it.
TOLERANCE = 0.1
CBV_TOLERANCE, CBF_TOLERANCE = 1.0, 15.0


@dataclass(frozen=True)
class Case:
    name: str
    tissue: np.ndarray
    artery: np.ndarray
    cbv: float
    cbf: float
    tr_s: float


def cases() -> list[Case]:
    if not FOLDER.exists():
        return []
    csv.field_size_limit(10**8)
    with (FOLDER / "dsc_data.csv").open(encoding="utf-8", newline="") as file:
        return [
            Case(
                row["label"],
                np.array(row["C_tis"].split(), dtype=float),
                np.array(row["C_aif"].split(), dtype=float),
                *(float(row[name]) for name in ("cbv", "cbf", "tr")),
            )
            for row in csv.DictReader(file)
        ]


def measured() -> dict[str, np.ndarray]:
    """Return signals of tumour and white matter, (2 echoes, N) each."""
    curves = loadmat(FOLDER / "dual_echo_curves.mat")
    return {name: curves[name].astype(float) for name in ("tumor_SIt", "NAWM_SIt")}
