"""The tensors of the U-Net: their names, shapes and first values, without torch.

Three levels, each half as fine and twice as wide as the one before, joined by skip connections
(Ronneberger et al., MICCAI 2015; in three dimensions Çiçek et al., MICCAI 2016), with residual
blocks of norm, activation and convolution (He et al., ECCV 2016).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

LEVELS = 3
GROUP = 4
"""Channels that are normalised together, as in group norm (Wu and He, ECCV 2018)."""

Shapes = dict[str, tuple[int, ...]]
Weights = Mapping[str, NDArray[np.float32]]


def weight_shapes(inputs: int, width: int) -> Shapes:
    """Return the shape of every tensor by name.

    Parameters
    ----------
    inputs : number of input channels.
    width : channels of the finest level, a multiple of `GROUP`.

    >>> shapes = weight_shapes(inputs=8, width=12)
    >>> shapes["stem.weight"], sum(math.prod(shape) for shape in shapes.values())
    ((12, 8, 3, 3, 3), 249637)
    """
    found = _convolution("stem", inputs, width, 3)
    for level in range(LEVELS):
        here = width * 2**level
        found |= _block(f"down_{level}", here, here)
        if level + 1 < LEVELS:
            found |= _convolution(f"coarser_{level}", here, 2 * here, 2)
            # A transposed convolution has its inputs first.
            found |= {f"finer_{level}.weight": (2 * here, here, 2, 2, 2)}
            found |= {f"finer_{level}.bias": (here,)}
            found |= _block(f"up_{level}", 2 * here, here)
    return found | _norm("head.norm", width) | _convolution("head", width, 1, 1)


def initial_weights(
    shapes: Shapes, prevalence: float, rng: np.random.Generator
) -> dict[str, NDArray[np.float32]]:
    """Return weights to begin from: normal, of variance 2 / inputs (He et al., ICCV 2015).

    Before any step the network says the prevalence everywhere.

    Parameters
    ----------
    shapes : from `weight_shapes`.
    prevalence : between 0 and 1, both excluded.
    """
    found = {name: _initial(name, shape, rng) for name, shape in shapes.items()}
    found["head.weight"] = np.zeros_like(found["head.weight"])
    found["head.bias"] = np.full(1, math.log(prevalence / (1 - prevalence)), dtype=np.float32)
    return found


def _initial(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    if len(shape) == 1:
        return np.full(shape, float(name.endswith(".gain")), dtype=np.float32)
    fan = shape[0] if name.startswith("finer") else math.prod(shape[1:])
    return (rng.standard_normal(shape) * math.sqrt(2 / fan)).astype(np.float32)


def _convolution(name: str, inputs: int, outputs: int, size: int) -> Shapes:
    return {f"{name}.weight": (outputs, inputs, *[size] * 3), f"{name}.bias": (outputs,)}


def _norm(name: str, width: int) -> Shapes:
    return {f"{name}.gain": (width,), f"{name}.shift": (width,)}


def _block(name: str, inputs: int, outputs: int) -> Shapes:
    return {
        **_norm(f"{name}.norm_0", inputs),
        **_convolution(f"{name}.conv_0", inputs, outputs, 3),
        **_norm(f"{name}.norm_1", outputs),
        **_convolution(f"{name}.conv_1", outputs, outputs, 3),
        **({} if inputs == outputs else {f"{name}.skip.weight": (outputs, inputs, 1, 1, 1)}),
    }
