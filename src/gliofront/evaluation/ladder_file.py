"""The nulls of the training patients as the bytes of a file, so that they travel with a model.

Plain JSON, checked on reading. All of it is of the training patients together: per map which way it
points and its mean AUROC, the atlas (shares of progression by direction and distance from the
tumour), and each null's threshold. It names nobody, no site and no place in a scan.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, ValidationError, model_validator

from gliofront.evaluation.null_ladder import (
    ATLAS,
    GROWTH,
    MARGINS_MM,
    OEDEMA,
    NullLadder,
    map_columns,
    map_name,
    margin_name,
)
from gliofront.evaluation.nulls import ProgressionAtlas, SingleMap
from gliofront.foundation.errors import InputRefused
from gliofront.foundation.settings import Settings
from gliofront.learning.table import map_of

Share = Annotated[float, Field(ge=0, le=1)]

_DIRECTIONS = 6
_MOST_KNOTS = 1000
_MOST_MAPS = 1000
_MEND = "fetch the model folder again or train the model again"


class _Map(Settings):
    """A single map, named by the column that stands for it."""

    column: str
    sign: Literal[-1, 1]
    auroc: Share


class _Atlas(Settings):
    """A progression atlas."""

    knots_mm: tuple[Annotated[float, Field(ge=0)], ...] = Field(
        min_length=1, max_length=_MOST_KNOTS
    )
    probability: tuple[tuple[Share, ...], ...] = Field(
        min_length=_DIRECTIONS, max_length=_DIRECTIONS
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if any(after <= before for before, after in pairwise(self.knots_mm)):
            raise ValueError("the knots do not rise")
        if {len(row) for row in self.probability} != {len(self.knots_mm)}:
            raise ValueError("knots and probabilities differ in number")
        return self


class _Ladder(Settings):
    """The content of the file."""

    schema_version: Literal[1] = 1
    maps: tuple[_Map, ...] = Field(max_length=_MOST_MAPS)
    atlas: _Atlas | None
    thresholds: dict[str, float]

    @model_validator(mode="after")
    def _each_has_its_threshold(self) -> Self:
        trained = [map_name(map_of(one.column)) for one in self.maps]
        trained += [ATLAS] if self.atlas else []
        plain = {*map(margin_name, MARGINS_MM), OEDEMA, GROWTH}
        if len(set(trained)) != len(trained):
            raise ValueError("a map comes twice")
        if not set(trained) <= self.thresholds.keys() <= {*trained, *plain}:
            raise ValueError("thresholds and nulls do not belong together")
        return self


def ladder_bytes(ladder: NullLadder) -> bytes:
    """Return a fitted ladder as a file's bytes; same ladder, same bytes."""
    said = _Ladder(
        maps=tuple(
            _Map(column=column, sign=1 if single.sign > 0 else -1, auroc=single.auroc)
            for column, single in ladder.maps.values()
        ),
        atlas=_said_of(ladder.atlas),
        thresholds=dict(ladder.thresholds),
    )
    text = json.dumps(said.model_dump(mode="json"), indent=2, sort_keys=True, allow_nan=False)
    return f"{text}\n".encode()


def ladder_of(data: bytes, names: tuple[str, ...], subject: object) -> NullLadder:
    """Read a ladder back, exactly as it was.

    Parameters
    ----------
    data : the file's bytes.
    names : feature columns of the model that the ladder belongs to.
    subject : the file, which a refusal names.

    Raises
    ------
    InputRefused
        If the bytes are of another version, or hold what no ladder of such a model would hold.
    """
    try:
        said = _Ladder.model_validate_json(data, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        problem = f"the nulls of the training patients are not valid ({where}: {first['msg']})"
        raise InputRefused(subject, problem, _MEND) from error
    unknown = sorted({one.column for one in said.maps} - set(map_columns(names)))
    if unknown:
        problem = f"the nulls are of columns that the model has not: {', '.join(unknown[:3])}"
        raise InputRefused(subject, problem, _MEND)
    return NullLadder(
        {map_of(one.column): (one.column, SingleMap(one.sign, one.auroc)) for one in said.maps},
        _atlas(said.atlas),
        said.thresholds,
    )


def _said_of(atlas: ProgressionAtlas | None) -> _Atlas | None:
    if atlas is None:
        return None
    rows = tuple(tuple(row) for row in atlas.probability.tolist())
    return _Atlas(knots_mm=tuple(atlas.knots_mm.tolist()), probability=rows)


def _atlas(said: _Atlas | None) -> ProgressionAtlas | None:
    if said is None:
        return None
    return ProgressionAtlas(np.array(said.knots_mm), np.array(said.probability))
