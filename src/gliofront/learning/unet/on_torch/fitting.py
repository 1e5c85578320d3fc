"""Fitting the U-Net."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from gliofront.foundation.errors import InputRefused
from gliofront.learning.fit_watch import UNWATCHED, Clock, FitWatch
from gliofront.learning.unet.architecture import Weights
from gliofront.learning.unet.on_torch.network import log_odds_of
from gliofront.learning.unet.on_torch.state import repeatable
from gliofront.learning.unet.patches import Patches, PatchSource

# Assumed. nnU-Net takes two patches at a time as well; of rates from 1e-3 to 3e-2, 1e-2 learned the
# textures of the tests fastest, and half of that is on the safe side.
_BATCH = 2
_LEARNING_RATE = 5e-3
_DECAY = 1e-2
_STEEPEST = 1.0


def fitted_weights(
    first: Weights, source: PatchSource, steps: int, watch: FitWatch = UNWATCHED
) -> dict[str, NDArray[np.float32]]:
    """Return the weights after so many steps of AdamW (Loshchilov and Hutter, ICLR 2019).

    The rate falls as a cosine to 0. The loss is the cross-entropy, weighted by row. Same patches,
    same weights: nothing here is random.

    Parameters
    ----------
    first : weights to begin from.
    source : draws the patches.
    steps : at least 1.
    watch : told after each step, with the loss of its patches.

    Raises
    ------
    InputRefused
        If the weights are no longer finite.
    """
    with repeatable() as device, torch.enable_grad():
        weights = {
            name: torch.from_numpy(value.copy()).to(device).requires_grad_()
            for name, value in first.items()
        }
        optimiser = torch.optim.AdamW(
            list(weights.values()), lr=_LEARNING_RATE, weight_decay=_DECAY
        )
        clock = Clock(watch, "unet", steps)
        for step in range(steps):
            for group in optimiser.param_groups:
                group["lr"] = _LEARNING_RATE * (1 + math.cos(math.pi * step / steps)) / 2
            optimiser.zero_grad()
            loss = _loss(weights, source.draw(_BATCH), device)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(list(weights.values()), _STEEPEST)
            optimiser.step()
            clock.tell(step + 1, float(loss.detach()))
        found = {name: value.detach().cpu().numpy() for name, value in weights.items()}
    if not all(np.isfinite(value).all() for value in found.values()):
        problem, mend = "the weights did not stay finite", "use another seed or kind of model"
        raise InputRefused("training of the U-Net", problem, mend)
    return found


def _loss(weights: dict[str, Tensor], patches: Patches, device: torch.device) -> Tensor:
    inputs, label, weight = (
        torch.from_numpy(np.ascontiguousarray(part)).to(device)
        for part in (patches.inputs, patches.label, patches.weight)
    )
    return functional.binary_cross_entropy_with_logits(
        log_odds_of(weights, inputs), label, weight=weight, reduction="sum"
    )
