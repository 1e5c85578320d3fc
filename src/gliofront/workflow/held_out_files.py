"""Predictions of held-out patients as a file: what a fold leaves for the scores and the maps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from gliofront.evaluation.cross_validation import HeldOutPatient
from gliofront.evaluation.places import Places
from gliofront.evaluation.prediction import Prediction
from gliofront.foundation.errors import InputRefused
from gliofront.image.writing import write_bytes

_KEY = "gliofront"
_PLACES = ("voxel", "distance_mm", "path_mm")
_SPREAD = "lowest_and_highest"


def held_out_path(root: Path, name: str) -> Path:
    """Return the path of the predictions of a fold, or of the external partition."""
    return root / "group" / "held_out" / f"{name}.safetensors"


def write_held_out(path: Path, held: Sequence[HeldOutPatient]) -> None:
    """Write the predictions of the patients of a fold; same patients, same bytes."""
    tensors: dict[str, np.ndarray] = {}
    facts = []
    for place, patient in enumerate(held):
        tensors[f"{place}.rows"] = patient.rows.astype(np.int64)
        tensors[f"{place}.progression"] = patient.progression.astype(np.uint8)
        for name, made in patient.predictions.items():
            tensors[f"{place}.{name}"] = made.probability.astype(np.float64)
        if patient.spread is not None:
            tensors[f"{place}.{_SPREAD}"] = patient.spread.astype(np.float64)
        places = patient.places
        if places is not None:
            for name in _PLACES:
                tensors[f"{place}.{name}"] = getattr(places, name)
        facts.append(
            {
                "patient": patient.patient,
                "site": patient.site,
                "fold": patient.fold,
                "left_out": patient.left_out,
                "progression_ml": patient.progression_ml,
                # A list, for the order of the predictors is that of every table.
                "thresholds": [[n, made.threshold] for n, made in patient.predictions.items()],
                "voxel_ml": None if places is None else places.voxel_ml,
                "spread": patient.spread is not None,
            }
        )
    write_bytes(path, save(tensors, metadata={_KEY: json.dumps(facts, sort_keys=True)}))


def read_held_out(path: Path) -> list[HeldOutPatient]:
    """Read back the predictions of a fold.

    Raises
    ------
    InputRefused
        If the file is absent or damaged.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            facts = json.loads(file.metadata()[_KEY])
            return [
                HeldOutPatient(
                    patient=said["patient"],
                    site=said["site"],
                    fold=said["fold"],
                    rows=file.get_tensor(f"{place}.rows"),
                    progression=file.get_tensor(f"{place}.progression").astype(bool),
                    predictions={
                        name: Prediction(file.get_tensor(f"{place}.{name}"), threshold)
                        for name, threshold in said["thresholds"]
                    },
                    left_out=said["left_out"],
                    progression_ml=said["progression_ml"],
                    places=_places(file, place, said["voxel_ml"]),
                    spread=file.get_tensor(f"{place}.{_SPREAD}") if said["spread"] else None,
                )
                for place, said in enumerate(facts)
            ]
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        problem = f"the predictions cannot be read ({type(error).__name__})"
        raise InputRefused(path, problem, "judge this fold again") from error


def _places(file: Any, place: int, voxel_ml: float | None) -> Places | None:
    if voxel_ml is None:
        return None
    voxel, distance, path = (file.get_tensor(f"{place}.{name}") for name in _PLACES)
    return Places(voxel, distance, path, voxel_ml)
