"""The U-Net as a function of its weights."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from gliofront.learning.unet.architecture import GROUP, LEVELS

_SLOPE = 0.01  # of the activation below 0, as in nnU-Net (Isensee et al., Nat Methods 18:203, 2021)
_FLOOR = 1e-5

TorchWeights = Mapping[str, Tensor]


def log_odds_of(weights: TorchWeights, inputs: Tensor) -> Tensor:
    """Return the log odds of progression of every voxel, (b, 1, x, y, z).

    What lies outside the mask stays 0 on every level and counts in no mean, so neither the size of
    the box nor its padding changes what is said of a voxel.

    Parameters
    ----------
    weights : named and shaped as `weight_shapes` tells.
    inputs : (b, c, x, y, z) float32, sizes multiples of `STRIDE`; the last channel is the mask.
    """
    masks = _masks(inputs)
    seen = _convolved(inputs, masks[0], weights, "stem")
    skipped = []
    for level, mask in enumerate(masks):
        seen = _block(seen, mask, weights, f"down_{level}")
        if level + 1 < LEVELS:
            skipped.append(seen)
            seen = _convolved(seen, masks[level + 1], weights, f"coarser_{level}", stride=2)
    for level in reversed(range(LEVELS - 1)):
        name, mask = f"finer_{level}", masks[level]
        finer = functional.conv_transpose3d(
            seen, weights[f"{name}.weight"], weights[f"{name}.bias"], stride=2
        )
        seen = _block(torch.cat([finer * mask, skipped[level]], 1), mask, weights, f"up_{level}")
    seen = _activated(seen, masks[0], weights, "head.norm")
    return functional.conv3d(seen, weights["head.weight"], weights["head.bias"])


def _masks(inputs: Tensor) -> list[Tensor]:
    """Return where rows are on each level; a coarse voxel counts if any of its eight does."""
    masks = [inputs[:, -1:].detach()]
    for _ in range(LEVELS - 1):
        masks.append(functional.max_pool3d(masks[-1], 2))
    return masks


def _block(seen: Tensor, mask: Tensor, weights: TorchWeights, name: str) -> Tensor:
    """Return a residual block: norm, activation and convolution, twice, beside what came in."""
    found = seen
    for place in (0, 1):
        found = _activated(found, mask, weights, f"{name}.norm_{place}")
        found = _convolved(found, mask, weights, f"{name}.conv_{place}")
    skip = weights.get(f"{name}.skip.weight")
    return found + (seen if skip is None else functional.conv3d(seen, skip))


def _convolved(
    seen: Tensor, mask: Tensor, weights: TorchWeights, name: str, stride: int = 1
) -> Tensor:
    weight = weights[f"{name}.weight"]
    padding = weight.shape[-1] // 2 if stride == 1 else 0
    return functional.conv3d(seen, weight, weights[f"{name}.bias"], stride, padding) * mask


def _activated(seen: Tensor, mask: Tensor, weights: TorchWeights, name: str) -> Tensor:
    """Return group norm over the voxels of the mask, then a leaky rectifier; 0 outside it."""
    batch, width, *size = seen.shape
    grouped = seen.reshape(batch, width // GROUP, -1)
    # Outside the mask all is 0, so sums over the box are sums over the mask.
    count = GROUP * mask.sum(dim=(2, 3, 4)).clamp(min=1)[..., None]
    mean = grouped.sum(dim=2, keepdim=True) / count
    centred = (grouped - mean).reshape(batch, width, *size) * mask
    spread = centred.reshape(grouped.shape).square().sum(dim=2, keepdim=True) / count
    normal = centred.reshape(grouped.shape) * torch.rsqrt(spread + _FLOOR)
    gain, shift = (weights[f"{name}.{part}"].reshape(1, -1, 1, 1, 1) for part in ("gain", "shift"))
    return functional.leaky_relu(normal.reshape(seen.shape) * gain + shift, _SLOPE) * mask
