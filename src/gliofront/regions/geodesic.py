"""Distance along paths that stay inside a mask: tumour does not grow through falx or ventricle.

Straight lines come first: where the nearest source voxel is in plain sight, the distance is the
Euclidean one, exactly. What lies in the shadow of a barrier is reached over bends, the voxels at
which a shortest path turns, handed on from neighbour to neighbour as in Theta* (Daniel, Nash,
Koenig and Felner, J Artif Intell Res 39:533, 2010). Paths are not tied to the directions of the
grid, so the distance is not too long by the 10 % and more of steps between neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gliofront.image.grid import FloatArray
from gliofront.image.volume import BoolArray
from gliofront.regions.morphology import Spacing, bounding_box, grown_box

Places = NDArray[np.intp]
_OFFSETS = [np.array(o) for o in product((-1, 0, 1), repeat=3) if any(o)]
_LINES = 2**14  # looked along at a time, so that the working arrays stay small
_GLANCES = (0.5, 0.2, 0.8, 0.35, 0.65, 0.1, 0.9)  # shares of a line; most blocked ones show there
_LEAPS = 6
_LEAST_GAIN_MM = 0.01  # a path that is shorter by less is not worth handing on


def geodesic_distance(
    source: BoolArray, allowed: BoolArray, spacing: Spacing, *, limit_mm: float = np.inf
) -> FloatArray:
    """Return the length of the shortest path from the source that stays in allowed voxels, mm.

    A path runs from voxel centre to voxel centre inside the cubes of allowed voxels, and may cut
    off less than half a voxel at a corner. It never slips between voxels that touch by an edge, so
    a barrier holds that is one voxel thick and oblique. In plain sight the distance is exact. Each
    corner on the way makes it about half a voxel too long, at most somewhat over one.

    Parameters
    ----------
    source : (X, Y, Z) bool, such as the enhancing tumour; always open to paths.
    allowed : (X, Y, Z) bool, where paths may run: brain without falx, tentorium and ventricles.
    spacing : (3,) voxel size, mm.
    limit_mm : distances above it are not looked for.

    Returns
    -------
    (X, Y, Z): 0 in the source; inf where no path leads, beyond the limit, outside `allowed`, and
    everywhere if the source is empty.

    >>> source, allowed = np.zeros((3, 3, 1), bool), np.ones((3, 3, 1), bool)
    >>> source[0, 0], allowed[1, :2] = True, False
    >>> geodesic_distance(source, allowed, (1, 1, 1))[:, 0, 0].round(1).tolist()
    [0.0, inf, 5.2]
    """
    distance = np.full(source.shape, np.inf)
    if not source.any():
        return distance
    box = bounding_box(source | allowed)
    if np.isfinite(limit_mm):
        box = grown_box(source, limit_mm, spacing)
    scene = _Scene.of(source[box], allowed[box], spacing)
    found, bend = _in_sight(scene, source[box], limit_mm)
    _around_corners(scene, found, bend, limit_mm)
    distance[box] = found.reshape(scene.shape)[1:-1, 1:-1, 1:-1]
    return distance


@dataclass(frozen=True, eq=False)
class _Scene:
    """Open voxels with a closed rim of one voxel, flattened, so that a place is one number.

    `room` holds how far from a voxel centre lines are surely in open voxels, mm; `solid` the
    closed voxels with closed neighbours on all faces, of which no corner can be cut off.
    """

    open: BoolArray
    solid: BoolArray
    room: FloatArray
    shape: tuple[int, int, int]
    spacing: FloatArray

    @classmethod
    def of(cls, source: BoolArray, allowed: BoolArray, spacing: Spacing) -> _Scene:
        padded = np.pad(source | allowed, 1)
        clear = ndimage.distance_transform_edt(padded, sampling=tuple(spacing)).ravel()
        # From a point to the nearest centre, and from a closed centre to its cube's corner.
        room = clear - float(np.linalg.norm(spacing))
        x, y, z = padded.shape
        solid = ndimage.binary_erosion(~padded, border_value=1).ravel()
        return cls(padded.ravel(), solid, room, (x, y, z), np.asarray(spacing, dtype=np.float64))

    def voxels(self, places: Places) -> Places:
        """Return the indices of places (n,), one row an axis, (3, n)."""
        return np.stack(np.unravel_index(places, self.shape))

    def strides(self) -> Places:
        """Return what a step along each axis adds to a place, (3,)."""
        return np.array([self.shape[1] * self.shape[2], self.shape[2], 1])

    def length(self, steps: Places) -> FloatArray:
        """Return the lengths in mm of steps in voxels (3, n)."""
        return np.asarray(np.sqrt(np.square(steps * self.spacing[:, None]).sum(axis=0)))

    def between(self, start: Places, end: Places) -> FloatArray:
        """Return the straight distance in mm of places, (n,)."""
        return self.length(self.voxels(end) - self.voxels(start))

    def sees(self, start: Places, end: Places) -> BoolArray:
        """Tell whether the straight line between open places is open, (n,).

        It may cut off the corner of a closed voxel, see `_cuts_corner`.
        """
        seen = np.ones(start.size, dtype=bool)
        for first in range(0, start.size, _LINES):
            rows = first + self._glance(start[first : first + _LINES], end[first : first + _LINES])
            seen[first : first + _LINES] = False
            seen[rows] = self._look(start[rows], end[rows])
        return seen

    def _glance(self, start: Places, end: Places) -> Places:
        """Return the rows of the lines that are not surely closed at a few points."""
        steps, rows = self.voxels(end) - self.voxels(start), np.arange(start.size)
        for share in _GLANCES:
            exact = steps[:, rows] * share
            whole = np.rint(exact).astype(np.intp)
            place = start[rows] + self.strides() @ whole
            # Nearer to the middle than any corner that may be cut off.
            amid = np.abs(exact - whole).sum(axis=0) < 0.5
            rows = rows[self.open[place] | ~(amid | self.solid[place])]
        return rows

    def _look(self, start: Places, end: Places) -> BoolArray:
        """Tell which lines are open, face by face."""
        steps, seen = self.voxels(end) - self.voxels(start), np.ones(start.size, dtype=bool)
        doubtful = self._doubtful(start, steps)
        for axis in range(3):
            faces = np.floor(np.abs(steps[axis]) * doubtful * seen + 0.5).astype(np.intp)
            rows = np.repeat(np.arange(start.size), faces)
            face = np.arange(rows.size) - np.repeat(np.cumsum(faces) - faces, faces) + 1
            free = self._open_behind(start[rows], steps[:, rows], axis, face)
            seen[rows[~free]] = False
        return seen

    def _doubtful(self, start: Places, steps: Places) -> FloatArray:
        """Return the share of lines, from the start, that is not surely open, 0 to 1.

        From the end, each leap is as long as there is room (sphere tracing, Hart, The Visual
        Computer 12:527, 1996).
        """
        length = np.maximum(self.length(steps), 1e-9)
        share = np.ones(start.size)
        for _ in range(_LEAPS):
            place = start + self.strides() @ np.rint(steps * share).astype(np.intp)
            share = np.maximum(share - np.maximum(self.room[place], 0.0) / length, 0.0)
        return share

    def _open_behind(self, start: Places, steps: Places, axis: int, face: Places) -> BoolArray:
        """Tell whether lines are open right behind their n-th face across an axis, (n,).

        A line that crosses another face at the same time, on an edge, needs the voxels on either
        side of the edge: else it would slip through an oblique barrier.
        """
        when = (face - 0.5) / np.abs(steps[axis])
        signs, strides = np.sign(steps), self.strides()
        place = start + strides[axis] * signs[axis] * face
        first, second = (other for other in range(3) if other != axis)
        low, high = _passed(steps[first], when)
        low_2, high_2 = _passed(steps[second], when)
        across, across_2 = strides[first] * signs[first], strides[second] * signs[second]
        free = self.open[place + across * low + across_2 * low_2]
        on_edge = (high > low) | (high_2 > low_2)
        edge = np.flatnonzero(on_edge)
        for a, b in ((high, low_2), (low, high_2), (high, high_2)):
            free[edge] &= self.open[(place + across * a + across_2 * b)[edge]]
        shut = np.flatnonzero(~free & ~on_edge)
        at = (place + across * low + across_2 * low_2)[shut]
        free[shut] = self._cuts_corner(at, steps[:, shut], axis, when[shut])
        return np.asarray(free)

    def _cuts_corner(self, at: Places, steps: Places, axis: int, when: FloatArray) -> BoolArray:
        """Tell whether lines that enter closed voxels across an axis only cut off a corner, (n,).

        They must leave through a side, within half a voxel, and the three other voxels around the
        edge must be open, so that a path leads round it. Else a path would turn wide of every
        corner, at the centres of voxels that see each other past the whole cube.
        """
        speed = np.abs(steps)
        sides = np.array([other for other in range(3) if other != axis])
        passed = np.floor(speed[sides] * when + 0.5)
        with np.errstate(divide="ignore"):
            leaves = (passed + 0.5) / speed[sides]
        side = sides[np.argmin(leaves, axis=0)]
        within = leaves.min(axis=0) - when
        rows = np.arange(at.size)
        shallow = within * np.maximum(speed[axis], speed[side, rows]) <= 0.5
        signed = np.sign(steps) * self.strides()[:, None]
        back, beside = at - signed[axis], signed[side, rows]
        around = self.open[back] & self.open[back + beside] & self.open[at + beside]
        return np.asarray(shallow & around)


def _passed(steps: Places, when: FloatArray) -> tuple[Places, Places]:
    """Return how many faces lines have passed before a time of 0 to 1, and by then."""
    exact = np.abs(steps) * when + 0.5
    return np.floor(exact - 1e-9).astype(np.intp), np.floor(exact + 1e-9).astype(np.intp)


def _in_sight(scene: _Scene, source: BoolArray, limit_mm: float) -> tuple[FloatArray, Places]:
    """Return the distance where the nearest source voxel is in sight, and that voxel's place."""
    straight, nearest = ndimage.distance_transform_edt(
        ~np.pad(source, 1), sampling=tuple(scene.spacing), return_indices=True
    )
    bend = np.ravel_multi_index(tuple(nearest), scene.shape).ravel()
    found = np.full(bend.size, np.inf)
    rows = np.flatnonzero(scene.open & (straight.ravel() <= limit_mm))
    rows = rows[scene.sees(bend[rows], rows)]
    found[rows] = straight.ravel()[rows]
    return found, bend


def _around_corners(scene: _Scene, found: FloatArray, bend: Places, limit_mm: float) -> None:
    """Fill in what no source voxel sees, wave by wave; `found` and `bend` are changed in place."""
    shadow = scene.open & np.isinf(found)
    near = ndimage.binary_dilation(shadow.reshape(scene.shape), np.ones((3, 3, 3))).ravel()
    wave = np.flatnonzero(near & np.isfinite(found))
    while wave.size:
        changed = [_step(scene, wave, offset, found, bend, limit_mm) for offset in _OFFSETS]
        wave = np.unique(np.concatenate(changed))


def _step(
    scene: _Scene,
    wave: Places,
    offset: Places,
    found: FloatArray,
    bend: Places,
    limit_mm: float,
) -> Places:
    """Offer the neighbours on one side a path, straight from the bend or else over the voxel.

    Returns the places that took it; `found` and `bend` are changed in place.
    """
    ends = wave + int(offset @ scene.strides())
    rows = scene.open[ends] & (found[ends] > found[wave])
    wave, ends = wave[rows], ends[rows]
    straight = found[bend[wave]] + scene.between(bend[wave], ends)
    worth = np.minimum(found[ends] - _LEAST_GAIN_MM, limit_mm)
    rows = straight < worth
    wave, ends, straight, worth = wave[rows], ends[rows], straight[rows], worth[rows]
    seen = scene.sees(bend[wave], ends)
    length = np.where(seen, straight, found[wave] + scene.length(offset[:, None]))
    taken = length < worth
    taken[taken] = seen[taken] | scene.sees(wave[taken], ends[taken])
    found[ends[taken]] = length[taken]
    bend[ends[taken]] = np.where(seen, bend[wave], wave)[taken]
    return np.asarray(ends[taken])
