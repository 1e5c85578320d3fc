"""What cells meet in one patient's head, from its tissues: where they move, and how easily."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gliofront.foundation.errors import InputRefused
from gliofront.growth.blocks import Blocks, blocks_around
from gliofront.growth.fisher_kpp import Grain
from gliofront.growth.settings import TwoContourSettings
from gliofront.image.volume import LabelVolume

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_MOST_FLUID = 0.5
"""Share of fluid from which no cells live in a voxel."""
_LEAST_SHARE = 0.5
"""Share of a block that cells must be able to enter."""


@dataclass(frozen=True, eq=False)
class TissueShares:
    """What each voxel consists of; where all are 0 the tissue is unknown.

    Parameters
    ----------
    white, grey, fluid : (X, Y, Z), 0 to 1.
    """

    white: NDArray[np.floating]
    grey: NDArray[np.floating]
    fluid: NDArray[np.floating]

    @classmethod
    def of_labels(cls, labels: LabelVolume) -> TissueShares:
        """Return whole shares from labels named "white", "grey" and "csf"; others are unknown.

        Raises
        ------
        InputRefused
            If one of the three names is missing.
        """
        values = {name: value for value, name in labels.names.items()}
        missing = {"white", "grey", "csf"} - set(values)
        if missing:
            raise InputRefused("tissue", f"no label is named {sorted(missing)}", "name them")
        white, grey, fluid = (
            (labels.data == values[n]).astype(np.float32) for n in ("white", "grey", "csf")
        )
        return cls(white, grey, fluid)


@dataclass(frozen=True, eq=False)
class Head:
    """What is known of a patient's head; all arrays are on one grid.

    Parameters
    ----------
    brain : (X, Y, Z) bool.
    spacing : voxel size, mm, (3,).
    shares : tissues; even white matter if not given.
    barrier : (X, Y, Z) bool, thin walls inside the brain mask that cells cannot cross, such as
        the falx and the tentorium.
    grain : which way cells move more easily; alike in all directions if not given. Where it is
        not finite there is no direction.

    Raises
    ------
    InputRefused
        If shapes differ or the spacing is not positive.
    """

    brain: BoolArray
    spacing: FloatArray
    shares: TissueShares | None = None
    barrier: BoolArray | None = None
    grain: Grain | None = None

    def __post_init__(self) -> None:
        """Check that everything lies on one grid."""
        spacing = np.asarray(self.spacing, dtype=np.float64)
        if spacing.shape != (3,) or not (spacing > 0).all():
            raise InputRefused("spacing", f"{self.spacing} is not three lengths", "give mm")
        object.__setattr__(self, "spacing", spacing)
        self.check("barrier", self.barrier)
        if self.shares is not None:
            for name in ("white", "grey", "fluid"):
                self.check(f"share of {name}", getattr(self.shares, name))
        if self.grain is not None:
            self.check("grain", self.grain.ratio)
            self.check("grain's direction", self.grain.direction[..., 0])

    def check(self, name: str, values: NDArray[np.generic] | None) -> None:
        """Refuse an array that is not of the brain's shape; None passes."""
        if values is not None and values.shape != self.brain.shape:
            problem = f"its shape is {values.shape}, the brain's {self.brain.shape}"
            raise InputRefused(name, problem, "bring it onto the brain's grid")


@dataclass(frozen=True, eq=False)
class Medium:
    """The head in blocks, as cells meet it.

    Parameters
    ----------
    blocks : where they lie.
    passable : voxels of the blocks' box that cells can live in, bool.
    share : of a block's volume that is passable, 0 to 1; 0 where cells cannot enter the block.
    ease : diffusivity over that in white matter, 0 to 1; 0 where cells cannot enter.
    grain : as in `Head`, of blocks.
    """

    blocks: Blocks
    passable: BoolArray
    share: FloatArray
    ease: FloatArray
    grain: Grain | None

    def volume(self, mask: BoolArray) -> float:
        """Return the volume of a mask (X, Y, Z) that cells can enter, in blocks."""
        entered = self.blocks.mean(mask[self.blocks.box] & self.passable)
        return float(entered[self.share > 0].sum())


def medium_of(
    head: Head, enhancing: BoolArray, flair: BoolArray | None, settings: TwoContourSettings
) -> Medium:
    """Turn a head with a tumour into a medium.

    The tumour's own tissue is unknown and counts as white; so does matter in the FLAIR
    abnormality if the settings say so. A block is entered if cells can live in half of it and no
    barrier touches it: so a barrier of one voxel stays closed, while fluid in sulci narrower than
    half a block does not hold cells back.

    Parameters
    ----------
    head : the patient's, with a brain that is not empty.
    enhancing : (X, Y, Z), enhancing tumour with necrosis; never fluid.
    flair : (X, Y, Z), the FLAIR abnormality.
    settings : ratio of white to grey, and the size of blocks.
    """
    blocks = blocks_around(head.brain, head.spacing, settings.working_mm)
    tumour = enhancing[blocks.box]
    white_anyway = tumour
    if flair is not None and settings.oedema_is_white:
        white_anyway = tumour | flair[blocks.box]
    passable = head.brain[blocks.box].copy()
    ease = np.ones(passable.shape)
    if head.shares is not None:
        passable &= tumour | (head.shares.fluid[blocks.box] < _MOST_FLUID)
        ease = _ease(head.shares, blocks, settings.white_to_grey)
        ease[white_anyway] = 1
    closed = np.zeros(passable.shape, dtype=bool)
    if head.barrier is not None:
        closed = head.barrier[blocks.box]
        passable &= ~closed
    share = blocks.mean(passable)
    share[(share < _LEAST_SHARE) | (blocks.mean(closed) > 0)] = 0
    total = blocks.mean(ease * passable)
    mean = np.divide(total, share, out=np.zeros_like(share), where=share > 0)
    grain = None if head.grain is None else _block_grain(head.grain, blocks)
    return Medium(blocks, passable, share, mean, grain)


def _ease(shares: TissueShares, blocks: Blocks, white_to_grey: float) -> FloatArray:
    """Return the diffusivity of the matter in each voxel over that of white; unknown is white."""
    white = shares.white[blocks.box].astype(np.float64)
    grey = shares.grey[blocks.box].astype(np.float64)
    matter = white + grey
    part = np.divide(white, matter, out=np.ones_like(matter), where=matter > 0)
    return np.asarray(part + (1 - part) / white_to_grey)


def _block_grain(grain: Grain, blocks: Blocks) -> Grain:
    """Average the diffusion tensors of trace 3 over blocks; keep their main axis and its ratio.

    Directions have no sign and cannot be averaged themselves.
    """
    direction = grain.direction[blocks.box].astype(np.float64)
    ratio = grain.ratio[blocks.box].astype(np.float64)
    known = np.isfinite(direction).all(axis=-1) & np.isfinite(ratio)
    ratio = np.where(known, np.maximum(ratio, 1), 1)
    direction = np.where(known[..., None], direction, 0)
    excess = 3 * (ratio - 1) / (ratio + 2)
    across = blocks.mean(3 / (ratio + 2))
    tensors = np.empty((*across.shape, 3, 3))
    for i in range(3):
        for j in range(i, 3):
            part = blocks.mean(excess * direction[..., i] * direction[..., j])
            tensors[..., i, j] = tensors[..., j, i] = part + (i == j) * across
    values, vectors = np.linalg.eigh(tensors)
    least = np.maximum(values[..., :2].mean(axis=-1), 1e-9)
    ratio_of_block = np.maximum(values[..., 2] / least, 1)
    return Grain(np.asarray(vectors[..., 2]), np.asarray(ratio_of_block))
