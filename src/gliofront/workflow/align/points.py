"""Points of two visits, read from tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from gliofront.foundation.errors import InputRefused
from gliofront.foundation.findings import Finding, Level
from gliofront.image.grid import FloatArray, Grid
from gliofront.image.volume import BoolArray
from gliofront.workflow.align.request import AlignRequest, Convention, VisitFiles

AXES = ("x", "y", "z")
_OUTSIDE_SHARE = 0.5


@dataclass(frozen=True, eq=False)
class Points:
    """Named points in the world of a visit.

    Parameters
    ----------
    names : of each point.
    places : (n, 3), RAS+ mm.
    """

    names: tuple[str, ...]
    places: FloatArray


@dataclass(frozen=True, eq=False)
class PointPairs:
    """The same points before surgery and, where known, at follow-up."""

    before: Points
    after: Points | None


def in_convention(places: ArrayLike, convention: Convention) -> FloatArray:
    """Turn RAS+ mm into a convention, or back; both are one flip.

    >>> in_convention([[1.0, 2.0, 3.0]], "lps").tolist()
    [[-1.0, -2.0, 3.0]]
    """
    flips = (-1.0, -1.0, 1.0) if convention == "lps" else (1.0, 1.0, 1.0)
    return np.asarray(np.asarray(places, dtype=np.float64) * np.array(flips))


def read_pairs(request: AlignRequest) -> PointPairs | None:
    """Read the tables of points that were given; None if there are none.

    Raises
    ------
    InputRefused
        If a table cannot be read, or the two do not hold the same points.
    """
    first, second = request.before.points, request.after.points
    if first is None:
        return None
    before = read_points(first, request.convention)
    if second is None:
        return PointPairs(before, None)
    after = read_points(second, request.convention)
    return PointPairs(before, _in_order(after, before, str(second)))


def _in_order(points: Points, like: Points, source: str) -> Points:
    """Return the points in the order of others; both hold the same names."""
    if set(points.names) != set(like.names):
        other = sorted(set(points.names) ^ set(like.names))
        problem = f"it does not hold the same points as the table before surgery: {other[:6]}"
        raise InputRefused(source, problem, "give the same points at both visits")
    order = [points.names.index(name) for name in like.names]
    return Points(like.names, points.places[order])


def read_points(path: Path, convention: Convention) -> Points:
    """Read a table of points: columns x, y, z in mm, and Landmark if they have names.

    Parameters
    ----------
    path : comma-separated, with a header; upper or lower case, other columns are left out.
    convention : "ras" or "lps", the axes of the numbers.

    Raises
    ------
    InputRefused
        If it cannot be read, a column is absent, a number is none or a name stands twice.
    """
    rows = _rows(path)
    if not rows or not set(AXES) <= set(rows[0]):
        mend = "give a table with a header that holds x,y,z or Landmark,X,Y,Z, and a row a point"
        raise InputRefused(path, "it holds no points in columns x, y and z", mend)
    names = tuple(row.get("landmark") or str(number) for number, row in enumerate(rows, 1))
    if len(set(names)) < len(names):
        raise InputRefused(path, "a landmark stands twice", "give each one row")
    places = [_place(row, path, name) for row, name in zip(rows, names, strict=True)]
    return Points(names, in_convention(places, convention))


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text), strict=True, skipinitialspace=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        problem = f"the table cannot be read: {getattr(error, 'strerror', None) or error}"
        raise InputRefused(path, problem, "give comma-separated text in UTF-8") from error
    return [
        {key.strip().lower(): (cell or "").strip() for key, cell in row.items() if key}
        for row in rows
    ]


def _place(row: Mapping[str, str], path: Path, name: str) -> list[float]:
    try:
        place = [float(row[axis]) for axis in AXES]
    except ValueError:
        place = [float("nan")]
    if not np.isfinite(place).all():
        cells = ", ".join(row[axis] for axis in AXES)
        raise InputRefused(path, f"point {name} has no three numbers: {cells}", "mend that row")
    return place


def outside_finding(
    points: Points, brain: BoolArray, grid: Grid, convention: Convention, files: VisitFiles
) -> Finding | None:
    """Warn where most points lie outside the brain, as with the axes of another convention.

    Parameters
    ----------
    brain : (X, Y, Z) on the grid.
    files : of the visit.
    """
    voxels = np.rint(grid.to_voxel(points.places)).astype(int)
    inside = np.asarray(((voxels >= 0) & (voxels < grid.shape)).all(axis=1))
    inside[inside] = brain[tuple(voxels[inside].T)]
    out = 1.0 - float(inside.mean())
    if out <= _OUTSIDE_SHARE:
        return None
    return Finding(
        Level.WARNING,
        "points-outside-brain",
        str(files.points),
        f"{out:.0%} of the points lie outside the brain, read as {convention.upper()} mm",
        "check --points-convention, and that they are millimetres of that scan",
    )
