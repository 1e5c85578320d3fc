"""The base of every group of settings: frozen, bounded, nothing extra."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """A frozen group of settings; an unknown name or a value out of bounds is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
