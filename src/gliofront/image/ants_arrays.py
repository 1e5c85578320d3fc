"""The one place where volumes and transforms pass to ANTs and back: RAS+ here, LPS+ there."""

from __future__ import annotations

import os
from typing import Any

# ITK reads both once, when ANTs is loaded: one thread and a fixed seed give the same bytes twice.
os.environ.setdefault("ANTS_RANDOM_SEED", "1")
os.environ.setdefault("ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS", "1")

import ants
import numpy as np

from gliofront.image.grid import FloatArray
from gliofront.image.volume import Float32Array, LabelVolume, Volume

_RAS_TO_LPS = np.array([-1.0, -1.0, 1.0])


def to_ants(volume: Volume | LabelVolume) -> Any:
    """Return a float32 ANTs image whose voxels lie at the same places, in LPS+ mm.

    ANTs has no notion of undefined: NaN becomes the lowest defined value (0 where there is none),
    which is what background is to it.
    """
    data = volume.data.astype(np.float32)
    undefined = np.isnan(data)
    if undefined.any():
        data[undefined] = 0 if undefined.all() else data[~undefined].min()
    grid = volume.grid
    return ants.from_numpy(
        data,
        origin=(grid.origin * _RAS_TO_LPS).tolist(),
        spacing=grid.spacing.tolist(),
        direction=grid.direction * _RAS_TO_LPS[:, None],
    )


def data_from_ants(image: Any) -> Float32Array:
    """Return an ANTs image's values, (X, Y, Z) float32; its grid is that of what it was made on."""
    return np.array(image.numpy(), dtype=np.float32)


def matrix_from_ants(transform: Any) -> FloatArray:
    """Return an ANTs linear transform as (4, 4) on RAS+ mm, target to source."""
    numbers, centre = np.array(transform.parameters), np.array(transform.fixed_parameters)
    matrix = np.eye(4)
    matrix[:3, :3] = numbers[:9].reshape(3, 3)
    matrix[:3, 3] = numbers[9:] + centre - matrix[:3, :3] @ centre
    turn = np.diag([*_RAS_TO_LPS, 1.0])
    return np.asarray(turn @ matrix @ turn)


def displacement_from_ants(field: Any) -> Float32Array:
    """Return an ANTs displacement field, (X, Y, Z, 3), as mm along R, A, S."""
    return np.asarray(field.numpy() * _RAS_TO_LPS, dtype=np.float32)
