"""Model folders: tensors, JSON and a card. Nothing in them is code, and all is checked.

``model.safetensors`` holds the classifiers (of trees, their text as bytes), the recalibration and
the knots of the distance null;
``nulls.json`` holds what the evaluation learned of the same patients, and is not needed to predict;
``model.json`` says what they are and their SHA-256; ``MODEL_CARD.md`` is for people.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from gliofront import RESEARCH_ONLY, __version__
from gliofront.cohort.sequences import SEQUENCES
from gliofront.foundation.errors import InputRefused
from gliofront.foundation.settings import Settings
from gliofront.image.writing import write_bytes, write_json, write_text
from gliofront.learning.booster_text import MAX_CHARACTERS
from gliofront.learning.classifiers.classifier import (
    Tensors,
    VoxelClassifier,
    inner,
    outer,
    refuse_tensors,
)
from gliofront.learning.classifiers.kinds import read_classifier
from gliofront.learning.distance import DistanceNull
from gliofront.learning.model import Model, Recalibration, TrainingSummary
from gliofront.learning.novelty import CohortReference, Shape
from gliofront.learning.recalibration import (
    IsotonicRecalibration,
    LogisticRecalibration,
    VennAbers,
)
from gliofront.learning.settings import LearningSettings
from gliofront.learning.table import map_of

TENSORS, DESCRIPTION, CARD = "model.safetensors", "model.json", "MODEL_CARD.md"
NULLS = "nulls.json"
_MAX_JSON = 16 * 2**20
_MAX_NULLS = 2**20
_MAX_KNOTS = 2**20
_PARTS = {"classifier", "inner", "recalibration", "distance", "cohort"}
_MOST_INNER = 20
# So much for each classifier, of which an ensemble holds several parts.
_MAX_TENSORS = (1 + _MOST_INNER) * 4 * MAX_CHARACTERS
_COHORT = {
    "middle": (np.float64, 1),
    "scale": (np.float64, 1),
    "axes": (np.float64, 2),
    "variance": (np.float64, 1),
    "floor": (np.float64, 1),
    "distances": (np.float64, 1),
}
_MEND = "fetch the model folder again or train the model again"


class _Description(Settings):
    """The content of model.json."""

    schema_version: Literal[2] = 2
    gliofront_version: str
    tensors_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    nulls_sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    names: tuple[str, ...] = Field(min_length=1, max_length=10_000)
    absent_ok: tuple[str, ...]
    threshold: float
    distance_threshold: float
    prevalence: float = Field(ge=0, le=1)
    settings: LearningSettings
    preparation: dict[str, Any]
    sequences: tuple[str, ...]
    units: dict[str, str] = Field(description="Map to the unit that its features were made of.")
    training: TrainingSummary
    intended_use: str = RESEARCH_ONLY
    licence: str = "that of the training data, which their owner states"


def save_model(
    folder: Path, model: Model, card: str, nulls: bytes | None = None
) -> tuple[Path, ...]:
    """Write a model folder and return its files; same model, card and nulls, same bytes.

    Parameters
    ----------
    folder : made if absent.
    model : must carry a score in patients that it was not trained on.
    card : text of the model card, Markdown.
    nulls : what the evaluation learned of the same patients, kept as it is.

    Raises
    ------
    InputRefused
        If the model has no patient-grouped score, or the system refuses to write.
    """
    if not any(math.isfinite(score.mean) for score in model.training.scores):
        problem = "the model has no score in patients held out of its training"
        raise InputRefused(folder, problem, "cross-validate by patient or site before saving")
    data = save_tensors(_tensors(model))
    if len(data) > _MAX_TENSORS:
        problem = f"the model takes {len(data) / 2**20:.0f} MiB, more than would be read back"
        raise InputRefused(folder, problem, "use fewer trees, leaves or inner folds")
    description = _Description(
        gliofront_version=__version__,
        tensors_sha256=hashlib.sha256(data).hexdigest(),
        nulls_sha256=None if nulls is None else hashlib.sha256(nulls).hexdigest(),
        names=model.names,
        absent_ok=model.absent_ok,
        threshold=model.threshold,
        distance_threshold=model.distance_threshold,
        prevalence=model.prevalence,
        settings=model.settings,
        preparation=dict(model.preparation),
        sequences=model.sequences,
        units=_units(model.maps),
        training=model.training,
    )
    write_bytes(folder / TENSORS, data)
    write_text(folder / CARD, card)
    if nulls is not None:
        write_bytes(folder / NULLS, nulls)
    # Last: without it the folder is not a model.
    write_json(folder / DESCRIPTION, description.model_dump(mode="json"))
    return model_files(folder) if nulls is None else (*model_files(folder), folder / NULLS)


def model_files(folder: Path) -> tuple[Path, ...]:
    """Return the files that every model folder has; nulls may lie beside them."""
    return folder / TENSORS, folder / DESCRIPTION, folder / CARD


def read_nulls(folder: Path) -> bytes | None:
    """Return the nulls of a model folder as they were saved; None if there are none.

    Raises
    ------
    InputRefused
        If the file is too large, cannot be read, or is not the one that model.json describes.
    """
    path = folder / NULLS
    if not path.exists():
        return None
    data = _read_limited(path, _MAX_NULLS)
    if hashlib.sha256(data).hexdigest() != _read_description(folder / DESCRIPTION).nulls_sha256:
        raise InputRefused(path, "the nulls are not those that model.json describes", _MEND)
    return data


def load_model(folder: Path) -> Model:
    """Read a model folder and check everything before it is used.

    Raises
    ------
    InputRefused
        If a file is missing, too large, damaged, of another version, or holds what no model of
        ours would hold.
    """
    description = _read_description(folder / DESCRIPTION)
    _refuse_units(description, folder / DESCRIPTION)
    path = folder / TENSORS
    data = _read_limited(path, _MAX_TENSORS)
    if hashlib.sha256(data).hexdigest() != description.tensors_sha256:
        raise InputRefused(path, "the tensors are not those that model.json describes", _MEND)
    tensors = _unpacked(path, data)
    columns, settings = len(description.names), description.settings
    said = {name: getattr(description, name) for name in _SHARED}
    return Model(
        classifier=read_classifier(inner("classifier", tensors), columns, settings, path),
        recalibration=_recalibration(inner("recalibration", tensors), settings, path),
        distance_null=_null(inner("distance", tensors), path),
        cohort=_cohort(inner("cohort", tensors), description.names, path),
        inner=_inner(inner("inner", tensors), columns, settings, path),
        **said,
    )


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


def _units(maps: Iterable[str]) -> dict[str, str]:
    """Return the unit in which a voxel table takes each map; of maps not known here, none."""
    known = {name: SEQUENCES[name] for name in maps if name in SEQUENCES}
    return {name: "NAWM z" if kind.is_weighted else kind.unit for name, kind in known.items()}


def _refuse_units(description: _Description, path: Path) -> None:
    expected = _units(dict.fromkeys(map_of(name) for name in description.names))
    if description.units != expected:
        other = sorted(expected.items() ^ description.units.items())
        problem = f"maps in other units: {', '.join(f'{name} in {unit}' for name, unit in other)}"
        raise InputRefused(path, problem, "use a model of this version of gliofront")


def _tensors(model: Model) -> dict[str, NDArray[Any]]:
    null = {"knots_mm": model.distance_null.knots_mm, "share": model.distance_null.probability}
    return (
        outer("classifier", model.classifier.tensors())
        | outer("inner", _inner_tensors(model))
        | outer("recalibration", _recalibration_tensors(model.recalibration))
        | outer("distance", null)
        | outer("cohort", _cohort_tensors(model.cohort))
    )


def _inner_tensors(model: Model) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {}
    for number, classifier in enumerate(model.inner):
        found |= outer(str(number), classifier.tensors())
    return found


def _inner(
    tensors: Tensors, columns: int, settings: LearningSettings, path: Path
) -> tuple[VoxelClassifier, ...]:
    """Read the classifiers of the inner folds, which are numbered from 0 without a gap."""
    numbers = {name.split(".")[0] for name in tensors}
    if len(numbers) > _MOST_INNER or numbers != {str(n) for n in range(len(numbers))}:
        raise InputRefused(path, "the classifiers of the inner folds are not numbered", _MEND)
    return tuple(
        read_classifier(inner(str(n), tensors), columns, settings, path)
        for n in range(len(numbers))
    )


def _recalibration_tensors(found: Recalibration | None) -> Tensors:
    if isinstance(found, LogisticRecalibration):
        return {"line": np.array([found.slope, found.intercept])}
    if isinstance(found, VennAbers):
        return {"knots": found.knots, "lower": found.lower, "upper": found.upper}
    return {} if found is None else {"knots": found.knots, "share": found.probability}


def _unpacked(path: Path, data: bytes) -> dict[str, NDArray[Any]]:
    try:
        tensors: dict[str, NDArray[Any]] = load_tensors(data)
    except (SafetensorError, ValueError) as error:
        problem = f"the tensors cannot be read ({type(error).__name__})"
        raise InputRefused(path, problem, _MEND) from error
    unknown = {name.split(".")[0] for name in tensors} - _PARTS
    if unknown:
        raise InputRefused(path, f"unknown tensors: {', '.join(sorted(unknown))}", _MEND)
    return tensors


def _null(tensors: Tensors, path: Path) -> DistanceNull:
    refuse_tensors(path, tensors, {"knots_mm": (np.float64, 1), "share": (np.float64, 1)})
    if tensors["knots_mm"].size > _MAX_KNOTS:
        raise InputRefused(path, "the distance null has too many knots", _MEND)
    return DistanceNull(tensors["knots_mm"], tensors["share"])


def _recalibration(
    tensors: Tensors, settings: LearningSettings, path: Path
) -> Recalibration | None:
    if settings.recalibration == "none":
        refuse_tensors(path, tensors, {})
        return None
    if settings.recalibration == "isotonic":
        return _curve(IsotonicRecalibration, ("knots", "share"), tensors, path)
    if settings.recalibration == "venn-abers":
        return _curve(VennAbers, ("knots", "lower", "upper"), tensors, path)
    refuse_tensors(path, tensors, {"line": (np.float64, 1)})
    line = tensors["line"]
    if line.shape != (2,) or not np.isfinite(line).all():
        raise InputRefused(path, "the recalibration is not two numbers", _MEND)
    return LogisticRecalibration(float(line[0]), float(line[1]))


def _curve(
    kind: Callable[..., Recalibration], names: Sequence[str], tensors: Tensors, path: Path
) -> Recalibration:
    """Read a recalibration of knots, which itself knows what is wrong with them."""
    refuse_tensors(path, tensors, dict.fromkeys(names, (np.float64, 1)))
    try:
        return kind(*(tensors[name] for name in names))
    except InputRefused as refusal:
        raise InputRefused(path, refusal.problem, _MEND) from refusal


def _cohort_tensors(cohort: CohortReference | None) -> Tensors:
    if cohort is None:
        return {}
    shape = cohort.shape
    return {
        "middle": shape.middle,
        "scale": shape.scale,
        "axes": np.ascontiguousarray(shape.axes),
        "variance": shape.variance,
        "floor": np.array([shape.floor]),
        "distances": cohort.distances,
    }


def _cohort(tensors: Tensors, names: tuple[str, ...], path: Path) -> CohortReference | None:
    if not tensors:
        return None
    refuse_tensors(path, tensors, _COHORT)
    axes, floor = tensors["axes"], tensors["floor"]
    sizes = {tensors["middle"].size, tensors["scale"].size, axes.shape[1]} == {len(names)}
    ranks = axes.shape[0] == tensors["variance"].size and floor.shape == (1,)
    sound = sizes and ranks and floor[0] > 0 and (tensors["variance"] > 0).all()
    if not sound or not np.isfinite(axes).all():
        raise InputRefused(path, "the training cohort's shape does not belong to the model", _MEND)
    numbers = (tensors["middle"], tensors["scale"], axes, tensors["variance"], float(floor[0]))
    return CohortReference(names, Shape(*numbers), tensors["distances"])
