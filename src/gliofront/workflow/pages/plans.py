"""Margins and the model's plan of a patient, from the voxel table: outlines and coverage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.evaluation.coverage import against_margin, coverage_curve, top_volume
from gliofront.evaluation.null_ladder import MARGINS_MM
from gliofront.evaluation.scores import Score
from gliofront.image.volume import BoolArray, Volume
from gliofront.learning.table import UNKNOWN, PatientVoxels

_PLAN_MARGIN_MM = MARGINS_MM[0]


@dataclass(frozen=True, eq=False)
class Plans:
    """What could be treated, on the working grid.

    Parameters
    ----------
    margins : distance in mm to the voxels (X, Y, Z) within it; the tumour itself is not among
        them.
    way : how those distances were measured, in words.
    model : the voxels of the highest probability, as large as the first margin; None without a
        map.
    model_name : what the legend calls it.
    coverage : a row a margin; empty if progression or the map is not known.
    """

    margins: dict[float, BoolArray]
    way: str
    model: BoolArray | None
    model_name: str
    coverage: tuple[dict[str, object], ...]


def plans_of(table: PatientVoxels, probability: Volume | None, shape: tuple[int, ...]) -> Plans:
    """Return the plans of a patient.

    Parameters
    ----------
    table : peritumoural voxels.
    probability : on the working grid, NaN where it was not asked.
    shape : of the working grid.
    """
    path, way = _path_mm(table)
    chance = np.full(len(table.voxel), np.nan)
    if probability is not None:
        chance = probability.data[tuple(table.voxel.T)].astype(np.float64)
    margins = {mm: _mask(table, path <= mm, shape) for mm in MARGINS_MM}
    volume_ml = float(np.count_nonzero(path <= _PLAN_MARGIN_MM)) * table.voxel_ml
    plan = top_volume(chance, table.distance_mm, table.voxel_ml, volume_ml) & np.isfinite(chance)
    return Plans(
        margins,
        way,
        None if probability is None else _mask(table, plan, shape),
        f"model's plan, as large as the {_PLAN_MARGIN_MM:g} mm margin ({volume_ml:.0f} mL)",
        _coverage(table, chance, path),
    )


def _path_mm(table: PatientVoxels) -> tuple[NDArray[np.float32], str]:
    """Return the distance along brain tissue, or the straight one if that is not known."""
    path = table.context.path_mm
    if np.isnan(path).any():
        return table.distance_mm, "in a straight line"
    return path, "along tissue"


def _mask(table: PatientVoxels, chosen: BoolArray, shape: tuple[int, ...]) -> BoolArray:
    mask = np.zeros(shape, dtype=bool)
    mask[tuple(table.voxel[chosen].T)] = True
    return mask


def _coverage(
    table: PatientVoxels, chance: NDArray[np.float64], path: NDArray[np.float32]
) -> tuple[dict[str, object], ...]:
    told = (table.label != UNKNOWN) & np.isfinite(chance)
    if not told.any():
        return ()
    truth = table.label[told] == 1
    curve = coverage_curve(truth, chance[told], table.distance_mm[told], table.voxel_ml)
    rows: list[dict[str, object]] = []
    for margin_mm in MARGINS_MM:
        found = against_margin(curve, truth, path[told], margin_mm)
        rows.append(
            {
                "margin": f"{margin_mm:g} mm",
                "plan volume, mL": round(found.margin_ml, 1),
                "covered by the margin": _share(found.margin),
                "covered by the model's plan": _share(found.model),
                "gained": _share(found.gain),
                "mL spared at equal coverage": _value(found.spared_ml),
            }
        )
    return tuple(rows)


def _share(score: Score) -> str:
    return f"{100 * score.value:.1f} %" if score.defined else f"undefined: {score.reason}"


def _value(score: Score) -> str:
    return f"{score.value:.1f}" if score.defined else f"undefined: {score.reason}"
