"""Seeded images for the tests of the features, and how close two sets of features must be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from cube_oracle import levels_of, values_at
from feature_oracle import features_of_levels

from gliofront.radiomics.extract import extract
from gliofront.radiomics.names import feature_names
from gliofront.radiomics.settings import TextureSettings

KINDS = ("noise", "two levels", "constant", "nearly constant", "smooth", "ends", "one voxel")
ORDERED = ("firstorder_minimum", "firstorder_maximum", "firstorder_median")

# float32 out, and sums in another order than the oracle's. The absolute part is for features
# without a unit: shares, bits, and sums over whole numbers whose terms may cancel.
RELATIVE, ABSOLUTE = 1e-5, 1e-6
# Below this float32 has no full precision left.
SMALLEST = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True)
class Scene:
    """An image, its mask, the centres and the settings to ask with."""

    values: np.ndarray
    inside: np.ndarray
    centres: np.ndarray
    settings: TextureSettings

    def rows(self, **options):
        return extract(self.values, self.inside, self.centres, self.settings, **options)


def named(row):
    """Return the features of one centre by name."""
    return dict(zip(feature_names(), row.tolist(), strict=True))


def pattern(kind, shape, ng, rng):
    """Return levels 1 to ng of a shape."""
    if kind in {"two levels", "ends"}:
        return rng.choice([1, ng] if kind == "ends" else rng.integers(1, ng + 1, 2), shape)
    if kind == "smooth":
        return (np.indices(shape).sum(0) + rng.integers(0, 2, shape)) % ng + 1
    if kind in {"constant", "nearly constant"}:
        levels = np.full(shape, rng.integers(1, ng + 1))
        if kind == "nearly constant":
            levels[tuple(rng.integers(0, shape))] = rng.integers(1, ng + 1)
        return levels
    return rng.integers(1, ng + 1, shape)


def mask_of(kind, shape, holes, rng):
    """Return a mask with a share of holes, or with one voxel."""
    if kind != "one voxel":
        return rng.random(shape) >= holes
    inside = np.zeros(shape, dtype=bool)
    inside[tuple(rng.integers(0, shape))] = True
    return inside


def in_units(levels, kind, low, width, rng):
    """Return values whose bins of a width from `low` on are the levels; few of them on an edge."""
    within = rng.random(levels.shape if kind in {"noise", "smooth"} else ()) * 0.98 + 0.01
    return low + width * (levels - 1 + within)


def corners_and(shape, rng):
    """Return both corners, the middle and another voxel."""
    last = np.array(shape) - 1
    return np.unique([[0, 0, 0], last, last // 2, rng.integers(0, shape)], axis=0)


def brain(seed=5, shape=(11, 12, 13), **settings):
    """Return a smooth image with plateaus and holes, every voxel inside a centre."""
    rng = np.random.default_rng(seed)
    levels = pattern("smooth", shape, 32, rng)
    levels[rng.random(shape) < 0.3] = 5
    values = in_units(levels, "smooth", -1.0, 0.125, rng).astype(np.float32)
    values[levels == 5] = -0.45
    inside = rng.random(shape) > 0.1
    chosen = TextureSettings(**{"radius": 2, "range": (-1.0, 3.0), **settings})
    return Scene(values, inside, np.argwhere(inside), chosen)


def absolute_of(name, spread):
    """Return the absolute error that a feature may have, in its own unit.

    What is in the unit of the image may be wrong by a millionth of the spread of the cube, since
    mean and median cancel where the values change sign; the variance by that of its square. The
    energy and its root sum what is never negative, and extremes are not computed at all: nothing.
    """
    own = name.removeprefix("firstorder_")
    if own in {"minimum", "maximum", "energy", "root_mean_square"}:
        return SMALLEST
    if own in {"mean", "median", "standard_deviation"}:
        return ABSOLUTE * spread + SMALLEST
    if own == "variance":
        return ABSOLUTE * spread**2 + SMALLEST
    return ABSOLUTE


def assert_equal_to_oracle(scene):
    """Compare every feature of every centre with the oracle's."""
    levels = levels_of(scene.values, scene.inside, scene.settings)
    found = scene.rows()
    assert found.shape == (len(scene.centres), len(feature_names()))
    assert found.dtype == np.float32
    for row, centre in zip(found, scene.centres, strict=True):
        wanted = features_of_levels(scene.values, levels, centre, scene.settings)
        x = values_at(scene.values, levels, centre, scene.settings.radius)
        spread = float(np.ptp(x)) if x.size else 0.0
        assert tuple(wanted) == feature_names()
        for (name, true), value in zip(wanted.items(), row.tolist(), strict=True):
            room = absolute_of(name, spread)
            near = np.isclose(value, true, rtol=RELATIVE, atol=room, equal_nan=True)
            assert near, f"{name} at {centre}: {value} instead of {true}"
            if name in ORDERED[:2]:
                assert np.array_equal(value, true, equal_nan=True), f"{name} is one of the values"
