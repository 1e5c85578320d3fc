"""Model folders: tensors, JSON and a card. Nothing in them is code, and all is checked.

``model.safetensors`` holds the text of the trees as bytes and the knots of the distance null;
``model.json`` says what they are and their SHA-256; ``MODEL_CARD.md`` is for people.
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from gliofront import __version__
from gliofront.foundation.errors import InputRefused
from gliofront.foundation.settings import Settings
from gliofront.image.writing import write_bytes, write_json, write_text
from gliofront.learning.booster_text import MAX_CHARACTERS, check_booster_text
from gliofront.learning.distance import DistanceNull
from gliofront.learning.model import Model, TrainingSummary
from gliofront.learning.settings import LearningSettings

TENSORS, DESCRIPTION, CARD = "model.safetensors", "model.json", "MODEL_CARD.md"
_MAX_JSON = 16 * 2**20
_MAX_KNOTS = 2**20
_MEND = "fetch the model folder again or train the model again"


class _Description(Settings):
    """The content of model.json."""

    schema_version: Literal[1] = 1
    gliofront_version: str
    tensors_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    names: tuple[str, ...] = Field(min_length=1, max_length=10_000)
    absent_ok: tuple[str, ...]
    threshold: float
    distance_threshold: float
    prevalence: float = Field(ge=0, le=1)
    settings: LearningSettings
    preparation: dict[str, Any]
    sequences: tuple[str, ...]
    training: TrainingSummary


def save_model(folder: Path, model: Model, card: str) -> None:
    """Write a model folder; same model and card, same bytes.

    Parameters
    ----------
    folder : made if absent.
    model : must carry a score in patients that it was not trained on.
    card : text of the model card, Markdown.

    Raises
    ------
    InputRefused
        If the model has no patient-grouped score, or the system refuses to write.
    """
    if not any(math.isfinite(score.mean) for score in model.training.scores):
        problem = "the model has no score in patients held out of its training"
        raise InputRefused(folder, problem, "cross-validate by patient or site before saving")
    data = save_tensors(
        {
            "booster": np.frombuffer(model.booster_text.encode("ascii"), dtype=np.uint8),
            "distance_knots_mm": model.distance_null.knots_mm,
            "distance_probability": model.distance_null.probability,
        }
    )
    description = _Description(
        gliofront_version=__version__,
        tensors_sha256=hashlib.sha256(data).hexdigest(),
        names=model.names,
        absent_ok=model.absent_ok,
        threshold=model.threshold,
        distance_threshold=model.distance_threshold,
        prevalence=model.prevalence,
        settings=model.settings,
        preparation=dict(model.preparation),
        sequences=model.sequences,
        training=model.training,
    )
    write_bytes(folder / TENSORS, data)
    write_text(folder / CARD, card)
    # Last: without it the folder is not a model.
    write_json(folder / DESCRIPTION, description.model_dump(mode="json"))


def model_files(folder: Path) -> tuple[Path, ...]:
    """Return the files of a model folder."""
    return folder / TENSORS, folder / DESCRIPTION, folder / CARD


def load_model(folder: Path) -> Model:
    """Read a model folder and check everything before it is used.

    Raises
    ------
    InputRefused
        If a file is missing, too large, damaged, of another version, or holds what no model of
        ours would hold.
    """
    description = _read_description(folder / DESCRIPTION)
    path = folder / TENSORS
    data = _read_limited(path, 2 * MAX_CHARACTERS)
    if hashlib.sha256(data).hexdigest() != description.tensors_sha256:
        raise InputRefused(path, "the tensors are not those that model.json describes", _MEND)
    text, null = _unpack(path, data)
    check_booster_text(text, len(description.names) + description.settings.with_distance, path)
    said = {name: getattr(description, name) for name in _SHARED}
    return Model(booster_text=text, distance_null=null, **said)


_SHARED = (
    "names",
    "absent_ok",
    "threshold",
    "distance_threshold",
    "prevalence",
    "settings",
    "preparation",
    "sequences",
    "training",
)


def _read_limited(path: Path, most: int) -> bytes:
    try:
        if path.stat().st_size > most:
            raise InputRefused(path, "the file is too large to be part of a model", _MEND)
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputRefused(path, f"the file cannot be read ({reason})", _MEND) from error


def _read_description(path: Path) -> _Description:
    data = _read_limited(path, _MAX_JSON)
    try:
        return _Description.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        problem = f"the description of the model is not valid ({where}: {first['msg']})"
        mend = "use a model of this version of gliofront, or train the model again"
        raise InputRefused(path, problem, mend) from error


def _unpack(path: Path, data: bytes) -> tuple[str, DistanceNull]:
    kinds = {
        "booster": np.uint8,
        "distance_knots_mm": np.float64,
        "distance_probability": np.float64,
    }
    try:
        tensors: dict[str, NDArray[Any]] = load_tensors(data)
        found = {name: values.dtype.type for name, values in tensors.items()}
        text = tensors["booster"].tobytes().decode("ascii")
    except (SafetensorError, KeyError, ValueError) as error:
        problem = f"the tensors cannot be read ({type(error).__name__})"
        raise InputRefused(path, problem, _MEND) from error
    if found != kinds or tensors["distance_knots_mm"].size > _MAX_KNOTS:
        raise InputRefused(path, "the tensors have other names or types than expected", _MEND)
    return text, DistanceNull(tensors["distance_knots_mm"], tensors["distance_probability"])
