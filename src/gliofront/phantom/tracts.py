"""Where the large white-matter bundles run, as polylines in the template."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Polyline = Sequence[tuple[float, float, float]]

STEP_MM = 1.0

CALLOSUM_AT_MIDLINE: Polyline = (
    (0, 28, 6), (0, 22, 13), (0, 16, 18), (0, 10, 22), (0, 4, 24), (0, -2, 26), (0, -8, 26),
    (0, -14, 25), (0, -20, 24), (0, -26, 22), (0, -32, 19), (0, -38, 13),
)  # fmt: skip
"""Middle of the corpus callosum in the midsagittal plane, read off the ICBM 2009a white matter."""

BUNDLES: dict[str, tuple[Polyline, ...]] = {
    "callosal fans": tuple(
        ((0, y, z), (12, y, z + 3), (22, y, z + 12), (30, y, z + 24))
        for _, y, z in CALLOSUM_AT_MIDLINE[2:-1]
    ),
    "forceps minor": (
        ((0, 28, 6), (10, 31, 6), (17, 40, 6), (20, 54, 8)),
        ((0, 22, 13), (10, 26, 15), (16, 36, 20), (20, 48, 26)),
    ),
    "forceps major": (
        ((0, -38, 13), (12, -42, 14), (22, -54, 14), (22, -70, 12), (16, -84, 8)),
    ),
    "corticospinal": (
        ((34, -22, 58), (28, -20, 42), (25, -18, 24), (23, -17, 8), (15, -17, -8), (8, -20, -22),
         (6, -26, -36), (4, -36, -56)),
        ((10, -26, 66), (16, -22, 46), (23, -19, 24), (23, -17, 8)),
        ((50, -8, 34), (36, -12, 30), (26, -14, 20), (22, -14, 8)),
        ((22, 2, 56), (24, -4, 40), (24, -12, 22), (22, -14, 8)),
        ((24, -42, 56), (26, -32, 40), (27, -24, 22), (24, -20, 8)),
    ),
    "anterior thalamic": (
        ((10, -8, 8), (16, 4, 8), (20, 16, 8), (22, 30, 10), (24, 46, 12)),
    ),
    "cingulum": (
        ((7, 34, -2), (8, 36, 12), (8, 26, 26), (8, 8, 34), (8, -12, 37), (8, -30, 34),
         (10, -44, 22), (18, -44, 4), (24, -34, -10), (26, -18, -20)),
    ),
    "superior longitudinal and arcuate": (
        ((36, 24, 24), (36, 6, 30), (37, -16, 32), (38, -38, 28), (44, -48, 14), (50, -38, 0),
         (52, -18, -10)),
        ((24, 34, 30), (26, 12, 36), (28, -14, 38), (28, -40, 38), (26, -58, 36)),
    ),
    "inferior fronto-occipital": (
        ((22, 50, 2), (26, 34, -2), (30, 14, -6), (34, -6, -6), (37, -26, -4), (36, -48, 2),
         (28, -68, 4), (20, -86, 4)),
    ),
    "inferior longitudinal": (
        ((40, 6, -30), (42, -14, -22), (42, -34, -14), (38, -56, -8), (28, -80, -4)),
    ),
    "uncinate": (((18, 36, -10), (26, 20, -10), (33, 8, -14), (36, 2, -24), (36, 8, -34)),),
    "middle cerebellar peduncle": (
        ((0, -20, -34), (10, -24, -34), (20, -36, -36), (26, -52, -38)),
    ),
}  # fmt: skip
"""Bundles of the right side, RAS+ mm in the template; the left is their mirror image.

Drawn by hand along what atlases of white matter show, good to about a centimetre: assumed.
"""


def tract_points() -> tuple[FloatArray, FloatArray]:
    """Return points about 1 mm apart on all bundles of both sides, and the way each runs.

    Returns
    -------
    Places in the template, RAS+ mm, (n, 3), and unit tangents, (n, 3).

    >>> places, tangents = tract_points()
    >>> bool(np.isclose(np.linalg.norm(tangents, axis=1), 1).all())
    True
    """
    lines = [line for bundle in BUNDLES.values() for line in bundle]
    parts = [_sampled(np.array(line, dtype=np.float64)) for line in lines]
    places = np.concatenate([p for p, _ in parts])
    tangents = np.concatenate([t for _, t in parts])
    mirror = np.array([-1.0, 1.0, 1.0])
    return np.concatenate([places, places * mirror]), np.concatenate([tangents, tangents * mirror])


def _sampled(line: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Walk along a polyline in steps of about a millimetre."""
    places, tangents = [], []
    for start, end in pairwise(line):
        length = float(np.linalg.norm(end - start))
        count = max(1, round(length / STEP_MM))
        share = (np.arange(count) + 0.5) / count
        places.append(start + share[:, None] * (end - start))
        tangents.append(np.repeat([(end - start) / length], count, axis=0))
    return np.concatenate(places), np.concatenate(tangents)
