"""Nulls: predictors that any model must beat, for a patient held out of their training.

The nulls of distance and prevalence travel with the model; here are a margin, a mask, a single
map and an atlas of where progression was in the training patients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.evaluation.scores import discrimination
from gliofront.foundation.errors import InputRefused
from gliofront.regions.midplane import Plane

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

ATLAS_KNOTS_MM = (0.0, 5.0, 10.0, 15.0, 20.0)


def margin_null(distance_mm: NDArray[np.floating], margin_mm: float) -> FloatArray:
    """Return 1 within a margin around the tumour, its edge included, and 0 outside, (n,).

    >>> margin_null(np.array([3.0, 15.0, 15.1, np.inf]), 15.0).tolist()
    [1.0, 1.0, 0.0, 0.0]
    """
    return np.asarray(distance_mm <= margin_mm).astype(np.float64)


def mask_null(mask: BoolArray) -> FloatArray:
    """Return 1 inside a mask such as the oedema, and 0 outside, (n,)."""
    return mask.astype(np.float64)


@dataclass(frozen=True)
class SingleMap:
    """One map as a predictor: high values tell of progression, or low ones. No probability.

    Parameters
    ----------
    sign : 1 or -1.
    auroc : mean over training patients of the map's own, 0 to 1; sign tells which side of 0.5.
    """

    sign: int
    auroc: float

    def predict(self, values: NDArray[np.floating]) -> FloatArray:
        """Return scores (n,) of which more means progression; NaN where the map is."""
        return self.sign * np.asarray(values, dtype=np.float64)


def fit_single_map(
    values: Sequence[NDArray[np.floating]], progression: Sequence[BoolArray]
) -> SingleMap:
    """Orient a map by its AUROC within training patients, NaN left out; 0.5 counts as high.

    Parameters
    ----------
    values, progression : one array (n,) a training patient.

    Raises
    ------
    InputRefused
        If no training patient has both classes where the map is defined.
    """
    found = []
    for of_map, truth in zip(values, progression, strict=True):
        defined = np.isfinite(of_map)
        chance = np.asarray(of_map, dtype=np.float64)[defined]
        found.append(discrimination(truth[defined], chance)["auroc"])
    told = [score.value for score in found if score.defined]
    if not told:
        problem = "no training patient has progression and none where the map is defined"
        raise InputRefused("single map", problem, "leave the map out or give more patients")
    mean = float(np.mean(told))
    return SingleMap(1 if mean >= 0.5 else -1, mean)


def lateral_offsets(
    points: NDArray[np.floating], tumour_centre: NDArray[np.floating], midplane: Plane
) -> FloatArray:
    """Return offsets from the tumour's centre as if every tumour lay on the right, (n, 3).

    Tumours on the left are mirrored, so the first axis points away from the midplane, the second
    forward and the third up.

    Parameters
    ----------
    points : (n, 3) RAS mm.
    tumour_centre : (3,) RAS mm, the centroid of the enhancing tumour with necrosis.
    midplane : between the hemispheres.

    >>> plane = Plane(np.zeros(3), np.array([1.0, 0, 0]))
    >>> lateral_offsets(np.array([[-50.0, 3, 0]]), np.array([-40.0, 0, 0]), plane).tolist()
    [[10.0, 3.0, 0.0]]
    """
    away = np.asarray(points - tumour_centre, dtype=np.float64)
    if float(midplane.signed_mm(tumour_centre)) >= 0:
        return away
    return np.asarray(away - 2 * np.outer(away @ midplane.normal, midplane.normal))


@dataclass(frozen=True, eq=False)
class ProgressionAtlas:
    """Share of progression by direction from the tumour's centre and distance from its edge.

    Parameters
    ----------
    knots_mm : (k,) strictly rising distances.
    probability : (6, k) from 0 to 1; the directions are lateral, forward, up, and their opposites.
    """

    knots_mm: FloatArray
    probability: FloatArray

    def predict(self, offset: FloatArray, distance_mm: NDArray[np.floating]) -> FloatArray:
        """Return the probability of voxels, (n,); NaN where the distance is.

        Parameters
        ----------
        offset : (n, 3) mm, from `lateral_offsets`.
        distance_mm : (n,) to the enhancing tumour.
        """
        return np.asarray(
            np.einsum(
                "nd,nk,dk->n",
                _directions(offset),
                _bands(distance_mm, self.knots_mm),
                self.probability,
            )
        )


def fit_atlas(
    offsets: Sequence[FloatArray],
    distances_mm: Sequence[NDArray[np.floating]],
    progression: Sequence[BoolArray],
    *,
    knots_mm: Sequence[float] = ATLAS_KNOTS_MM,
    prior_patients: float = 1.0,
) -> ProgressionAtlas:
    """Fit a smooth histogram over six directions and a few distances; patients count the same.

    A voxel counts for the directions it lies in by its squared cosines, which sum to 1, and for
    the two knots its distance lies between. Cells with little in them are drawn towards the rate
    of their distance, and that towards the rate of all.

    Parameters
    ----------
    offsets, distances_mm, progression : one array (n, 3), (n,), (n,) a training patient; finite.
    knots_mm : strictly rising distances.
    prior_patients : how many patients the rate that cells are drawn to counts for; positive.

    Raises
    ------
    InputRefused
        If no training patient has a voxel.
    """
    knots = np.asarray(knots_mm, dtype=np.float64)
    mass, positive = np.zeros((6, knots.size)), np.zeros((6, knots.size))
    for offset, distance, truth in zip(offsets, distances_mm, progression, strict=True):
        share = _directions(offset) / max(len(offset), 1)
        bands = _bands(distance, knots)
        mass += share.T @ bands
        positive += share[truth].T @ bands[truth]
    if not mass.any():
        problem = "no training patient has a voxel"
        raise InputRefused("progression atlas", problem, "give patients with a region")
    prior = prior_patients / knots.size
    overall = positive.sum() / mass.sum()
    of_distance = (positive.sum(axis=0) + prior * overall) / (mass.sum(axis=0) + prior)
    probability = (positive + prior / 6 * of_distance) / (mass + prior / 6)
    # Rounding may pass 1 where everything progressed.
    return ProgressionAtlas(knots, np.minimum(probability, 1.0))


def _directions(offset: FloatArray) -> FloatArray:
    """Return how much each voxel lies in the six directions, (n, 6); sums to 1."""
    squares = np.square(offset)
    length = squares.sum(axis=1, keepdims=True)
    # At the very centre there is no direction: it counts for all alike.
    shares = np.divide(squares, length, out=np.full_like(squares, 1 / 3), where=length > 0)
    ahead = np.where(length > 0, (offset > 0).astype(np.float64), 0.5)
    return np.hstack([shares * ahead, shares * (1 - ahead)])


def _bands(distance_mm: NDArray[np.floating], knots: FloatArray) -> FloatArray:
    """Return how much each voxel lies at each knot, (n, k); sums to 1, flat beyond the knots."""
    distance = np.asarray(distance_mm, dtype=np.float64)
    found = np.column_stack([np.interp(distance, knots, row) for row in np.eye(knots.size)])
    return np.where(np.isnan(distance)[:, None], np.nan, found)
