"""The U-Net over a whole patient."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gliofront.learning.unet.architecture import Weights
from gliofront.learning.unet.on_torch.network import log_odds_of
from gliofront.learning.unet.on_torch.state import repeatable
from gliofront.learning.unet.tiles import Tile, tiles_of
from gliofront.learning.unet.volumes import gathered, scattered

# Numbers in a volume of the finest level, about 64 MB of them; a dozen such volumes live at once.
_MOST = 2**24


def predicted_log_odds(
    weights: Weights, inputs: NDArray[np.float32], voxel: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Return the log odds of each row of one patient, (n,).

    Parameters
    ----------
    weights : fitted.
    inputs : (n, c) channels.
    voxel : (n, 3) grid indices; no voxel twice.
    """
    found = np.zeros(len(inputs))
    if not found.size:
        return found
    with repeatable() as device, torch.inference_mode():
        placed = _placed(weights, device)
        for tile in tiles_of(voxel, _most(weights)):
            said = log_odds_of(placed, _volume(inputs, tile, device))
            found[tile.rows] += tile.share * gathered(said[0].cpu().numpy(), tile.place)[:, 0]
    return found


def input_gradients(
    weights: Weights, inputs: NDArray[np.float32], voxel: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Return the derivative of the sum of all rows' log odds by each input, (n, c).

    Parameters as in `predicted_log_odds`.
    """
    found = np.zeros(inputs.shape)
    if not len(inputs):
        return found
    with repeatable() as device, torch.enable_grad():
        placed = _placed(weights, device)
        for tile in tiles_of(voxel, _most(weights)):
            seen = _volume(inputs, tile, device).requires_grad_()
            share = scattered(tile.share[:, None].astype(np.float32), tile.place, tile.size)
            said = log_odds_of(placed, seen)[0] * torch.from_numpy(share).to(device)
            (slope,) = torch.autograd.grad(said.sum(), seen)
            found[tile.rows] += gathered(slope[0].cpu().numpy(), tile.place)
    return found


def _most(weights: Weights) -> int:
    return _MOST // len(weights["stem.bias"])


def _placed(weights: Weights, device: torch.device) -> dict[str, Tensor]:
    return {name: torch.tensor(value).to(device) for name, value in weights.items()}


def _volume(inputs: NDArray[np.float32], tile: Tile, device: torch.device) -> Tensor:
    dense = scattered(inputs[tile.rows], tile.place, tile.size)
    return torch.from_numpy(dense)[None].to(device)
