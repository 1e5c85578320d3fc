"""Non-linear alignment of two scans of one brain by symmetric normalisation (SyN) of ANTs.

Avants et al., Med Image Anal 12:26-41, 2008, with local cross-correlation. What was removed or has
newly come is masked: there is nothing to match it with.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from gliofront.alignment.displacement import Displacement
from gliofront.image.ants_arrays import displacement_from_ants, to_ants
from gliofront.image.volume import BoolArray, LabelVolume, Volume

# isort: split
# After ants_arrays, which sets ANTs' seed and its single thread: both are read when it is loaded.
import ants


def register_deformable(
    pairs: Sequence[tuple[Volume, Volume]],
    *,
    fixed_mask: BoolArray,
    moving_mask: BoolArray,
    iterations: Sequence[int],
    radius: int = 2,
    step: float = 0.2,
    smooth_mm: float = 3.0,
) -> tuple[Displacement, Displacement]:
    """Find the movement that carries the fixed image's places to the moving image's.

    Parameters
    ----------
    pairs : images of each contrast before and after, all on one grid, roughly aligned; NaN where
        undefined. The contrasts weigh alike.
    fixed_mask, moving_mask : (X, Y, Z), where the images are to be matched.
    iterations : a level, from coarse to fine; the levels are powers of two of the grid.
    radius : of the neighbourhood of the cross-correlation, voxels.
    step : gradient step, as ANTs takes it.
    smooth_mm : standard deviation by which each update is smoothed, mm.

    Returns
    -------
    pull, push : from the fixed image's places to the moving image's, and back, on the grid.
    """
    (fixed, moving), *others = pairs
    grid = fixed.grid
    masks = [
        to_ants(LabelVolume.from_mask(grid, mask, "match")) for mask in (fixed_mask, moving_mask)
    ]
    voxels = smooth_mm / float(grid.spacing.min())
    with tempfile.TemporaryDirectory() as folder:
        found = ants.registration(
            to_ants(fixed),
            to_ants(moving),
            "SyNOnly",
            initial_transform="identity",
            outprefix=f"{folder}/",
            mask=masks[0],
            moving_mask=masks[1],
            mask_all_stages=True,
            syn_metric="CC",
            syn_sampling=radius,
            reg_iterations=tuple(iterations),
            grad_step=step,
            flow_sigma=voxels**2,
            total_sigma=0,
            multivariate_extras=_extras(others, radius) or None,
            random_seed=1,
        )
        pull = _field(found["fwdtransforms"], "Warp.nii.gz", fixed)
        push = _field(found["invtransforms"], "InverseWarp.nii.gz", fixed)
    return pull, push


def _extras(pairs: Sequence[tuple[Volume, Volume]], radius: int) -> list[tuple[object, ...]]:
    return [("CC", to_ants(fixed), to_ants(moving), 1.0, radius) for fixed, moving in pairs]


def _field(names: Sequence[str], end: str, fixed: Volume) -> Displacement:
    (name,) = [name for name in names if Path(name).name.endswith(end)]
    return Displacement(fixed.grid, displacement_from_ants(ants.image_read(name)))
