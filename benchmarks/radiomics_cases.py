"""Images on which the radiomic features of several programs are measured.

A brain-like image: a field smoothed over 4 voxels, a finer one over 1.5, and 20 % noise, in units
of the width of a grey level. A level is then the whole part of a value and 1, for gliofront as
for its peers, which count bins from a multiple of the width.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from gliofront.radiomics.settings import TextureSettings


@dataclass(frozen=True, eq=False)
class Case:
    """An image cropped around a ball of voxels whose features are wanted.

    `values` (X, Y, Z) float32; `ball` (X, Y, Z) bool, the voxels whose features are wanted. The
    cubes around them are whole, or (`cut`) cut by the ball.
    """

    values: NDArray[np.float32]
    ball: NDArray[np.bool_]
    levels: int
    radius: int
    cut: bool

    @property
    def inside(self) -> NDArray[np.bool_]:
        return self.ball if self.cut else np.ones_like(self.ball)

    @property
    def centres(self) -> NDArray[np.intp]:
        return np.argwhere(self.ball)

    def settings(self, aggregation: str = "averaged") -> TextureSettings:
        limits = (0.0, float(self.levels))
        shape = {"radius": self.radius, "levels": self.levels, "range": limits}
        return TextureSettings(**shape, binning="size", aggregation=aggregation)

    def for_peers(self) -> tuple[SimpleITK.Image, SimpleITK.Image]:
        """Return the image and the mask as PyRadiomics and flash-radiomics take them."""
        mask = SimpleITK.GetImageFromArray(self.ball.astype(np.uint8))
        return SimpleITK.GetImageFromArray(self.values), mask

    def levels_in_a_cube(self) -> int:
        """Return the median number of levels present in the whole cube around a centre."""
        side = range(-self.radius, self.radius + 1)
        steps = np.array([(x, y, z) for x in side for y in side for z in side])
        places = self.centres[::50, None] + steps
        cubes = np.sort(np.floor(self.values[tuple(np.moveaxis(places, -1, 0))]), axis=1)
        return int(np.median((np.diff(cubes, axis=1) > 0).sum(1) + 1))


def brain_like(shape: tuple[int, int, int], levels: int, seed: int) -> NDArray[np.float32]:
    """Return values between 0 and the number of levels, 6 standard deviations across."""
    rng = np.random.default_rng(seed)
    parts = [(gaussian_filter(rng.normal(size=shape), 4.0), 1.0)]
    parts += [(gaussian_filter(rng.normal(size=shape), 1.5), 0.5), (rng.normal(size=shape), 0.2)]
    field = sum(share * part / part.std() for part, share in parts)
    unit = (field / field.std() + 3.0) / 6.0
    return np.clip(unit * levels, 0.01, levels - 0.01).astype(np.float32)


def ball(shape: tuple[int, int, int], voxels: int) -> NDArray[np.bool_]:
    """Return the voxels nearest to the middle of the image."""
    away = sum((axis - (n - 1) / 2) ** 2 for axis, n in zip(np.indices(shape), shape, strict=True))
    nearest = np.argsort(away.ravel(), kind="stable")[:voxels]
    inside = np.zeros(away.size, dtype=bool)
    inside[nearest] = True
    return inside.reshape(shape)


def cropped(mask: NDArray[np.bool_], margin: int) -> NDArray[np.bool_]:
    """Return the box of a mask with a margin around it, as the peers crop an image."""
    first, last = np.argwhere(mask).min(0), np.argwhere(mask).max(0) + 1
    box = mask[tuple(map(slice, first, last))]
    return np.pad(box, margin)


def make_case(voxels: int, levels: int, radius: int, *, cut: bool = False) -> Case:
    side = int(np.ceil(2 * np.cbrt(voxels * 0.75 / np.pi))) + 4
    wanted = cropped(ball((side, side, side), voxels), radius)
    values = brain_like(wanted.shape, levels, seed=levels)
    # The peers take the lowest and highest level found for 1 and Ng: both have to be there.
    places = np.argwhere(wanted)
    values[tuple(places[0])], values[tuple(places[-1])] = 0.5, levels - 0.5
    return Case(values, wanted, levels, radius, cut)
