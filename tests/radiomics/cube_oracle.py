"""Cubes of grey levels and their matrices of pairs and runs, counted one voxel at a time.

Slow, plain, and independent of the kernel. Levels run from 1 to their number; 0 is outside.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np

# One of each pair of opposite steps: the first step that is not 0 goes forward.
DIRECTIONS = [step for step in product((-1, 0, 1), repeat=3) if step > (0, 0, 0)]


def counted(values, inside):
    """Return what counts at all: inside the mask and finite."""
    return inside & np.isfinite(values.astype(np.float64))


def limits_of(values, known, settings):
    """Return the range that the levels divide, as exact fractions."""
    if settings.binning == "none":
        return Fraction(1, 2), settings.levels + Fraction(1, 2)
    if settings.binning == "size":
        return Fraction(settings.range[0]), Fraction(settings.range[1])
    there = values[known]
    low, high = Fraction(float(there.min())), Fraction(float(there.max()))
    return low, high if low < high else low + 1


def levels_of(values, inside, settings):
    """Return the grey levels of an image, floor(Ng (x - low) / (high - low)) + 1 in fractions.

    IBSI (Zwanenburg et al. 2020), section 2.7; what lies beyond the range goes to the end levels.
    """
    single = values.astype(np.float32)
    known = counted(values, inside)
    levels = np.zeros(values.shape, dtype=int)
    if not known.any():
        return levels
    low, high = limits_of(single, known, settings)
    for place in np.argwhere(known):
        x = Fraction(float(single[tuple(place)]))
        level = settings.levels * (x - low) // (high - low) + 1
        levels[tuple(place)] = min(max(level, 1), settings.levels)
    return levels


def level_at(cube, place):
    """Return the level at a place of the cube, 0 beyond its faces."""
    if min(place) < 0 or any(a >= n for a, n in zip(place, cube.shape, strict=True)):
        return 0
    return int(cube[place])


def moved(place, step, times=1):
    """Return the place `times` steps further."""
    return tuple(a + times * s for a, s in zip(place, step, strict=True))


def cube_at(levels, centre, radius):
    """Return the cube of levels around a centre, 0 beyond the faces of the volume."""
    side = range(-radius, radius + 1)
    cube = [level_at(levels, moved(tuple(centre), step)) for step in product(side, repeat=3)]
    return np.array(cube).reshape(len(side), len(side), len(side))


def values_at(values, levels, centre, radius):
    """Return the values of the voxels of the cube that count, (n,) float64."""
    box = tuple(slice(max(c - radius, 0), c + radius + 1) for c in centre)
    return values[box][levels[box] > 0].astype(np.float32).astype(np.float64)


def glcm_matrices(cube, ng):
    """Return the symmetric counts of level pairs of each direction, (13, ng, ng)."""
    counts = np.zeros((13, ng, ng), dtype=np.int64)
    for direction, step in enumerate(DIRECTIONS):
        for place in map(tuple, np.argwhere(cube)):
            first, second = int(cube[place]), level_at(cube, moved(place, step))
            if second:
                counts[direction, first - 1, second - 1] += 1
                counts[direction, second - 1, first - 1] += 1
    return counts


def glrlm_matrices(cube, ng):
    """Return the number of runs of each level and length of each direction, (13, ng, longest)."""
    counts = np.zeros((13, ng, max(cube.shape)), dtype=np.int64)
    for direction, step in enumerate(DIRECTIONS):
        for place in map(tuple, np.argwhere(cube)):
            level = int(cube[place])
            if level_at(cube, moved(place, step, -1)) == level:
                continue  # not the start of a run
            length = 1
            while level_at(cube, moved(place, step, length)) == level:
                length += 1
            counts[direction, level - 1, length - 1] += 1
    return counts
