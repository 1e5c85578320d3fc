"""What a predictor is worth as a plan, in one patient: coverage, location, usefulness."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gliofront.evaluation.coverage import against_margin, coverage_curve, top_volume
from gliofront.evaluation.location import (
    centroid_hit,
    hot_spots,
    nearest_edge_hit,
    surface_distance,
)
from gliofront.evaluation.net_benefit import net_benefit
from gliofront.evaluation.null_ladder import MARGINS_MM
from gliofront.evaluation.places import Places
from gliofront.evaluation.scores import Score

TOP_ML = 5.0
"""Volume of the plan whose place is asked about, mL."""
HARM_RATIO = 0.1
"""Harm of treating a healthy voxel over the benefit of treating one that progresses: assumed."""
FALSE_SPOTS = (1, 2, 4)

COVERAGE = (
    "coverage_area",
    *(f"{what}_{mm:g}mm" for mm in MARGINS_MM for what in ("coverage", "gain", "spared_ml")),
)
LOCATION = (
    "centroid_in_5ml",
    "nearest_edge_in_5ml",
    "surface_mm",
    "hausdorff_95_mm",
    *(f"lesions_at_{count}_false" for count in FALSE_SPOTS),
)
NET_BENEFIT = "net_benefit"
NO_PLACES = "the places of the voxels are not kept"


def coverage_scores(
    progression: NDArray[np.bool_], score: NDArray[np.float64], places: Places | None
) -> dict[str, Score]:
    """Return the scores `COVERAGE` of the plans that a score (n,) orders.

    ``coverage_15mm`` is the share of progression inside the plan as large as the 15 mm margin,
    ``gain_15mm`` what that is more than the margin's own, ``spared_ml_15mm`` how much smaller the
    plan of the margin's coverage is, mL. Margins follow paths along tissue.
    """
    if places is None:
        return dict.fromkeys(COVERAGE, Score(math.nan, NO_PLACES))
    curve = coverage_curve(progression, score, places.distance_mm, places.voxel_ml)
    found = {"coverage_area": curve.area()}
    for mm in MARGINS_MM:
        beside = against_margin(curve, progression, places.path_mm, mm)
        values = (beside.model, beside.gain, beside.spared_ml)
        for name, value in zip(("coverage", "gain", "spared_ml"), values, strict=True):
            found[f"{name}_{mm:g}mm"] = value
    return found


def location_scores(
    progression: NDArray[np.bool_], probability: NDArray[np.float64], places: Places | None
) -> dict[str, Score]:
    """Return the scores `LOCATION`: of the top 5 mL, and lesions found at few false hot spots."""
    if places is None:
        return dict.fromkeys(LOCATION, Score(math.nan, NO_PLACES))
    plan = top_volume(probability, places.distance_mm, places.voxel_ml, TOP_ML)
    surfaces = surface_distance(places.voxel, progression, plan, places.spacing)
    spots = hot_spots(places.voxel, probability, progression, places.distance_mm, places.voxel_ml)
    found = {
        "centroid_in_5ml": centroid_hit(places.voxel, progression, plan, places.spacing),
        "nearest_edge_in_5ml": nearest_edge_hit(progression, plan, places.distance_mm),
        "surface_mm": surfaces["mean_mm"],
        "hausdorff_95_mm": surfaces["hausdorff_95_mm"],
    }
    return found | {f"lesions_at_{n}_false": spots.sensitivity(n) for n in FALSE_SPOTS}


def benefit_score(
    progression: NDArray[np.bool_], probability: NDArray[np.float64]
) -> dict[str, Score]:
    """Return the net benefit a voxel at `HARM_RATIO`; it needs calibrated probabilities."""
    return {NET_BENEFIT: net_benefit(progression, probability, HARM_RATIO)}
