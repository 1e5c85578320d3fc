"""Growth from inside a tumour to the size of its enhancement, at a given infiltration length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from gliofront.growth.fisher_kpp import Tissue, exchange_rates, grow
from gliofront.growth.front import front_density, front_place
from gliofront.growth.medium import Medium
from gliofront.growth.settings import TwoContourSettings

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Outgrowth:
    """A tumour's enhancement in a medium, from which cells are made to grow.

    Parameters
    ----------
    medium : the head in blocks.
    exchange : rates between blocks where the diffusivity in white matter is 1 mm2 a unit of time.
    depth_mm : of the voxels of the medium's box inside the tumour, 0 outside it.
    volume : of the tumour, in blocks, as `Medium.volume` counts it.
    settings : what its edge means, and where growth begins.
    """

    medium: Medium
    exchange: sparse.csr_matrix
    depth_mm: FloatArray
    volume: float
    settings: TwoContourSettings

    def at(self, length_mm: float) -> FloatArray:
        """Return the density once as much tissue enhances as was seen, one value a block, 0 to 1.

        The length sets the proliferation alone, in that unit of time, so one set of rates serves
        all lengths. Growth stops between two steps: their densities are mixed so that the volume
        of enhancement is met.

        Parameters
        ----------
        length_mm : infiltration length sqrt(D / rho) in white matter.
        """
        tissue = _tissue(self.medium, length_mm**-2)
        start = self._start(length_mm) * (self.medium.share > 0)
        watch = _Watch(self.medium.share, self.settings.enhancing_density, self.volume, start)
        longest = self.settings.longest_time * length_mm**2
        after, _ = grow(start, tissue, longest, watch, self.exchange)
        return watch.when_met(after)

    def _start(self, length_mm: float) -> FloatArray:
        """Put the front that ends at the tumour's edge back inside it; no cells are outside.

        Its place in the tumour follows from the depth alone, so lobes and further foci keep
        their share, and a small tumour begins as a faint cap.
        """
        edge = front_place(self.settings.enhancing_density) + self.settings.start_lengths
        density = np.zeros(self.depth_mm.shape)
        inside = self.depth_mm > 0
        density[inside] = front_density(edge - self.depth_mm[inside] / length_mm)
        return self.medium.blocks.mean(density)


def outgrowth(medium: Medium, enhancing: BoolArray, settings: TwoContourSettings) -> Outgrowth:
    """Prepare growth from a tumour; enhancing is (X, Y, Z), on the grid of the head."""
    tumour = enhancing[medium.blocks.box] & medium.passable
    spacing = medium.blocks.spacing / np.array(medium.blocks.factors)
    depth = ndimage.distance_transform_edt(np.pad(tumour, 1), sampling=spacing)
    exchange = exchange_rates(_tissue(medium, 1.0))
    inner = depth[1:-1, 1:-1, 1:-1]
    return Outgrowth(medium, exchange, inner, medium.volume(enhancing), settings)


def _tissue(medium: Medium, proliferation: float) -> Tissue:
    """Return a tissue whose white matter has a diffusivity of 1 mm2 a unit of time."""
    growing = np.where(medium.share > 0, proliferation, 0.0)
    return Tissue(medium.ease, growing, medium.blocks.spacing, medium.grain)


@dataclass(eq=False)
class _Watch:
    """Tells when a volume above a density is reached, and remembers the step before.

    Parameters
    ----------
    share : volume of each block that counts.
    density : from which it is visible.
    wanted : visible volume to be reached, in blocks.
    before : density before the step, at first that of the start.
    """

    share: FloatArray
    density: float
    wanted: float
    before: FloatArray

    def __call__(self, after: FloatArray) -> bool:
        """Tell whether enough is visible after a step."""
        if float(self.share[after >= self.density].sum()) >= self.wanted:
            return True
        self.before = after.copy()
        return False

    def when_met(self, after: FloatArray) -> FloatArray:
        """Mix the densities before and after the last step so that the wanted volume is visible.

        The density after it if that volume was not reached, or was from the start.
        """
        seen = self.before >= self.density
        new = (after >= self.density) & ~seen
        crossed = (self.density - self.before[new]) / (after[new] - self.before[new])
        order = np.argsort(crossed, kind="stable")
        volume = float(self.share[seen].sum()) + np.cumsum(self.share[new][order])
        index = int(np.searchsorted(volume, self.wanted))
        if index >= len(volume):
            return after
        part = crossed[order[index]]
        return np.asarray((1 - part) * self.before + part * after)
