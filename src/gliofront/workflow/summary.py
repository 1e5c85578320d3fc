"""The summary of a patient (JSON): what was made, how far to trust it, what was odd."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gliofront import RESEARCH_ONLY
from gliofront.alignment.rigid import RigidAlignment
from gliofront.image.grid import Grid
from gliofront.image.writing import write_json
from gliofront.maps.plausible import median_in


def summary_path(root: Path, patient: str) -> Path:
    """Return the path of a patient's summary."""
    return root / f"sub-{patient}" / "summary.json"


def preview_path(root: Path, patient: str) -> Path:
    """Return the path of a patient's picture."""
    return root / f"sub-{patient}" / "preview.png"


def grid_facts(grid: Grid) -> dict[str, Any]:
    """Return a grid as plain numbers: affine to RAS+ mm and shape."""
    return {"AffineRasMm": np.round(grid.affine, 6).tolist(), "Shape": list(grid.shape)}


def grid_from(facts: Mapping[str, Any]) -> Grid:
    """Return the grid that `grid_facts` described.

    >>> grid = Grid(np.diag([1.0, 2.0, 3.0, 1.0]), (4, 5, 6))
    >>> grid_from(grid_facts(grid)).matches(grid)
    True
    """
    return Grid(np.array(facts["AffineRasMm"]), tuple(facts["Shape"]))


def _pose_facts(pose: RigidAlignment) -> dict[str, Any]:
    return {
        "Quality": round(pose.quality, 4),
        "NormalisedMutualInformation": round(pose.nmi, 4),
        "Start": pose.start,
        "PullRasMm": np.round(pose.pull, 6).tolist(),
    }


def _rounded(value: float) -> float | None:
    return float(f"{value:.4g}") if np.isfinite(value) else None


def patient_summary(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the summary of a prepared patient from what its steps made."""
    prepared = state["prepared"]
    voxel_ml = prepared.grid.voxel_ml
    return {
        "Patient": f"sub-{state['patient'].id}",
        "ResearchUse": RESEARCH_ONLY,
        "Maps": sorted(prepared.maps),
        "MissingMaps": list(state["missing"]),
        "Alignment": {name: _pose_facts(pose) for name, pose in state["poses"].items()},
        "Tumour": dict(state["tumour"].facts),
        "VolumesMl": {
            name: round(float(np.count_nonzero(mask)) * voxel_ml, 3)
            for name, mask in prepared.masks.items()
        },
        "NawmMedians": {
            name: {
                "Median": _rounded(median_in(volume, prepared.masks["NAWM"])),
                "Unit": volume.unit,
            }
            for name, volume in prepared.maps.items()
        },
        "NativeGrid": grid_facts(prepared.native),
        "WorkingGrid": grid_facts(prepared.grid),
        "Findings": [
            {
                "Level": f.level,
                "Code": f.code,
                "Subject": f.subject,
                "Problem": f.problem,
                "Mend": f.mend,
            }
            for f in state["findings"]
        ],
        "Sources": dict(state["intake"].sources),
    }


def save_patient_summary(root: Path, patient: str, state: Mapping[str, Any]) -> Path:
    """Write the summary of a prepared patient and return its path."""
    path = summary_path(root, patient)
    write_json(path, patient_summary(state))
    return path
