"""The state of a network's training in a file, from which an interrupted one goes on.

Only numbers are kept, with their hash. A file that is damaged, or of another training, is as good
as none: the training then begins anew and gives the same network, later.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from gliofront.foundation.errors import GliofrontError
from gliofront.image.writing import write_bytes
from gliofront.learning.network import TrainingState
from gliofront.learning.scaled_conjugate_gradient import ScgState

_KEY = "gliofront"
_ARRAYS = ("point", "gradient", "direction")
_FACTS = ("iteration", "value", "damping", "curvature")


def write_state(path: Path, state: TrainingState) -> None:
    """Write a state; a disk that is full loses the file, not the training."""
    optimiser = state.optimiser
    tensors = {name: getattr(optimiser, name) for name in _ARRAYS} | {"best": state.best}
    tensors |= {
        "losses": np.array(state.losses),
        "validation_losses": np.array(state.validation_losses),
    }
    facts = {name: getattr(optimiser, name) for name in _FACTS}
    facts |= {"origin": state.origin, "best_epoch": state.best_epoch, "rises": state.rises}
    told = json.dumps(facts)
    try:
        # In one entry, for several have no fixed order in the file.
        sealed = json.dumps([told, _digest(tensors, told)])
        write_bytes(path, save(tensors, metadata={_KEY: sealed}))
    except GliofrontError:
        path.unlink(missing_ok=True)


def read_state(path: Path) -> TrainingState | None:
    """Read a state back to the same bits; None where there is none, or none that can be read."""
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            told, digest = json.loads(file.metadata()[_KEY])
            found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if digest != _digest(found, told):
            return None
        facts = json.loads(told)
        optimiser = ScgState(
            **{name: found[name] for name in _ARRAYS}, **{name: facts[name] for name in _FACTS}
        )
        return TrainingState(
            origin=facts["origin"],
            optimiser=optimiser,
            best=found["best"],
            best_epoch=facts["best_epoch"],
            rises=facts["rises"],
            losses=tuple(found["losses"].tolist()),
            validation_losses=tuple(found["validation_losses"].tolist()),
        )
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return None


def _digest(tensors: Mapping[str, NDArray[np.float64]], told: str) -> str:
    found = hashlib.sha256(told.encode())
    for name in sorted(tensors):
        found.update(name.encode() + tensors[name].tobytes())
    return found.hexdigest()
