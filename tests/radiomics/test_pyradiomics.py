"""Every feature against PyRadiomics, voxel by voxel, and a list of where the definitions part.

PyRadiomics is installed as pyradiomics-bhklab==3.1.4 (the 3.1.0 on the package index does not
install). Directions averaged, definitions of the standard, cubes cut by the mask, the same bins:
PyRadiomics puts bin edges at multiples of the width and calls the lowest bin found level 1, so the
range here begins at 0 and every image reaches the first bin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from cube_oracle import DIRECTIONS, cube_at, glrlm_matrices, levels_of
from feature_oracle import MIN_VOXELS, glrlm_features, mean_of
from feature_scenes import Scene, in_units, pattern
from pyradiomics_calls import FAMILIES, FIRSTORDER, GLRLM, NAMES, WIDTH, by_pyradiomics

from gliofront.radiomics.names import feature_names
from gliofront.radiomics.settings import TextureSettings

# Its logarithms of empty cells and means of no direction.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning:radiomics")

RELATIVE = 1e-4
# A value is compared with itself, or with this part of the largest of its image where it is smaller
# (a skewness that happens to be nearly 0). Where all of them are nothing, they are rounding: the
# entropies of a flat image come as -3e-16. The smallest variance here is 5e-10.
PART, NOTHING = 1e-6, 1e-10
LEVELS = 32
SHAPE = (7, 6, 6)

IMAGES = (
    "random",
    "smooth",
    "flat",
    "nearly flat",
    "two levels",
    "masked",
    "sparse mask",
    "border",
    "levels not reached",
)
KINDS = {"flat": "constant", "nearly flat": "nearly constant", "two levels": "ends"}


def levels_of_image(name, inside, rng):
    """Return levels that reach 1 and, but in flat images, the last inside the mask."""
    if name in {"flat", "nearly flat"}:
        levels = np.ones(SHAPE, dtype=int)
        levels[3, 3, 3] += name == "nearly flat"
        return levels, 2
    kind = {"two levels": "ends", "smooth": "smooth"}.get(name, "noise")
    levels = pattern(kind, SHAPE, LEVELS, rng)
    first, *_, last = np.argwhere(inside)
    levels[tuple(first)], levels[tuple(last)] = 1, LEVELS
    return levels, 2 * LEVELS if name == "levels not reached" else LEVELS


def scene_of(name, radius):
    rng = np.random.default_rng(IMAGES.index(name))
    inside = np.ones(SHAPE, dtype=bool)
    if name in {"masked", "sparse mask"}:
        inside = rng.random(SHAPE) < (0.6 if name == "masked" else 0.15)
    if name == "sparse mask":  # one voxel far from the others
        inside[-3:, -3:, -3:] = False
        inside[-1, -1, -1] = True
    if name == "border":  # a tumour at two faces of the image
        inside[:] = False
        inside[:3, 1:4, 2:] = True
    levels, ng = levels_of_image(name, inside, rng)
    values = in_units(levels, KINDS.get(name, "noise"), 0.0, WIDTH, rng).astype(np.float32)
    asked = TextureSettings(
        radius=radius, levels=ng, range=(0.0, ng * WIDTH), aggregation="averaged"
    )
    return Scene(values, inside, np.argwhere(inside), asked)


@cache
def compared(image, radius):
    """Return the scene, its levels, and the relative difference at each centre of each feature.

    Infinite where one side alone is defined.
    """
    scene = scene_of(image, radius)
    ours = scene.rows()[:, [feature_names().index(name) for name in NAMES]].astype(np.float64)
    theirs = by_pyradiomics(scene)
    largest = np.nanmax(np.abs(theirs), axis=0)
    scale = np.maximum(np.abs(theirs), np.maximum(PART * largest, NOTHING))
    apart = np.abs(ours - theirs) / scale
    apart[np.isnan(ours) & np.isnan(theirs)] = 0.0
    apart[np.isnan(ours) != np.isnan(theirs)] = np.inf
    return scene, levels_of(scene.values, scene.inside, scene.settings), theirs, apart


def has_one_voxel(cube, levels, ng):
    return np.count_nonzero(cube) == 1


def has_lines_of_one(cube, levels, ng):
    return any(not shares_a_line(np.argwhere(cube), step) for step in DIRECTIONS)


def reaches_fewer_levels(cube, levels, ng):
    return levels.max() < ng


def shares_a_line(places, step):
    """Return whether two of the places lie on one line of a direction, adjacent or not."""
    axis = int(np.argmax(np.abs(step)))
    starts = places - np.outer(places[:, axis] * step[axis], step)
    return len(np.unique(starts, axis=0)) < len(places)


@dataclass(frozen=True)
class Parting:
    """Where a definition parts from ours, at which cubes, and why."""

    names: tuple[str, ...]
    applies: Callable[[np.ndarray, np.ndarray, int], bool]
    reason: str


PARTINGS = (
    Parting(
        tuple(f"firstorder_{name}" for name in FIRSTORDER),
        has_one_voxel,
        "PyRadiomics gives the moments of a single voxel; ours are NaN below 2 voxels",
    ),
    Parting(
        tuple(f"glrlm_{name}" for name in GLRLM),
        has_lines_of_one,
        "PyRadiomics leaves a direction out of the average in which no two voxels inside share a "
        "line; the standard keeps its runs of length 1",
    ),
    Parting(
        ("glcm_inverse_difference_normalised", "glcm_inverse_difference_moment_normalised"),
        reaches_fewer_levels,
        "PyRadiomics divides by the highest level found inside the mask; the standard by the "
        "number of levels",
    ),
)
ABSENT = {"firstorder_mean_grey_level": "PyRadiomics has none"}


def parted(scene, levels, parting):
    """Return at which centres the definitions part, (n,) bool."""
    cubes = (cube_at(levels, centre, scene.settings.radius) for centre in scene.centres)
    return np.array([parting.applies(cube, levels, scene.settings.levels) for cube in cubes])


def test_every_feature_is_compared_or_absent():
    assert set(NAMES) | set(ABSENT) == set(feature_names())
    theirs = FAMILIES["firstorder"][0].getFeatureNames()
    assert not [name for name in theirs if "Level" in name]


@pytest.mark.parametrize("radius", [1, 2])
@pytest.mark.parametrize("image", IMAGES)
def test_every_feature_agrees_where_the_definitions_do(image, radius):
    scene, levels, _, apart = compared(image, radius)
    expected = np.zeros(apart.shape, dtype=bool)
    for parting in PARTINGS:
        columns = [NAMES.index(name) for name in parting.names]
        expected[:, columns] |= parted(scene, levels, parting)[:, None]
    worst = np.where(expected, 0.0, apart).max(axis=0)
    wrong = {name: value for name, value in zip(NAMES, worst, strict=True) if value >= RELATIVE}
    assert not wrong
    assert np.mean(expected) < 0.5


@pytest.mark.parametrize("parting", PARTINGS, ids=lambda parting: parting.applies.__name__)
def test_every_parting_on_the_list_is_one(parting):
    worst = np.zeros(len(parting.names))
    columns = [NAMES.index(name) for name in parting.names]
    for image in IMAGES:
        for radius in (1, 2):
            scene, levels, _, apart = compared(image, radius)
            there = np.flatnonzero(parted(scene, levels, parting))
            if there.size:
                worst = np.maximum(worst, apart[np.ix_(there, columns)].max(axis=0))
    same = [name for name, value in zip(parting.names, worst, strict=True) if value < RELATIVE]
    assert not same, f"these agree after all: {same}"


@pytest.mark.parametrize("radius", [1, 2])
def test_runs_agree_once_lines_of_one_are_left_out_of_ours(radius):
    # That the reason given is the whole reason.
    scene, levels, theirs, _ = compared("sparse mask", radius)
    columns = [NAMES.index(f"glrlm_{name}") for name in GLRLM]
    for centre, row in zip(scene.centres, theirs[:, columns], strict=True):
        cube = cube_at(levels, centre, radius)
        inside = np.argwhere(cube)
        if len(inside) < MIN_VOXELS:
            continue
        runs = zip(glrlm_matrices(cube, LEVELS), DIRECTIONS, strict=True)
        kept = [
            glrlm_features(one, len(inside)) for one, step in runs if shares_a_line(inside, step)
        ]
        wanted = list(mean_of(kept).values()) if kept else [np.nan] * len(row)
        np.testing.assert_allclose(wanted, row, rtol=1e-10)
