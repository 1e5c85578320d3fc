"""From the probabilities of a table's rows to maps, files and a picture of a patient."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gliofront.image.grid import Grid
from gliofront.image.resample import resample_volume
from gliofront.image.volume import Volume
from gliofront.image.writing import write_bytes
from gliofront.report.preview import draw_preview
from gliofront.workflow.derivatives import (
    Provenance,
    probability_path,
    range_path,
    save_volume,
)
from gliofront.workflow.summary import preview_path
from gliofront.workflow.view import PatientView


def probability_map(
    grid: Grid, voxels: NDArray[np.integer], probability: NDArray[np.float64]
) -> Volume:
    """Return the map of the rows (n,) at their voxels (n, 3); NaN (not asked) elsewhere."""
    data = np.full(grid.shape, np.nan, dtype=np.float32)
    data[tuple(voxels.T)] = probability
    return Volume(grid, data, "progression probability", "probability")


def range_facts(ends: Mapping[str, NDArray[np.float64]]) -> dict[str, Any]:
    """Return what the sidecar of a map tells of how far differently taught classifiers part.

    Parameters
    ----------
    ends : ``low`` and ``high``, (n,) each; NaN where nothing is said.
    """
    width = ends["high"] - ends["low"]
    known = np.isfinite(width)
    median = round(float(np.median(width[known])), 4) if known.any() else None
    return {"RangeOfInnerFolds": {"MedianWidth": median}}


def map_provenance(
    view: PatientView,
    used: Mapping[str, Any],
    model: str,
    origin: str,
    facts: Mapping[str, Any],
) -> Provenance:
    """Return what the sidecar of a map tells: the model, whether it knew the patient, and more."""
    own = {"Model": model, "Prediction": origin, "MissingMaps": list(view.missing)}
    return Provenance(view.sources, used, "map", own | dict(facts))


def save_map(
    out: Path,
    patient: str,
    view: PatientView,
    probability: Volume,
    ends: Mapping[str, Volume],
    *,
    title: str,
    provenance: Provenance,
) -> list[Path]:
    """Write the map on the working grid and on the T1C's own grid, its range, and the picture.

    Parameters
    ----------
    ends : ``low`` and ``high`` to the ends of the range, on the working grid.
    """
    model_name = str(provenance.more["Model"])
    maps = {"T1C": probability, "orig": resample_volume(probability, view.native)}
    written = [
        save_volume(probability_path(out, patient, model_name, space=space), volume, provenance)
        for space, volume in maps.items()
    ]
    written += [
        save_volume(range_path(out, patient, model_name, end), volume, provenance)
        for end, volume in ends.items()
    ]
    picture = preview_path(out, patient)
    write_bytes(picture, draw_preview(view.scene(probability, title)))
    return [*written, picture]
