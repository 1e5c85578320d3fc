"""The way from the brain before surgery to the brain at follow-up, and back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from gliofront.alignment.displacement import Displacement, all_places
from gliofront.alignment.transforms import Matrix, inverse
from gliofront.image.grid import FloatArray, Grid
from gliofront.image.volume import BoolArray, LabelVolume, Volume

_LEAST_SHARE = 0.5


@dataclass(frozen=True, eq=False)
class ToFollowUp:
    """The way from a place before surgery to the same tissue at follow-up, which images need.

    A place x before surgery lies at rigid(pull(x)) in the follow-up scan's world.

    Parameters
    ----------
    rigid : (4, 4), pre-operative world to the follow-up scan's world, RAS+ mm.
    pull : movement of the pre-operative brain, before the head is turned.
    """

    rigid: Matrix
    pull: Displacement

    def to_follow_up(self, points: ArrayLike) -> FloatArray:
        """Move pre-operative places (..., 3), RAS+ mm, to the follow-up scan's world."""
        moved = self.pull.move(points)
        return np.asarray(moved @ self.rigid[:3, :3].T + self.rigid[:3, 3])

    def for_image(self, within: Matrix) -> Self:
        """Return the transform to another image of the follow-up visit.

        Parameters
        ----------
        within : (4, 4), from the follow-up scan's world to that image's world, rigid. Joined, the
            image is resampled once.
        """
        return replace(self, rigid=within @ self.rigid)

    def volume_onto(self, volume: Volume, grid: Grid) -> Volume:
        """Return a follow-up image on a grid of the pre-operative world, by linear interpolation.

        Undefined voxels have no weight; NaN where they hold more than half of it, and beyond the
        image's field of view. One resampling, whatever the transform is made of.
        """
        voxels = _source_voxels(self, volume.grid, grid)
        defined = np.isfinite(volume.data)
        share = _linear(defined.astype(np.float32), voxels)
        value = _linear(np.where(defined, volume.data, np.float32(0)), voxels)
        known = share >= _LEAST_SHARE
        data = np.divide(value, share, out=np.full(grid.shape, np.nan, np.float32), where=known)
        return replace(volume, grid=grid, data=data)

    def mask_onto(self, mask: BoolArray, source: Grid, grid: Grid) -> BoolArray:
        """Return a region of the follow-up visit on a grid of the pre-operative world.

        Parameters
        ----------
        mask : (X, Y, Z) on source; cut at half after linear interpolation.
        """
        share = _linear(mask.astype(np.float32), _source_voxels(self, source, grid))
        return np.asarray(share >= _LEAST_SHARE)

    def labels_onto(self, labels: LabelVolume, grid: Grid) -> LabelVolume:
        """Return labels of the follow-up visit on a grid of the pre-operative world, each alone."""
        voxels = _source_voxels(self, labels.grid, grid)
        best = np.full(grid.shape, _LEAST_SHARE, dtype=np.float32)
        data = np.zeros(grid.shape, dtype=np.uint16)
        for value in labels.names:
            share = _linear((labels.data == value).astype(np.float32), voxels)
            data[share >= best] = value
            np.maximum(best, share, out=best)
        return replace(labels, grid=grid, data=data)


@dataclass(frozen=True, eq=False)
class TwoVisits(ToFollowUp):
    """A transform between two visits of a patient, with its inverse.

    Parameters
    ----------
    push : inverse of pull: a place y at follow-up came from push(rigid^-1(y)).
    """

    push: Displacement

    def to_preop(self, points: ArrayLike) -> FloatArray:
        """Move places of the follow-up scan's world (..., 3), RAS+ mm, to the pre-operative one."""
        back = inverse(self.rigid)
        points = np.asarray(points, dtype=np.float64)
        return self.push.move(points @ back[:3, :3].T + back[:3, 3])


def rigid_visits(rigid: Matrix, grid: Grid) -> TwoVisits:
    """Return the transform of two visits between which the brain has only been turned."""
    still = Displacement.none(grid)
    return TwoVisits(rigid, still, still)


def _source_voxels(visits: ToFollowUp, source: Grid, grid: Grid) -> FloatArray:
    """Return where in the follow-up image each voxel's value comes from, (3, X, Y, Z)."""
    places = visits.to_follow_up(all_places(grid))
    return np.moveaxis(source.to_voxel(places), -1, 0)


def _linear(data: NDArray[np.float32], voxels: FloatArray) -> NDArray[np.float32]:
    return np.asarray(ndimage.map_coordinates(data, voxels, order=1, mode="constant"))
