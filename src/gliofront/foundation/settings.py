"""The base of every group of settings: frozen, bounded, nothing extra; and how they are read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from gliofront.foundation.errors import UsageRefused


class Settings(BaseModel):
    """A frozen group of settings; an unknown name or a value out of bounds is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Kind = TypeVar("Kind", bound=Settings)


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file as a plain tree.

    Raises
    ------
    UsageRefused
        If the file is absent or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageRefused(path, f"it cannot be read: {error.strerror}", "check it") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageRefused(path, f"it is not TOML: {error}", "mend that line") from error


def checked(
    kind: type[Kind],
    tree: Mapping[str, Any],
    source: object,
    mend: str = "mend these settings",
) -> Kind:
    """Build settings from a plain tree.

    Raises
    ------
    UsageRefused
        Naming the source and every name or value in it that is wrong.
    """
    try:
        return kind.model_validate(tree)
    except ValidationError as error:
        seen = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise UsageRefused(source, "; ".join(seen), mend) from error
